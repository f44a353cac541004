"""Going on with a stream after a reconnect."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..words import counted
from ._streams import INTRODUCTION, PROCESSING, html, whole

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

_ID_LINE = re.compile(rb"(?:^|[\r\n])id(?:[:\r\n])")
_COUNTER = re.compile(r"(.*?)([0-9]{1,18})", re.DOTALL)
_OK = 200
_FINAL = frozenset({204, 404, 410})


@requirement(
    "SSE-ID-02",
    Level.SHOULD,
    PROCESSING,
    html("9.2.4 The `Last-Event-ID` header", "the-last-event-id-header"),
    why="A client that lost its connection names the last id it has seen. What comes next is either the event after "
    "it, or the user reads text twice or not at all.",
    example="GET /api/v1/chat/session-1/events\nLast-Event-ID: 2\n\nHTTP/1.1 200 OK\n\n"
    'id: 3\nevent: token\ndata: {"text":" there"}\n\n',
    remedy={
        "any": "Give every event its own id, keep the events of a turn until it is surely over, and send those after "
        "`Last-Event-ID`.",
        "fastapi": 'Read `request.headers.get("last-event-id")` and skip up to it in the stored events.',
        "sse-starlette": '`ServerSentEvent(id=...)`, and read `request.headers.get("last-event-id")`.',
        "express": "Read `req.get('Last-Event-ID')`.",
        "spring": '`@RequestHeader("Last-Event-ID")`.',
    },
    scenarios=("resume", "turn"),
    means=("resume_path",),
)
def test_stream_resumes_after_the_last_event_id(case: Case) -> None:
    """
    Event ids are unique, and a stream resumed with `Last-Event-ID` goes on after that event without loss or repeat.

    A loss shows where ids count up by one.
    """
    turn, resumed = _resumed(case["resume"])
    seen = _own_ids(turn)
    twice = sorted({value for value in seen if seen.count(value) > 1})
    expect(not twice, found=f"id {', '.join(twice)} on several events", expected="unique ids", at=turn)
    whole_turn = case["turn"]["turn"].stream.events
    if whole_turn and turn.stream.events[-1].type == whole_turn[-1].type:
        raise NotTestable(f"the turn came to its end, `{whole_turn[-1].type}`, before it could be left")
    last = resumed.request.header("last-event-id") or ""
    expected = f"the events after id {last}"
    expect(resumed.status == _OK, found=_answer(resumed), expected=expected, at=resumed)
    expect(resumed.stream.events, found="a stream without events", expected=expected, at=resumed)
    rest = _own_ids(resumed)
    again = [value for value in rest if value in seen]
    expect(not again, found=f"id {', '.join(again)} once more", expected=expected, at=resumed)
    if len(seen) > 1 and not _gap(seen):
        gap = _gap([last, *rest])
        expect(not gap, found=f"{gap}, where ids count up by one", expected=expected, at=resumed)
    expect(whole(resumed), found=f"a stream that was cut ({resumed.end.value})", expected=expected, at=resumed)


@requirement(
    "SSE-204-01",
    Level.SHOULD,
    INTRODUCTION,
    why="EventSource connects again after every clean end of a stream, for ever, unless it is told that there is no "
    "more. Each of these requests costs, and where GET starts a turn each is a paid answer.",
    example="GET /api/v1/chat/session-1/events\nLast-Event-ID: 9\n\nHTTP/1.1 204 No Content",
    remedy={
        "any": "Answer 204 where `Last-Event-ID` names the last event of a finished turn.",
        "fastapi": "`return Response(status_code=204)`.",
        "sse-starlette": "Return `Response(status_code=204)` rather than an EventSourceResponse without events.",
        "express": "`res.status(204).end()`.",
        "next": "`new Response(null, {status: 204})`.",
        "spring": "`ResponseEntity.noContent().build()`.",
    },
    scenarios=("resume",),
    means=("resume_path",),
)
def test_finished_stream_ends_reconnecting(case: Case) -> None:
    """
    A reconnect after the last event of a finished stream is answered with 204, so that EventSource stops.

    404 and 410 stop it too, and say that nothing is left.
    """
    recording = case["resume"]
    _, resumed = _resumed(recording)
    if resumed.status != _OK or "finished" not in recording:
        raise NotTestable(f"the stream could not be resumed before its end: {_answer(resumed)}")
    finished = recording["finished"]
    found = _answer(finished)
    if finished.is_stream:
        found += f" and a stream of {counted(len(finished.stream.events), 'event')}"
    expect(finished.status in _FINAL, found=found, expected="status 204", at=finished)


def _resumed(recording: Recording) -> tuple[Exchange, Exchange]:
    """The turn that was left and the request that went on with it."""
    turn = recording["turn"]
    if not _own_ids(turn):
        raise NotTestable("the stream sends no event ids, so that no client could resume it")
    if "resumed" not in recording:
        raise NotTestable("no request to resume the stream was recorded")
    return turn, recording["resumed"]


def _answer(exchange: Exchange) -> str:
    return f"status {exchange.status}" if exchange.response else f"no answer ({exchange.trouble})"


def _own_ids(exchange: Exchange) -> list[str]:
    """The ids of the events that set one of their own; others carry on the id before them."""
    return [event.id for event in exchange.stream.events if _ID_LINE.search(exchange.body[event.offset : event.end])]


def _gap(ids: list[str]) -> str:
    """The first step between two ids that is not one up; empty where there is none."""
    for earlier, later in pairwise(ids):
        before, after = _COUNTER.fullmatch(earlier), _COUNTER.fullmatch(later)
        if not before or not after or before[1] != after[1] or int(after[2]) != int(before[2]) + 1:
            return f"id {later} after id {earlier}"
    return ""
