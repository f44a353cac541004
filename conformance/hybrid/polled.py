"""What the answer to a poll says: its events, and the cursor for the next one. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.recorder.issued import field_of

if TYPE_CHECKING:
    from chatproof.config import ProfileSettings
    from chatproof.recording import Exchange

__all__ = ["SUCCESS", "content_of", "cursor_after", "events_of", "holds", "no_json", "shown", "text_of", "worked"]

SUCCESS = 2
_EXCERPT = 60


def content_of(exchange: Exchange) -> Any:
    """The body as JSON; None where it is none (or the text `null`)."""
    try:
        return exchange.json()
    except (ValueError, RecursionError):
        return None


def no_json(exchange: Exchange) -> str:
    """Why a 2xx answer is no answer to a poll; empty where it is one."""
    if exchange.end.ours:
        return f"the answer did not end ({exchange.end.value} after {exchange.ended_ns / 1e9:.1f} s)"
    if isinstance(content_of(exchange), dict | list):
        return ""
    return f"no JSON object or list, but {_excerpt(exchange)}"


def worked(exchange: Exchange) -> bool:
    """It was answered with a 2xx and JSON."""
    return exchange.status is not None and exchange.status // 100 == SUCCESS and not no_json(exchange)


def events_of(exchange: Exchange, settings: ProfileSettings) -> list[Any] | None:
    """
    The events of a poll: in the declared field, as the whole body, or in the only list there is.

    None where there is no list, or one cannot tell which.
    """
    content = content_of(exchange)
    found = field_of(content, settings.events_field)[0] if settings.events_field else content
    if isinstance(found, list):
        return found
    lists = _lists(content)
    return lists[0] if len(lists) == 1 else None


def _lists(content: object) -> list[list[Any]]:
    """The lists in JSON that stand in no other."""
    if isinstance(content, list):
        return [content]
    inner = content.values() if isinstance(content, dict) else ()
    return [entry for value in inner for entry in _lists(value)]


def cursor_after(exchange: Exchange, settings: ProfileSettings) -> str | None:
    """The next cursor: the declared field, else the id of the last event; None where the answer has neither."""
    content = content_of(exchange)
    told = field_of(content, settings.cursor_field)[0] if settings.cursor_field else None
    if told is None:
        events = events_of(exchange, settings) or [None]
        told = field_of(events[-1], settings.id_field)[0]
    return str(told) if isinstance(told, str | int | float) and not isinstance(told, bool) and told != "" else None


def text_of(event: object) -> str:
    """An event as text, in which a message's own text stands as it is."""
    return json.dumps(event, ensure_ascii=False)


def holds(exchange: Exchange, text: str) -> bool:
    """A plain text (letters, digits and hyphens) stands in the answer."""
    return text.encode() in exchange.body


def shown(exchange: Exchange) -> str:
    """An answer in a few words."""
    if exchange.response is None:
        return f"no answer ({exchange.trouble or exchange.end.value})"
    return f"status {exchange.status} with {exchange.response.media_type or 'no media type'}"


def _excerpt(exchange: Exchange) -> str:
    return repr(exchange.body[:_EXCERPT].decode("utf-8", "replace")) if exchange.body else "an empty body"
