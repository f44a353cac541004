"""Heartbeats on a stream on which nothing is said, and the variable that sets their interval."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.sse import Comment, Event
from chatproof.verdict import Level

from .messages import is_greeting, is_message
from .reading import exchange_of, shown
from .sources import AUTHORING, HEARTBEATS

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange
    from chatproof.sse import Frame

_TOLERANCE = 1.5
_OK = 200
_FEWEST = 2
_FLOOD_BEATS = 8
_FLOOD_SECONDS = 0.1
_LEAST_SHARE = 0.5


@requirement(
    "AGENT-HB-01",
    Level.MUST,
    HEARTBEATS,
    AUTHORING,
    why="Agents speak every quarter of an hour. Without heartbeats hosts and proxies close the silent connection after "
    "a minute, and a client cannot tell silence from a dead stream.",
    example=":heartbeat\n\n(30 s later)\n:heartbeat\n\n",
    remedy={
        "any": "Write a comment (`:heartbeat` and a blank line) every 30 s, from a timer that ends with the stream.",
        "next": "`setInterval(() => controller.enqueue(encoder.encode(':heartbeat\\n\\n')), 30000)` in `start()`, "
        "cleared in `cancel()` and on `req.signal`.",
        "express": "`setInterval(() => res.write(':heartbeat\\n\\n'), 30000)`, cleared on `res.on('close')`.",
        "sse-starlette": "`EventSourceResponse(..., ping=30)`.",
        "fastapi": "`asyncio.wait_for(queue.get(), 30)`, and yield the comment on a timeout.",
    },
    scenarios=("idle",),
    profiles=("agent-stream",),
)
def test_idle_stream_has_heartbeats(case: Case) -> None:
    """
    An idle stream has a heartbeat at least every one and a half declared intervals (45 s), in the declared form.

    Any comment is one, `:heartbeat` as well as `: heartbeat`; an event only where that form is declared.
    """
    exchange = exchange_of(case["idle"], "idle")
    if exchange.status != _OK or not exchange.is_stream:
        raise NotTestable(f"the subscription was not opened: {shown(exchange)}")
    settings = case.settings
    longest = _TOLERANCE * settings.heartbeat
    alive = [frame.at_ns for frame in exchange.stream.frames if _keeps_alive(case, frame)]
    opened = exchange.response.at_ns if exchange.response else 0
    gap, began = max((later - earlier, earlier) for earlier, later in pairwise([opened, *alive, exchange.ended_ns]))
    others = [frame for frame in exchange.stream.events if not _keeps_alive(case, frame)]
    found = f"no heartbeat for {gap / 1e9:.2f} s, from {began / 1e9:.2f} s after the request"
    if others:
        found += f", but an event named `{others[0].type}`, which reaches clients"
    form = "comment" if settings.heartbeat_form == "comment" else f"event named `{settings.heartbeat_event}`"
    expect(gap <= longest * 1e9, found=found, expected=f"a {form} at least every {longest:g} s", at=exchange)
    frames = exchange.stream.frames
    beats = sum(not is_message(frame) for frame in frames if frame.at_ns > frames[0].at_ns)
    watched = (exchange.ended_ns - opened) / 1e9
    if not beats and exchange.end.ours and alive[1:]:
        raise NotClaimed(
            f"messages came on the stream all the time, and no heartbeat was needed in {watched:.0f} s",
            declare='agents = ["buy_and_hold"]  # in [profiles.agent-stream], an agent that is silent first',
        )
    if not beats:
        raise NotTestable(f"the stream was never idle, or ended too soon: {exchange.end.value} after {watched:.1f} s")


def _keeps_alive(case: Case, frame: Frame) -> bool:
    """A comment, a message, or where that form is declared an event that is a heartbeat; a greeting too."""
    if isinstance(frame, Comment) or is_message(frame):
        return True
    return isinstance(frame, Event) and is_greeting(frame, case.settings)


@requirement(
    "AGENT-HB-03",
    Level.SHOULD,
    HEARTBEATS,
    Source("AI chat guide", "Test Heartbeats"),
    why="Whoever runs the backend behind a proxy with a shorter limit sets the interval, and a slip in it must neither "
    "flood every client nor end all heartbeats: in JavaScript a timer of 0 or NaN milliseconds fires all the time.",
    example="SSE_HEARTBEAT_MS=1000 node server.js",
    remedy={
        "any": "Read the variable as a whole number of milliseconds; take the default, or do not start, for any other.",
        "next": "`const ms = Number(process.env.SSE_HEARTBEAT_MS); const every = ms > 0 ? ms : 30000`.",
        "express": "`const ms = Number(process.env.SSE_HEARTBEAT_MS); const every = ms > 0 ? ms : 30000`.",
        "fastapi": "A settings class with `Field(gt=0)`, which does not start with another value.",
    },
    scenarios=("heartbeat_variable",),
    means=("command", "heartbeat_variable"),
    profiles=("agent-stream",),
)
def test_variable_sets_the_interval(case: Case) -> None:
    """The heartbeat variable sets the interval in milliseconds; 0 and what is no number bring no flood of beats."""
    recording = case["heartbeat_variable"]
    started = recording.findings.get("brisk")
    if started is None:
        raise NotTestable("no instance was started")
    name = case.settings.heartbeat_variable
    milliseconds = recording.findings["interval_ms"]
    if not started["started"]:
        raise NotTestable(f"no instance started with {name}={milliseconds}: {started['trouble']}")
    brisk = exchange_of(recording, "brisk")
    expect(brisk.status == _OK, found=f"{name}={milliseconds}: {shown(brisk)}", expected="a stream", at=brisk)
    gaps = _gaps(brisk)
    seen = f"{median(gaps):.2f} s between heartbeats" if gaps else f"no two heartbeats in {brisk.ended_ns / 1e9:.1f} s"
    wanted = milliseconds / 1000
    right = bool(gaps) and _LEAST_SHARE * wanted <= median(gaps) <= _TOLERANCE * wanted
    expect(right, found=f"{name}={milliseconds}: {seen}", expected=f"a heartbeat every {wanted:g} s", at=brisk)
    for label in ("zero", "text"):
        if recording.findings.get(label, {}).get("started"):
            _expect_no_flood(exchange_of(recording, label), f"{name}={recording.findings[label]['value']}")


def _expect_no_flood(exchange: Exchange, what: str) -> None:
    if exchange.status != _OK:
        expected = "a stream with the default interval, or a backend that does not start"
        raise Failure(found=f"{what}: {shown(exchange)}", expected=expected, at=exchange)
    gaps = _gaps(exchange)
    flood = len(gaps) >= _FLOOD_BEATS and median(gaps) < _FLOOD_SECONDS
    found = f"{what}: {len(gaps) + 1} heartbeats in {exchange.ended_ns / 1e9:.2f} s"
    expect(not flood, found=found, expected="the default interval, or a backend that does not start", at=exchange)


def _gaps(exchange: Exchange) -> list[float]:
    """The seconds between one heartbeat and the next; what comes with the first read is a greeting."""
    frames = exchange.stream.frames
    beats = [frame.at_ns for frame in frames if not is_message(frame) and frame.at_ns > frames[0].at_ns]
    return [(later - earlier) / 1e9 for earlier, later in pairwise(beats)] if len(beats) >= _FEWEST else []
