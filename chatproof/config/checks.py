"""What one key asks of another: a scheme of its credential, a turn of its message, a waiver of its owner."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatproof.closest import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config.keys import Auth, Backend, Waiver
    from chatproof.config.tables import Reader

__all__ = ["TableCheck", "check_auth", "check_backend", "check_targets", "check_waiver", "unsendable"]

_NEEDS = {
    "bearer": {"token": '"${CHATPROOF_TOKEN}"'},
    "cookie": {"name": '"session"', "token": '"${CHATPROOF_TOKEN}"'},
    "header": {"name": '"X-Api-Key"', "token": '"${CHATPROOF_TOKEN}"'},
    "command": {"command": '"./mint-token.sh"'},
}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OUR_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "content-type", "origin"}
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UNEXPANDED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_USED = {
    "jwt": {"secret", "key_file", "claims"},
    "bearer": {"token"},
    "cookie": {"name", "token"},
    "header": {"name", "token"},
    "command": {"command"},
    "none": set[str](),
}
_OWN_KEYS = ("secret", "key_file", "token", "command", "name", "claims")


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A table that was read, and where to note what it lacks."""

    reader: Reader
    path: str
    value: Any

    def needs(self, name: str, expected: str, hint: str) -> None:
        """Notes an empty key, unless it has a problem of its own."""
        key = f"{self.path}.{name}"
        if not getattr(self.value, name) and not self.reader.troubled(key):
            self.reader.problem(key, "nothing", expected, hint=hint)


def check_backend(reader: Reader, backend: Backend) -> None:
    """The file of an authority holds a certificate; one that is missing is a problem of its own."""
    if backend.ca_file is None or not backend.ca_file.is_file():
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(backend.ca_file)
    except OSError as error:  # ssl.SSLError is one
        pem = isinstance(error, ssl.SSLError)
        found = f"{backend.ca_file}: {'no certificate in it' if pem else error.strerror}"
        hint = "ca_file holds the certificate of the authority, between BEGIN CERTIFICATE and END CERTIFICATE"
        reader.problem("backend.ca_file", found, "certificates in PEM form", hint=hint)


def unsendable(credential: str) -> str:
    """Why a text cannot stand in a header (RFC 9110 section 5.5), without showing it; empty where it can."""
    control = _CONTROL.search(credential)
    if control:
        return f"a text with the control character U+{ord(control[0]):04X} at position {control.start()}"
    return "a text with a space at its start or end" if credential != credential.strip(" \t") else ""


def check_auth(reader: Reader, auth: Auth, given: Mapping[str, Any]) -> None:
    """The credential that the scheme is about; keys of a scheme without `scheme`."""
    table = TableCheck(reader, "auth", auth)
    if "scheme" not in given:
        own = next((name for name in _OWN_KEYS if name in given), "")
        if own:
            expected = "one of jwt, bearer, cookie, header, command, none"
            reader.problem("auth.scheme", f"nothing beside `{own}`", expected, hint='[auth] needs scheme = "..."')
        return
    for name, example in _NEEDS.get(auth.scheme, {}).items():
        table.needs(name, f"text, since auth.scheme is {auth.scheme}", f"add {name} = {example} under [auth]")
    _check_unexpanded(reader, auth)
    unused = sorted(set(given) & set(_OWN_KEYS) - _USED[auth.scheme])
    reader.warnings.extend(f"{reader.where}: auth.{name} is not used: auth.scheme is {auth.scheme}" for name in unused)
    if auth.scheme == "jwt":
        _check_jwt(table, auth)
    elif auth.scheme != "none":
        _check_sent(reader, auth)


def _check_unexpanded(reader: Reader, auth: Auth) -> None:
    """A variable without its braces would be sent as it stands."""
    for name in ("secret", "token"):
        found = _UNEXPANDED.fullmatch(getattr(auth, name))
        if found:
            hint = f'{name} = "${{{found[1]}}}"'
            reader.problem(f"auth.{name}", f"`${found[1]}`", "the variable between braces", hint=hint)


