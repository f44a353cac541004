"""The streams of a server of the ChatKit protocol: their frames, and the order of their events."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotClaimed, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..words import counted
from .server_answers import accepted, events_of, sent, shown
from .server_items import final_texts, unended, unheralded
from .server_sources import EVENTS, SERVER, TYPES

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

    from .server_answers import Told

_STREAMS = ("create", "add")
_OF_ITEMS = re.compile(r"thread\.item\.")
_OPENING = (
    'data: {"type":"thread.created","thread":{...}}\n\n'
    'data: {"type":"thread.item.done","item":{"type":"user_message",...}}\n\n'
    'data: {"type":"stream_options","stream_options":{"allow_cancel":true}}'
)
_GROWING = (
    'data: {"type":"thread.item.added","item":{"id":"msg_1","type":"assistant_message","content":[],...}}\n\n'
    'data: {"type":"thread.item.updated","item_id":"msg_1","update":{"type":'
    '"assistant_message.content_part.text_delta","content_index":0,"delta":"Hi"}}\n\n'
    'data: {"type":"thread.item.done","item":{"id":"msg_1",...}}'
)


@requirement(
    "CKSRV-SSE-01",
    Level.MUST,
    SERVER,
    why="ChatKit reads JSON from `data:` alone: a named event, a `[DONE]` or another media type ends the answer.",
    example='HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\ndata: {"type":"stream_options",...}\n\n',
    remedy={
        "any": "Write each event as `data: <JSON>` and a blank line, as text/event-stream, and nothing else.",
        "fastapi": 'Return `StreamingResponse(result, media_type="text/event-stream")` where `process` gave a '
        "`StreamingResult`; the SDK's bytes are whole frames.",
        "starlette": 'Return `StreamingResponse(result, media_type="text/event-stream")`; the SDK\'s bytes are frames.',
        "sse-starlette": "Use a plain `StreamingResponse`: `EventSourceResponse` frames the SDK's frames once more.",
    },
    scenarios=("protocol",),
    means=("self_hosted_mode",),
)
def test_streams_hold_json_alone(case: Case) -> None:
    """
    Operations that stream answer with `text/event-stream`, each frame JSON with a `type`, without `event:` or `id:`.

    Comments are let pass: no client takes them for an event.
    """
    recording = case["protocol"]
    create = sent(recording, "create")
    for exchange in [create, *([recording["add"]] if "add" in recording else [])]:
        expect(
            accepted(exchange) and exchange.is_stream,
            found=shown(exchange),
            expected="status 200 with text/event-stream",
            at=exchange,
        )
        expect(exchange.stream.events, found="no event", expected="events", at=exchange)
        _expect_json_alone(exchange)


def _expect_json_alone(exchange: Exchange) -> None:
    expected = 'frames `data: {"type": ...}` without `event:` and `id:`'
    for event in exchange.stream.events:
        found = ""
        if event.type != "message":
            found = f"an event named `{event.type}`"
        elif event.id:
            found = f"the id `{event.id}`"
        elif not _typed(event.data):
            found = f"the data `{event.data[:80]}`"
        expect(not found, found=found, expected=expected, at=exchange, offset=event.offset)


def _typed(data: str) -> bool:
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get("type"), str)


@requirement(
    "CKSRV-ORD-01",
    Level.MUST,
    SERVER,
    EVENTS,
    why="The page shows a thread once it knows of it, and its own message once that has an id: later events find no "
    "place otherwise.",
    example=_OPENING,
    remedy="Send `thread.created` first (for a new thread alone), then the user's message as `thread.item.done`, then "
    "`stream_options`, and only then the answer; the SDK's `process` does so.",
    scenarios=("protocol",),
    means=("self_hosted_mode",),
)
def test_streams_open_in_order(case: Case) -> None:
    """
    A new thread's stream opens with `thread.created`, then the user's message is done, then `stream_options` comes;
    a message to a known thread opens without `thread.created`.
    """
    recording = case["protocol"]
    for label in _STREAMS:
        exchange = sent(recording, label)
        events = events_of(exchange)
        types = [event["type"] for event in events]
        if label == "create":
            expect(
                types[0] == "thread.created",
                found=f"`{types[0]}` as the first event",
                expected="`thread.created` as the first event of a new thread",
                at=exchange,
            )
        created = types.count("thread.created")
        expect(
            created == (label == "create"),
            found=counted(created, "`thread.created` event"),
            expected="one for a new thread, none for a known one",
            at=exchange,
        )
        _expect_opening(events, exchange)


def _expect_opening(events: list[Told], exchange: Exchange) -> None:
    """What else may come before (a notice, progress) stands between them as it likes."""
    telling = [event for event in events if _OF_ITEMS.match(event["type"]) or event["type"] == "stream_options"]
    opening = [_short(event) for event in telling[:2]]
    expect(
        opening == ["thread.item.done (user_message)", "stream_options"],
        found=f"{', then '.join(opening) or 'neither'}",
        expected="thread.item.done (user_message), then stream_options, before any other item",
        at=exchange,
    )


def _short(event: Told) -> str:
    item = event.get("item")
    return f"{event['type']} ({item.get('type')})" if isinstance(item, dict) else str(event["type"])


@requirement(
    "CKSRV-ORD-02",
    Level.MUST,
    EVENTS,
    TYPES,
    why="A page that is told of a change to an item it does not have drops it; and what grew before the reader's eyes "
    "must not change at the end.",
    example=_GROWING,
    remedy="Send `thread.item.added` before an item's first update and `thread.item.done` after its last, with the "
    "text that the deltas make; take the item's id from one variable.",
    scenarios=("protocol",),
    means=("self_hosted_mode",),
)
def test_updates_are_of_pending_items(case: Case) -> None:
    """
    `thread.item.updated` names an item that `thread.item.added` introduced and that is not yet done, and the deltas
    of a message make up its final text.
    """
    recording = case["protocol"]
    updates = 0
    for label in _STREAMS:
        exchange = sent(recording, label)
        events = events_of(exchange)
        updates += sum(event["type"] == "thread.item.updated" for event in events)
        fault = unheralded(events) or final_texts(events)
        expect(
            not fault,
            found=fault,
            expected="updates of items that were added and are not yet done, whose deltas make up the text",
            at=exchange,
        )
    if not updates:
        raise NotClaimed("no item is updated in these answers: each comes as a whole")


@requirement(
    "CKSRV-ORD-03",
    Level.MUST,
    EVENTS,
    why="An item that never ends shows as being written for ever, and is not in the thread after a reload.",
    example=_GROWING,
    remedy="End each item that you added by `thread.item.done`, `.removed` or `.replaced`, in a `finally` too; where "
    "the answer fails, send an `error` event.",
    scenarios=("protocol",),
    means=("self_hosted_mode",),
)
def test_added_items_end(case: Case) -> None:
    """
    Each item that `thread.item.added` introduces is done, removed or replaced before the stream ends, or the stream
    tells an `error`.
    """
    recording = case["protocol"]
    added = 0
    for label in _STREAMS:
        exchange = sent(recording, label)
        events = events_of(exchange)
        added += sum(event["type"] == "thread.item.added" for event in events)
        if any(event["type"] == "error" for event in events):
            continue
        left = unended(events)
        if left:
            raise Failure(
                found=f"{counted(len(left), 'item')} left as added: {', '.join(left)}",
                expected="`thread.item.done`, `.removed` or `.replaced` for each, or an `error` event",
                at=exchange,
            )
    if not added:
        raise NotClaimed("no item is announced in these answers: each comes as a whole")
