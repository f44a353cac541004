"""Messages as they stand in answers and on streams, and what becomes of each on its way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatproof.sse import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import AgentStream
    from chatproof.recording import Exchange
    from chatproof.sse import Frame

__all__ = [
    "CRON_LINE",
    "FIELDS",
    "Arrival",
    "arrivals",
    "generated",
    "is_greeting",
    "is_iso",
    "is_message",
    "json_of",
    "listed",
    "needs_secret",
    "same_field",
    "sign_of",
]

FIELDS = ("id", "type", "content", "agentId", "timestamp")
"""What every message has."""

CRON_LINE = 'generate_token = "${CRON_SECRET}"  # in [profiles.agent-stream]'
"""The line that declares the secret of the cron job."""

Message = dict[str, Any]

_UNAUTHORIZED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message on a stream: the event that brought it, and what its data says."""

    event: Event
    message: Message


def json_of(text: str) -> Any:
    """What a text says in JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def is_greeting(event: Event, settings: AgentStream) -> bool:
    """The event only says that the client is subscribed, or is a heartbeat of the declared form."""
    if settings.heartbeat_form == "event" and event.type == settings.heartbeat_event:
        return True
    data = json_of(event.data)
    kind = data.get("type") if isinstance(data, dict) else None
    return kind == settings.connected_type or (settings.heartbeat_form == "event" and kind == settings.heartbeat_event)


def is_message(frame: Frame) -> bool:
    """An event that says something, under whatever name."""
    data = json_of(frame.data) if isinstance(frame, Event) else None
    return isinstance(data, dict) and "content" in data


def arrivals(frames: Iterable[Frame], settings: AgentStream) -> list[Arrival]:
    """The events whose data is a JSON object, under whatever name, greetings and heartbeats left out."""
    events = [frame for frame in frames if isinstance(frame, Event) and not is_greeting(frame, settings)]
    return [Arrival(event, data) for event in events if isinstance(data := json_of(event.data), dict)]


def generated(exchange: Exchange) -> list[Message]:
    """The messages that the answer of a generation lists; none where it lists none."""
    body = json_of(exchange.body.decode("utf-8", "replace"))
    found = body.get("messages") if isinstance(body, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def needs_secret(exchange: Exchange, settings: AgentStream) -> str:
    """Why a generation was refused that carried the user's credential, for want of another; empty where it was not."""
    if exchange.status not in _UNAUTHORIZED or settings.generate_token:
        return ""
    return f"a generation with the user's credential is refused (status {exchange.status})"


def listed(exchange: Exchange) -> list[Message]:
    """The messages in an answer to a poll, wherever in its JSON they stand, in order."""
    return list(_within(json_of(exchange.body.decode("utf-8", "replace"))))


def _within(value: Any) -> Iterable[Message]:
    if isinstance(value, dict) and "content" in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _within(inner)


def is_iso(value: object) -> bool:
    """A time in ISO-8601 with its zone, which every client reads alike."""
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def same_field(name: str, one: object, other: object) -> bool:
    """The same value; for the timestamp the same instant, however it is written."""
    if name == "timestamp" and is_iso(one) and is_iso(other):
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(str(other))
    return one == other


def sign_of(message: Mapping[str, Any]) -> tuple[object, ...]:
    """What tells a message from others where its id does not: whose it is, what it says, and when."""
    return tuple(str(message.get(name)) for name in ("agentId", "content", "timestamp"))
