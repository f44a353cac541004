"""Heartbeats: how often they come."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.sse import Comment, Event
from chatproof.verdict import Level

from ._streams import AUTHORING, GUIDE, streams, whole

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

LONGEST_GAP = 1.5
"""The longest silence, in declared intervals: half an interval of jitter."""

_SHORTEST_TURN = 2
"""The shortest turn that shows a cadence, in declared intervals."""


@requirement(
    "SSE-HB-01",
    Level.SHOULD,
    AUTHORING,
    Source(GUIDE, "Test Heartbeats"),
    why="Proxies drop a connection on which nothing has passed for a while. A comment line every interval keeps it, "
    "and tells a client that a quiet answer is still coming.",
    example=": heartbeat 1732060800000\n\n",
    remedy={
        "any": "Start a timer when the stream opens, write a comment at every interval, stop it when the stream ends.",
        "fastapi": "Wait for the next token with `asyncio.wait({task}, timeout=interval)`, and yield "
        '`": heartbeat\\n\\n"` on a timeout.',
        "sse-starlette": "`EventSourceResponse(generate(), ping=10)`; the default is 15 s.",
        "express": "`setInterval(() => res.write(': heartbeat\\n\\n'), 10000)`, cleared on `res.on('close')`.",
        "fastify": "`setInterval(() => reply.raw.write(': heartbeat\\n\\n'), 10000)`, cleared on its `close`.",
        "next": "`setInterval` in `start()`, cleared in `cancel()` and when `req.signal` aborts.",
        "go": "A `time.Ticker` in the same select as the tokens, and a flush after each beat.",
        "spring": '`SseEmitter.event().comment("heartbeat")` from a scheduled task.',
    },
    scenarios=("long_turn",),
    means=("long_turn",),
)
def test_heartbeats_fill_every_silence(case: Case) -> None:
    """
    During a long turn no silence lasts longer than one and a half declared intervals without a heartbeat.

    A backend may beat all the time or in silence only: tokens keep a connection as well as heartbeats do.
    In which form a heartbeat comes is another requirement's. The time runs from the request to the last event.
    """
    interval = case.settings.heartbeat
    for exchange in streams(case, "long_turn"):
        until = _until_ns(exchange)
        lasted = until / 1e9
        if lasted < _SHORTEST_TURN * interval:
            reason = f"the long turn lasted {lasted:.2f} s, less than two heartbeat intervals of {interval:g} s"
            raise NotTestable(reason)
        arrivals = [frame.at_ns for frame in exchange.stream.frames if frame.at_ns <= until]
        gap, at = max((later - earlier, earlier) for earlier, later in pairwise([0, *arrivals, until]))
        beats = _beats(exchange, case.settings.heartbeat_event)
        found = f"nothing for {gap / 1e9:.2f} s, from {at / 1e9:.2f} s after the request; heartbeats in all: {beats}"
        expected = (
            f"a heartbeat after at most {LONGEST_GAP * interval:g} s of silence (1.5 times the declared interval)"
        )
        expect(gap <= LONGEST_GAP * interval * 1e9, found=found, expected=expected, at=exchange)


def _until_ns(exchange: Exchange) -> int:
    """The time of the last event, or of the end of a stream that was cut."""
    events = exchange.stream.events
    return events[-1].at_ns if events and whole(exchange) else exchange.ended_ns


def _beats(exchange: Exchange, name: str) -> int:
    """How many heartbeats came, in either form; what comes with the first read is a greeting."""
    frames = exchange.stream.frames
    return sum(
        isinstance(frame, Comment) or (isinstance(frame, Event) and frame.type == name)
        for frame in frames
        if frame.at_ns > frames[0].at_ns
    )
