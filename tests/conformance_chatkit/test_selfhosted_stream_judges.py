"""The judges on the streams of a server of the ChatKit protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatproof.conformance.chatkit import test_server_stream
from chatproof.failure import NotClaimed, NotTestable
from support.outcome import found, outcome
from support.recordings import STREAM_HEADERS, case, exchange, recording, refusal

FRAMES = test_server_stream.test_streams_hold_json_alone
OPENING = test_server_stream.test_streams_open_in_order
UPDATES = test_server_stream.test_updates_are_of_pending_items
ENDS = test_server_stream.test_added_items_end
JUDGES = (FRAMES, OPENING, UPDATES, ENDS)

CREATED = {"type": "thread.created", "thread": {"id": "thr_1", "created_at": "2026-11-20T10:40:08Z", "items": {}}}
MESSAGE = {"type": "thread.item.done", "item": {"id": "msg_1", "type": "user_message"}}
OPTIONS = {"type": "stream_options", "stream_options": {"allow_cancel": True}}
NOTICE = {"type": "notice", "level": "info", "message": "Maintenance at noon."}
PROGRESS = {"type": "progress_update", "text": "Thinking"}
ADDED = {"type": "thread.item.added", "item": {"id": "msg_2", "type": "assistant_message", "content": []}}
REMOVED = {"type": "thread.item.removed", "item_id": "msg_2"}
ERROR = {"type": "error", "code": "stream.error", "allow_retry": True}


def updated(kind: str, **fields: Any) -> dict[str, Any]:
    update = {"type": f"assistant_message.content_part.{kind}", "content_index": 0, **fields}
    return {"type": "thread.item.updated", "item_id": "msg_2", "update": update}


def done(text: str = "Hello there") -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "thread.item.done", "item": {"id": "msg_2", "type": "assistant_message", "content": content}}


PART = updated("added", content={"type": "output_text", "text": ""})
HELLO, THERE = updated("text_delta", delta="Hello"), updated("text_delta", delta=" there")
PART_DONE = updated("done", content={"type": "output_text", "text": "Hello there"})
ANSWER = (ADDED, PART, HELLO, THERE, PART_DONE, done())


def frames(*events: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def stream(label: str, body: bytes, **changes: Any) -> Any:
    return exchange(label, **{"headers": STREAM_HEADERS, "body": body, **changes})


def protocol(create: bytes | None = None, add: bytes | None = None) -> Any:
    first = frames(CREATED, MESSAGE, OPTIONS, *ANSWER) if create is None else create
    second = frames(MESSAGE, OPTIONS, *ANSWER) if add is None else add
    return case(profile="chatkit", protocol=[stream("create", first), stream("add", second)])


@pytest.mark.parametrize("judge", JUDGES)
def test_right_streams_meet_it(judge: Any) -> None:
    assert outcome(judge, protocol()) is None


@pytest.mark.parametrize("judge", JUDGES)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case(profile="chatkit")), NotTestable)
    assert isinstance(outcome(judge, case(profile="chatkit", protocol=recording("protocol"))), NotTestable)


@pytest.mark.parametrize("judge", [OPENING, UPDATES, ENDS])
def test_order_of_what_is_no_stream_is_no_verdict(judge: Any) -> None:
    refused = case(profile="chatkit", protocol=[refusal("create", status=503)])
    assert isinstance(outcome(judge, refused), NotTestable)
    assert isinstance(outcome(judge, protocol(create=b"data: [DONE]\n\n")), NotTestable)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"event: thread.created\n" + frames(CREATED), "an event named `thread.created`"),
        (b"id: 7\n" + frames(CREATED), "the id `7`"),
        (frames(CREATED) + b"data: [DONE]\n\n", "the data `[DONE]`"),
        (frames({"text": "no type"}), "the data "),
        (b": only a comment\n\n", "no event"),
    ],
)
def test_frames_of_another_form_are_found(body: bytes, expected: str) -> None:
    assert found(FRAMES, protocol(create=body)).startswith(expected)
    assert found(FRAMES, protocol(add=body)).startswith(expected)


def test_stream_under_another_media_type_is_found() -> None:
    headers = (("Content-Type", "application/json"),)
    plain = case(profile="chatkit", protocol=[stream("create", frames(CREATED), headers=headers)])
    assert found(FRAMES, plain) == "status 200 with application/json"
    assert "status 500" in found(FRAMES, case(profile="chatkit", protocol=[refusal("create", status=500)]))


@pytest.mark.parametrize(
    "body",
    [
        b": connected\n\n" + frames(CREATED, MESSAGE, OPTIONS, *ANSWER) + b": heartbeat\n\n",
        frames(CREATED, MESSAGE, OPTIONS, *ANSWER).replace(b"\n", b"\r\n"),
        frames(CREATED, NOTICE, MESSAGE, PROGRESS, OPTIONS, NOTICE, *ANSWER),
        frames(CREATED, MESSAGE, OPTIONS, ADDED, HELLO, THERE, done()),
        frames(CREATED, MESSAGE, OPTIONS, ADDED, PART, HELLO, REMOVED, *ANSWER),
    ],
    ids=["comments", "crlf", "notices", "deltas alone", "removed and added anew"],
)
def test_legal_forms_meet_all(body: bytes) -> None:
    assert [outcome(judge, protocol(create=body)) for judge in JUDGES] == [None] * len(JUDGES)


@pytest.mark.parametrize(
    ("create", "add", "expected"),
    [
        (frames(MESSAGE, CREATED, OPTIONS, *ANSWER), None, "`thread.item.done` as the first event"),
        (frames(CREATED, OPTIONS, MESSAGE, *ANSWER), None, "stream_options, then thread.item.done (user_message)"),
        (frames(CREATED, MESSAGE, *ANSWER, OPTIONS), None, "thread.item.done (user_message), then thread.item.added"),
        (frames(CREATED, CREATED, MESSAGE, OPTIONS), None, "2 `thread.created` events"),
        (frames(CREATED, NOTICE), None, "neither"),
        (None, frames(CREATED, MESSAGE, OPTIONS, *ANSWER), "1 `thread.created` event"),
        (None, frames(OPTIONS, *ANSWER), "stream_options, then thread.item.added"),
    ],
)
def test_other_openings_are_found(create: bytes | None, add: bytes | None, expected: str) -> None:
    assert found(OPENING, protocol(create, add)).startswith(expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((HELLO, ADDED, done()), "an update of the item `msg_2`, which was not added"),
        ((ADDED, HELLO, THERE, done(), THERE), "an update of the item `msg_2`, which is already done"),
        ((ADDED, HELLO, done()), "the message `msg_2` grew to `Hello` and ended as `Hello there`"),
        ((ADDED, HELLO, THERE, done("Hello")), "the message `msg_2` grew to `Hello there` and ended as `Hello`"),
    ],
)
def test_updates_that_fit_no_item_are_found(answer: tuple[Any, ...], expected: str) -> None:
    assert found(UPDATES, protocol(frames(CREATED, MESSAGE, OPTIONS, *answer))) == expected
    assert found(UPDATES, protocol(add=frames(MESSAGE, OPTIONS, *answer))) == expected


def test_item_that_never_ends_is_found() -> None:
    assert found(ENDS, protocol(frames(CREATED, MESSAGE, OPTIONS, ADDED, HELLO))) == "1 item left as added: msg_2"
    told = protocol(frames(CREATED, MESSAGE, OPTIONS, ADDED, HELLO, ERROR))
    assert outcome(ENDS, told) is None


@pytest.mark.parametrize("judge", [UPDATES, ENDS])
def test_answers_that_come_as_a_whole_claim_nothing(judge: Any) -> None:
    whole = protocol(frames(CREATED, MESSAGE, OPTIONS, done()), frames(MESSAGE, OPTIONS, done()))
    assert isinstance(outcome(judge, whole), NotClaimed)
