"""Every key of `chatproof.toml`, as dataclasses: the loader, docs/config.md and the JSON Schema read them from here."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # get_type_hints needs it at run time
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  # get_type_hints needs it at run time
from pathlib import Path  # noqa: TC003  # get_type_hints needs it at run time
from typing import Any, Literal, TypeAlias

__all__ = ["Auth", "Backend", "Json", "ProfileSettings", "Suite", "Waiver", "key"]

Json: TypeAlias = Any

_HIDDEN_KINDS = {"secret", "command"}


def key(default: Any, doc: str, *, example: str = "", kind: str = "", minimum: float | None = None) -> Any:
    """
    A key with its documentation.

    `kind` refines the annotated type: `duration` (seconds; written `"10s"`, `"250ms"`, `"5m"` or a
    number), `url` (http or https, without a path), `endpoint` (http or https, with one), `origin`, `path` (a file
    that exists), `later-path` (a file that may come later), `path-part` (of a URL, from the slash on), `target` (the
    same with a query), `address` (of this machine, with a port), `regex`, `secret` (usually `"${NAME}"`) and
    `command`; the last two never show in a `repr`, since a command may hold an expanded secret.
    """
    metadata = {"doc": doc, "example": example, "kind": kind, "minimum": minimum}
    shown = kind not in _HIDDEN_KINDS
    if isinstance(default, list | dict):
        return field(default_factory=type(default), repr=shown, metadata=metadata)
    return field(default=default, repr=shown, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """`[backend]`: where the system under test is, and what may be done to it."""

    url: str = key("", "Where the backend answers, without a path.", example="http://localhost:3000", kind="url")
    build: str = key("", "What is under test, such as a commit; reports and evidence name it.", example="4f2c1e9")
    environment: Literal["production", "staging", "development"] = key(
        "staging", "Some requirements hold in production only."
    )
    origins: tuple[str, ...] = key(
        (), "Pages that may call it from a browser.", example='["http://localhost:3001"]', kind="origin"
    )
    cors: Literal["list", "any", "none"] = key(
        "list", "The declared policy: the origins listed, any origin, or no browser at all."
    )
    command: str = key(
        "", "A command that starts the backend; it is stopped after the run.", example="node server.js", kind="command"
    )
    port_variable: str = key(
        "",
        "The variable by which `command` takes its port: with it instances with another environment run beside.",
        example="PORT",
    )
    secrets: tuple[str, ...] = key(
        (), "Secrets of the server that no answer may hold.", example='["${OPENAI_API_KEY}"]', kind="secret"
    )
    front: str = key(
        "", "The same backend through its public front (proxy, CDN).", example="https://chat.example.com", kind="url"
    )
    intrusive: bool = key(False, "On a host other than loopback: fuzz, trip rate limits and spend a hundred turns?")
    max_rps: float = key(0.0, "Requests per second at the most; 0 stands for 20, or 400 on loopback.", minimum=0)
    max_concurrency: int = key(8, "Requests under way at once at the most.", minimum=1)
    ca_file: Path | None = key(None, "A CA bundle (PEM) beside the system's own.", kind="path")
    use_proxy: bool = key(False, "Whether HTTP_PROXY and its relatives are heeded.")
    connect_timeout: float = key(5.0, "Longest wait for a connection.", kind="duration", minimum=0.001)
    answer_timeout: float = key(12.0, "Longest wait for the head of an answer.", kind="duration", minimum=0.001)
    start_timeout: float = key(30.0, "Longest wait for `command` to answer.", kind="duration", minimum=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """`[auth]`: how the suite gets a user's credential."""

    scheme: Literal["jwt", "bearer", "cookie", "header", "command", "none"] = key(
        "none", "jwt mints tokens; bearer, cookie and header send a given one; command prints one."
    )
    secret: str = key("", "jwt: the HMAC key.", example='"${CHAT_JWT_SECRET}"', kind="secret")
    key_file: Path | None = key(None, "jwt: a private key (PEM) for RS256 or ES256.", kind="path")
    algorithm: Literal["HS256", "RS256", "ES256"] = key("HS256", "jwt: how tokens are signed.")
    claims: Mapping[str, Json] = key(
        {}, "jwt: claims of the first user; `exp` and `iat` are added.", example='{ sub = "u1", aud = "authenticated" }'
    )
    lifetime: float = key(3600.0, "jwt: how long minted tokens live.", kind="duration", minimum=1)
    second_user: Mapping[str, Json] = key({}, "jwt: claims that make another user.", example='{ sub = "u2" }')
    token: str = key("", "bearer, cookie, header: the credential.", example='"${CHATPROOF_TOKEN}"', kind="secret")
    name: str = key("", "cookie, header: its name.", example="session")
    command: str = key("", "command: prints the token on its first line.", example="./mint-token.sh", kind="command")
    command_timeout: float = key(10.0, "command: longest wait for it.", kind="duration", minimum=0.001)


ProfileSettings: TypeAlias = Any
"""The settings of one profile: a dataclass of keys, made by us (`profile_keys.py`) or by a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """`[suite]`: requirements, scenarios and profiles of your own."""

    folders: tuple[str, ...] = key(
        (), "Folders with requirements of your own, beside this file.", example='["chat-requirements"]'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """
    `[[waivers]]`: a known deviation, by whom and until when.

    Covers not met and not testable. `line` is where the entry stands in its file.
    """

    requirement: str = key("", "Id or alias of the requirement.", example="SSE-BUF-01")
    reason: str = key("", "Why it is accepted for now.")
    owner: str = key("", "Who will mend it.")
    expires: date | None = key(None, "The last day on which it holds.", example="2027-03-01")
    profile: str = key("", "Only for this profile; otherwise for all.")
    line: int = field(default=0, metadata={"internal": True})
