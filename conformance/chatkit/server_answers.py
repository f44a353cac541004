"""How judges read the answers of a server of the ChatKit protocol: streams of events, pages, threads and items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.failure import NotTestable

from .answers import accepted, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.recording import Exchange, Recording

__all__ = [
    "Told",
    "accepted",
    "answered",
    "content_of",
    "events_of",
    "items_in",
    "json_answers",
    "sent",
    "shown",
    "threads_in",
]

Told = dict[str, Any]


def sent(recording: Recording, label: str) -> Exchange:
    """The exchange of a label; NotTestable where the scenario did not come to it."""
    if label not in recording:
        reason = (
            "no stream told of a thread, so that none could be asked for" if recording.exchanges else "nothing sent"
        )
        raise NotTestable(f"`{label}` of the scenario `{recording.scenario}` was not recorded: {reason}")
    return recording[label]


def answered(recording: Recording, label: str) -> Exchange:
    """The same; NotTestable where it was not answered with a 2xx."""
    exchange = sent(recording, label)
    if not accepted(exchange):
        raise NotTestable(f"`{label}` of the scenario `{recording.scenario}` was refused: {shown(exchange)}")
    return exchange


def events_of(exchange: Exchange) -> list[Told]:
    """
    The events of a stream, each a JSON object with a `type`.

    NotTestable where the answer is no such stream: whether it is one has a requirement of its own.
    """
    if not accepted(exchange) or not exchange.is_stream:
        raise NotTestable(f"`{exchange.label}` was not answered with a stream of events: {shown(exchange)}")
    told = [event for frame in exchange.stream.events if (event := _told(frame.data)) is not None]
    if not told:
        raise NotTestable(f"the stream of `{exchange.label}` holds no event of the protocol")
    return told


def _told(data: str) -> Told | None:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else None


def content_of(exchange: Exchange) -> Any:
    """The JSON of an answer; None where it is none."""
    try:
        return exchange.json()
    except (ValueError, RecursionError):
        return None


def json_answers(recording: Recording, *labels: str) -> Iterator[tuple[Exchange, Any]]:
    """Those of the answers with these labels that have a 2xx and hold JSON, with it."""
    for label in labels:
        if label in recording and accepted(recording[label]) and not recording[label].is_stream:
            content = content_of(recording[label])
            if content is not None:
                yield recording[label], content


def threads_in(content: Any) -> Iterator[Told]:
    """The threads in an event or an answer: itself, `thread`, and those of a page."""
    if not isinstance(content, dict):
        return
    for entry in (content, content.get("thread"), *_page(content)):
        if isinstance(entry, dict) and isinstance(entry.get("items"), dict):
            yield entry


def items_in(content: Any) -> Iterator[Told]:
    """The items in an event or an answer: `item`, those of a page, and those of its threads."""
    if not isinstance(content, dict):
        return
    of_threads = [item for thread in threads_in(content) for item in _page(thread["items"])]
    for entry in (content.get("item"), *_page(content), *of_threads):
        if isinstance(entry, dict) and isinstance(entry.get("type"), str):
            yield entry


def _page(content: Told) -> list[Any]:
    data = content.get("data")
    return data if isinstance(data, list) else []
