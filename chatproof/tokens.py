"""The credentials that scenarios send: given ones, minted ones and forged ones."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from chatproof.config.checks import unsendable
from chatproof.config.problems import ConfigError, Problem
from chatproof.failure import NotClaimed
from chatproof.means import MEANS
from chatproof.token_command import TokenCommandError, first_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Auth
    from chatproof.redaction import Redactor

__all__ = ["Tokens", "sign"]

Header = tuple[str, str]

_RENEW_SHARE = 0.5
_KEY_HINTS = {
    "RS256": "RS256 takes an RSA private key in PEM form, without a passphrase: openssl genrsa 2048",
    "ES256": "ES256 takes a private key on P-256 in PEM form: openssl ecparam -genkey -name prime256v1 -noout",
}
_BEARER = frozenset({"jwt", "bearer", "command"})


class Tokens:
    """
    The credentials of one run, as `[auth]` declares them; every one is made known to the redactor.

    A minted token is used for half its lifetime, then another is minted. The command runs once.
    """

    def __init__(self, auth: Auth, redactor: Redactor) -> None:
        self._auth = auth
        self._redactor = redactor
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, float]] = {}
        self._printed: str | None = None

    def prepare(self) -> None:
        """Gets the first user's credential, which may take as long as `command_timeout`; raises ConfigError."""
        self.raw()

    def raw(self) -> str | None:
        """The first user's token as text; None where the scheme is `none`. Raises ConfigError where there is none."""
        auth = self._auth
        match auth.scheme:
            case "none":
                return None
            case "jwt":
                return self._minted("first", auth.claims)
            case "command":
                return self._from_command()
        if not auth.token:
            hint = 'set CHATPROOF_TOKEN, or `token = "${CHATPROOF_TOKEN}"` under [auth]'
            raise _error("auth.token", "no token", f"the credential that scheme = {auth.scheme!r} sends", hint)
        self._redactor.add(auth.token, auth.scheme)
        return auth.token

    def headers(self) -> tuple[Header, ...]:
        """The headers that carry the first user's credential."""
        token = self.raw()
        return () if token is None else self.place(token)

    def second_user(self) -> tuple[Header, ...]:
        """The headers that carry another user's credential; raises NotClaimed where none is declared."""
        if not self._auth.second_user:
            raise _absent("second_user")
        self._key()
        return self.place(self._minted("second", {**self._auth.claims, **self._auth.second_user}))

    def place(self, token: str) -> tuple[Header, ...]:
        """The headers that carry any token where the scheme wants it; the token becomes a secret."""
        self._redactor.add(token, "token")
        if self._auth.scheme in _BEARER:
            return (("Authorization", f"Bearer {token}"),)
        if self._auth.scheme == "cookie":
            return (("Cookie", f"{self._auth.name}={token}"),)
        if self._auth.scheme == "header":
            return ((self._auth.name, token),)
        return ()

    def mint(
        self,
        *,
        claims: Mapping[str, Any] | None = None,
        key: str | None = None,
        algorithm: str | None = None,
        lifetime: float | None = None,
    ) -> str:
        """
        A token with the first user's claims, `iat` and `exp`, and overrides on top; None removes a claim.

        Signed with the declared key unless another is given (text of an HMAC key, or a PEM). Raises
        NotClaimed where no key is declared and none given, ConfigError where the key cannot be used.
        """
        wanted = {**self._auth.claims, **(claims or {})}
        return self._sign(wanted, key, algorithm, self._auth.lifetime if lifetime is None else lifetime)

    def _sign(self, claims: Mapping[str, Any], key: str | None, algorithm: str | None, lifetime: float) -> str:
        now = int(time.time())
        timed: dict[str, Any] = {"iat": now, "exp": now + int(lifetime), **claims}
        payload = {name: value for name, value in timed.items() if value is not None}
        name = algorithm or self._auth.algorithm
        try:
            token = sign(payload, self._key() if key is None else key, name)
        except (ValueError, TypeError, AttributeError, NotImplementedError, jwt.PyJWTError, UnsupportedAlgorithm):
            file = self._auth.key_file
            kind, found = ("auth.key_file", f"{file}: no such key") if file else ("auth.secret", "no such key")
            raise _error(kind, found, f"a key that {name} can sign with", _KEY_HINTS.get(name, "")) from None
        self._redactor.add(token, "token")
        return token

    def _minted(self, user: str, claims: Mapping[str, Any]) -> str:
        with self._lock:
            token, renew_at = self._kept.get(user, ("", 0.0))
            if time.monotonic() >= renew_at:
                token = self._sign(claims, None, None, self._auth.lifetime)
                self._kept[user] = (token, time.monotonic() + _RENEW_SHARE * self._auth.lifetime)
            return token

    def _key(self) -> str:
        auth = self._auth
        if auth.scheme != "jwt":
            raise _absent("signing_key")
        if auth.key_file is not None:
            try:
                return auth.key_file.read_text(encoding="ascii")
            except (OSError, UnicodeDecodeError) as error:
                words = error.strerror if isinstance(error, OSError) and error.strerror else "no PEM text"
                raise _error("auth.key_file", f"{auth.key_file}: {words}", "a private key in PEM form") from None
        if not auth.secret:
            hint = 'set `secret = "${CHAT_JWT_SECRET}"` under [auth]'
            raise _error("auth.secret", "no key", "the HMAC key that tokens are signed with", hint)
        return auth.secret

    def _from_command(self) -> str:
        with self._lock:
            if self._printed is None:
                self._printed = self._run()
                self._redactor.add(self._printed, "token")
            return self._printed

    def _run(self) -> str:
        expected = "a command that prints the token on its first line"
        try:
            token = first_line(self._auth.command, self._auth.command_timeout)
        except TokenCommandError as error:
            said = f" ({self._redactor.scrub(error.said)[:200]})" if error.said else ""
            hint = "run it by hand: `[auth] command` is started without a shell"
            raise _error("auth.command", error.found + said, expected, hint) from None
        fault = unsendable(token)
        if fault:
            raise _error("auth.command", f"{fault} on its first line", expected)
        return token


def sign(claims: Mapping[str, Any], key: str, algorithm: str) -> str:
    """A JWT in compact form (RFC 7515); claims are written as they are, right or wrong, and short keys are used."""
    # PyJWT's own encode() warns of short keys, and turns warnings on and off for the whole process.
    signer = jwt.PyJWS().get_algorithm_by_name(algorithm)
    header = {"alg": algorithm, "typ": "JWT"}
    signed = b".".join(_segment(json.dumps(part, separators=(",", ":")).encode()) for part in (header, dict(claims)))
    return b".".join((signed, _segment(signer.sign(signed, signer.prepare_key(key))))).decode("ascii")


def _segment(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _absent(name: str) -> NotClaimed:
    means = MEANS[name]
    return NotClaimed(means.absence, declare=means.declare)


def _error(key: str, found: str, expected: str, hint: str = "") -> ConfigError:
    return ConfigError(Problem(where="[auth]", key=key, found=found, expected=expected, hint=hint))
