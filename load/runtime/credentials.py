"""The credentials of the load users: a pool of users where one is declared, renewed before they expire."""

from __future__ import annotations

import base64
import json
import logging
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.lock import RLock  # type: ignore[import-untyped]  # gevent has no types

from chatproof.config import ConfigError
from chatproof.redaction import Redactor
from chatproof.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from chatproof.config import Config
    from chatproof.redaction import Secret

__all__ = ["Credentials", "claims_of", "expiry_of", "read_tokens"]

Header = tuple[str, str]

_log = logging.getLogger(__name__)
_RENEW_SHARE = 0.5
_SPREAD_SHARE = 0.25
_RETRY_SECONDS = 5.0
_FOREVER = float("inf")


class Credentials:
    """
    Each user's headers, by number.

    Users are those of `[load] user_claims` (minted), or of `[load] tokens_file` (its tokens in turn), or else all share
    the first user's credential. What is minted or printed by the command is renewed after half its life and a bit, so
    that the users of a long run do not all renew at once; where that fails, the old one is used until it works again.
    """

    def __init__(self, config: Config, *, seed: int = 1) -> None:
        self._auth = config.auth
        self._config = config
        self._user_claims: Mapping[str, Any] = config.load.user_claims
        self._tokens = read_tokens(config.load.tokens_file) if config.load.tokens_file else ()
        self._own = bool(self._user_claims) and config.auth.scheme == "jwt"
        self._kept: dict[int, tuple[tuple[Header, ...], float]] = {}
        self._random = random.Random(f"{seed}/credentials")  # noqa: S311 - it spreads renewals, and makes no secret
        self._lock = RLock()

    def prepare(self) -> None:
        """Gets the first credential, which may take as long as `[auth] command_timeout`; raises ConfigError."""
        self._kept[-1 if not (self._own or self._tokens) else 0] = self._made(0)

    def headers(self, number: int) -> tuple[Header, ...]:
        """The headers that carry a user's credential."""
        place = number if self._own else number % len(self._tokens) if self._tokens else -1
        kept = self._kept.get(place)
        if kept is not None and time.monotonic() < kept[1]:
            return kept[0]
        if kept is None:
            with self._lock if not self._own else _FREE:
                if place not in self._kept:
                    self._kept[place] = self._made(number)
            return self._kept[place][0]
        self._kept[place] = (kept[0], time.monotonic() + _RETRY_SECONDS)  # so that one user renews, and no other waits
        try:
            self._kept[place] = self._made(number)
        except ConfigError as error:
            _log.warning("a credential could not be renewed, the old one is used: %s", error)
        return self._kept[place][0]

    def _made(self, number: int) -> tuple[tuple[Header, ...], float]:
        """A user's headers, and until when they are to be used; raises ConfigError."""
        auth = self._auth
        if self._tokens:
            return Tokens(auth, _Silent()).place(self._tokens[number % len(self._tokens)]), _FOREVER
        if auth.scheme == "jwt":
            own = replace(auth, claims={**auth.claims, **claims_of(self._user_claims, number)})
            headers = _apart(Tokens(own, _Silent()).headers, slow=auth.algorithm != "HS256")
            return headers, self._renew_at(auth.lifetime)
        tokens = Tokens(auth, Redactor.of(self._config))
        headers = _apart(tokens.headers, slow=auth.scheme == "command")
        life = expiry_of(tokens.raw()) - time.time() if auth.scheme == "command" else _FOREVER
        return headers, self._renew_at(life)

    def _renew_at(self, life_seconds: float) -> float:
        share = _RENEW_SHARE + _SPREAD_SHARE * self._random.random()
        return time.monotonic() + max(1.0, life_seconds * share)


class _Silent(Redactor):
    """Remembers no secret: nothing that these tokens are sent in is kept, and a redactor is slow with thousands."""

    def add(self, value: str, kind: str) -> Secret | None:  # noqa: ARG002 - as in the base class
        return None


class _Free:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_FREE = _Free()


def claims_of(claims: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The claims of one user: `{number}` in their texts is replaced by the user's number."""
    return {name: _numbered(value, number) for name, value in claims.items()}


def expiry_of(token: str | None) -> float:
    """When a token ends, in seconds since 1970, where it is a JWT that says so; else infinity."""
    parts = (token or "").split(".")
    if len(parts) != 3:  # noqa: PLR2004 - the parts of a JWT
        return _FOREVER
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        return _FOREVER


def read_tokens(path: Path) -> tuple[str, ...]:
    """The tokens of a file, one in each line that is not empty; raises ConfigError where there is none."""
    from chatproof.config import Problem  # noqa: PLC0415 - only where something is wrong with the file

    try:
        lines = tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
        found = "no token"
    except (OSError, UnicodeDecodeError) as error:
        lines, found = (), getattr(error, "strerror", None) or "no text"
    if not lines:
        expected = "a file with one token in each line"
        raise ConfigError(Problem(where="[load]", key="load.tokens_file", found=f"{path}: {found}", expected=expected))
    return lines


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return value.replace("{number}", str(number))
    if isinstance(value, list):
        return [_numbered(entry, number) for entry in value]
    if isinstance(value, dict):
        return {name: _numbered(entry, number) for name, entry in value.items()}
    return value


def _apart(made: Callable[[], tuple[Header, ...]], *, slow: bool) -> tuple[Header, ...]:
    """Runs in a thread what would hold up the streams."""
    if not slow:
        return made()
    return gevent.get_hub().threadpool.apply(made)  # type: ignore[no-any-return]  # gevent has no types for this
