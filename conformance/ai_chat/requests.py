"""The requests that scenarios send, built from what the configuration declares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chatproof.cors import cors_request
from chatproof.driver import Limits
from chatproof.recording import Request
from chatproof.sse import Event

from ..common.requests import any_frame, asked_first, encoded, first_origin, get, reply_limits, url_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import AiChat, Turn
    from chatproof.driver import Driver
    from chatproof.sse import Frame

__all__ = [
    "any_frame",
    "body_of",
    "browser_form",
    "chat",
    "curl_form",
    "encoded",
    "first_origin",
    "get",
    "is_done",
    "is_token",
    "long_limits",
    "preflight",
    "raw_chat",
    "reply_limits",
    "session_id",
    "turn_limits",
    "url_of",
]

Header = tuple[str, str]

_TURN_BYTES = 1024 * 1024


def body_of(settings: AiChat, message: Any = None, **changes: Any) -> dict[str, Any]:
    """The JSON object of a plain turn: the message, the declared fields, and changes by field name."""
    body: dict[str, Any] = {settings.message_field: settings.message if message is None else message}
    return body | {name: value for name, value in settings.fields.items() if name not in body} | changes


def raw_chat(
    driver: Driver,
    body: bytes,
    *,
    credential: Iterable[Header] | None = None,
    origin: str | None = "",
    content_type: str = "application/json",
    accept_encoding: str = "identity",
    extra: Iterable[Header] = (),
    path: str = "",
    front: bool = False,
) -> Request:
    """
    A POST to the chat route with these bytes.

    `credential` are the headers that carry it (the declared user's by default), `origin` the page it
    comes from: empty for the first declared one, None for none.
    """
    page = first_origin(driver.config) if origin == "" else origin
    headers = [("Content-Type", content_type), ("Accept", "text/event-stream"), ("Accept-Encoding", accept_encoding)]
    headers += driver.tokens.headers() if credential is None else credential
    headers += [("Origin", page)] if page is not None else []
    headers += extra
    url = url_of(driver, path or driver.settings.path, front=front)
    return Request(method="POST", url=url, headers=tuple(headers), body=body)


def chat(driver: Driver, body: Mapping[str, Any] | None = None, **options: Any) -> Request:
    """A chat turn with a JSON body (a plain one by default); options as in `raw_chat`."""
    return raw_chat(driver, encoded(body_of(driver.settings) if body is None else body), **options)


def curl_form(driver: Driver) -> str:
    """The unsafe headers of a chat turn as people type them after curl: the credential's first, capitals kept."""
    credential = [name for name, _ in driver.tokens.headers() if name.lower() != "cookie"]
    return ",".join([*credential, "Content-Type"])


def browser_form(driver: Driver) -> str:
    """The unsafe headers of a chat turn as a browser asks for them: lower case, sorted, without spaces."""
    return ",".join(cors_request(chat(driver)).unsafe_names)


def preflight(driver: Driver, origin: str, *, headers: str, method: str = "POST", path: str = "") -> Request:
    """The OPTIONS request that a browser sends before a chat turn; see `common.requests.asked_first`."""
    return asked_first(url_of(driver, path or driver.settings.path), origin, headers=headers, method=method)


def session_id(settings: AiChat, suffix: str) -> str:
    """
    The example session id with its last characters replaced, so that scenarios do not share a session.

    Where that breaks the declared pattern, the example itself.
    """
    example = settings.session_example
    changed = example[: -len(suffix)] + suffix if len(example) >= len(suffix) else example
    return changed if re.fullmatch(settings.session_pattern, changed) else example


def turn_limits(driver: Driver) -> Limits:
    """The limits of a plain turn; bytes may be silent for 1.5 heartbeats, and 15 s in any case."""
    return _limits(driver, driver.settings.turn_timeout)


def long_limits(driver: Driver, turn: Turn, *, silence: float = 0.0) -> Limits:
    """The limits of a declared turn, in which bytes may be silent for `silence` seconds or as in a plain turn."""
    return _limits(driver, turn.max_duration, silence)


def _limits(driver: Driver, total_seconds: float, silence: float = 0.0) -> Limits:
    return Limits(
        head_seconds=driver.limits.head_seconds,
        idle_seconds=max(15.0, 1.5 * driver.settings.heartbeat, silence),
        total_seconds=total_seconds,
        max_bytes=_TURN_BYTES,
    )


def is_done(frame: Frame) -> bool:
    """The frame after which nothing should come."""
    return isinstance(frame, Event) and frame.type == "done"


def is_token(frame: Frame) -> bool:
    """A piece of the answer."""
    return isinstance(frame, Event) and frame.type == "token"