def _check_sent(reader: Reader, auth: Auth) -> None:
    """A token and a name that a request can carry."""
    fault = unsendable(auth.token)
    if fault:
        hint = "a line end at the end of a variable is the usual cause: tr -d '\\n'"
        reader.problem("auth.token", fault, "a text that an HTTP header can hold", hint=hint)
    elif auth.scheme == "bearer" and auth.token[:7].lower() == "bearer ":
        hint = 'scheme = "bearer" puts `Bearer ` before the token'
        reader.problem("auth.token", "a text that begins with `Bearer `", "the token alone", hint=hint)
    if auth.scheme not in {"cookie", "header"} or not auth.name:
        return
    if not _NAME.fullmatch(auth.name):
        hint = "letters, digits, and any of !#$%&'*+-.^_`|~"
        reader.problem("auth.name", f'"{auth.name}"', f"the name of a {auth.scheme}", hint=hint)
    elif auth.scheme == "header" and auth.name.lower() in _OUR_HEADERS:
        hint = "every request has that header already, with another meaning"
        reader.problem("auth.name", f'"{auth.name}"', "the name of a header that carries the credential", hint=hint)


def _check_jwt(table: TableCheck, auth: Auth) -> None:
    """An HMAC key for HS256, a private key in a file for the others."""
    name, other = ("secret", "key_file") if auth.algorithm == "HS256" else ("key_file", "secret")
    example = '"${CHAT_JWT_SECRET}"' if name == "secret" else '"signing-key.pem"'
    hint = f"add {name} = {example} under [auth]"
    if getattr(auth, other) and not getattr(auth, name):
        hint = f"{other} goes with algorithm = {'HS256' if other == 'secret' else 'RS256 or ES256'}; or {hint}"
    table.needs(name, f"a key, since auth.scheme is jwt and auth.algorithm {auth.algorithm}", hint)
    if auth.secret and auth.key_file:
        expected = "either `secret` or `key_file`"
        table.reader.problem(f"auth.{other}", "a second key", expected, hint=f"delete auth.{other}")


def check_targets(reader: Reader, targets: object) -> dict[str, str]:
    """The targets as they are written; each is read as the load run reads it."""
    from chatproof.targets.expression import TargetError, metric_of, parse_target  # noqa: PLC0415 - it imports keys

    if not isinstance(targets, dict):
        reader.problem("targets", "no table", "a table", hint='"ttft.p95" = "< 350ms"')
        return {}
    for name, limit in targets.items():
        hint = '"ttft.p95" = "< 350ms"; `chatproof list metrics` shows what there is'
        if not isinstance(limit, str):
            reader.problem(f"targets.{name}", "no text", "a comparison and a number", hint=hint)
            continue
        try:
            _ = metric_of(name) if limit.strip() == "off" else parse_target(name, limit)
        except TargetError as error:
            found = f'{error.found} in "{error.text}" (character {error.place + 1})'
            reader.problem(f"targets.{name}", found, error.expected, closest=error.closest, hint=hint)
    return {name: limit for name, limit in targets.items() if isinstance(limit, str)}


def check_waiver(reader: Reader, path: str, waiver: Waiver, known: Mapping[str, Any]) -> None:
    """Requirement, reason, owner and expiry are mandatory; a profile is one that exists."""
    table = TableCheck(reader, path, waiver)
    hint = "a waiver says which requirement, why (reason), by whom (owner) and until when (expires = 2027-03-01)"
    for name, expected in {
        "requirement": "the id of a requirement",
        "reason": "why it is accepted for now",
        "owner": "who will mend it",
        "expires": "the last day on which it holds",
    }.items():
        table.needs(name, expected, hint)
    if waiver.profile and waiver.profile not in known:
        reader.problem(
            f"{path}.profile",
            f'"{waiver.profile}"',
            f"one of {', '.join(known)}",
            closest=closest(waiver.profile, known),
            hint="without `profile` the waiver holds for all",
        )
