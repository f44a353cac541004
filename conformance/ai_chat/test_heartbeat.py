"""Heartbeats in the declared long turn: often enough, in their form, and never inside an event."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.sse import Comment, Event
from chatproof.verdict import Level

from .answers import heartbeats, no_heartbeat, seconds, silence, turn_or_not_testable
from .intervals import expect_interval, expect_no_flood
from .order import excerpt
from .sources import DROPS, HARDENING, HEARTBEATS, SSE_AUTHORING, SSE_PARSING

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_TOLERANCE = 1.5
_CLOCK_SECONDS = 5.0
_TEXT = re.compile(r"heartbeat (\d{13})")
_BEAT = {
    "any": "Start a timer when the stream opens, write a comment at each tick, flush it, and stop it at the end.",
    "express": "`setInterval(() => res.write(`: heartbeat ${Date.now()}\\n\\n`), 10000)`, cleared on "
    "`res.on('close')`.",
    "fastify": "`setInterval(() => reply.raw.write(`: heartbeat ${Date.now()}\\n\\n`), 10000)`, cleared on "
    "`reply.raw.on('close')`.",
    "sse-starlette": "`EventSourceResponse(..., ping=10)`: the default is 15 s.",
    "fastapi": "Wait for the next piece with a timeout (`asyncio.wait`), and yield a comment when it runs out.",
    "next": "`setInterval` in `start()` of the stream, cleared in `cancel()` and on `req.signal`.",
    "spring": '`SseEmitter.event().comment("heartbeat")` from a scheduler.',
    "go": "`select` on a ticker and on `r.Context().Done()`, and `Flush()` after the comment.",
}


@requirement(
    "AICHAT-HB-01",
    Level.MUST,
    HARDENING,
    DROPS,
    SSE_AUTHORING,
    why="Proxies and mobile networks cut connections that are silent for 30 to 100 s, and a client that hears nothing "
    "cannot tell a thinking model from a dead backend.",
    example=": heartbeat 1704074400000\n\n(10 s later)\n: heartbeat 1704074410000\n\n",
    remedy=_BEAT,
    scenarios=("long_turn",),
)
def test_long_turn_is_never_silent_for_long(case: Case) -> None:
    """From headers to `done` a long turn is never silent for more than 1.5 times the heartbeat interval."""
    exchange = turn_or_not_testable(case["long_turn"])
    interval = case.settings.heartbeat
    longest, began = silence(exchange)
    expect(
        longest <= _TOLERANCE * interval * 1e9,
        found=f"{seconds(longest)} without a byte, from {seconds(began)} after the request",
        expected=f"a byte at least every {_TOLERANCE * interval:g} s (1.5 x the declared interval of {interval:g} s)",
        at=exchange,
    )
    lasted = exchange.ended_ns - (exchange.response.at_ns if exchange.response else 0)
    if lasted < 2 * interval * 1e9:
        raise NotTestable(
            f"the long turn took {seconds(lasted)}, and {2 * interval:g} s are needed to see two heartbeats"
        )


@requirement(
    "AICHAT-HB-02",
    Level.MUST,
    HEARTBEATS,
    SSE_PARSING,
    why="A comment wakes no listener. A heartbeat sent as an event reaches clients as a message, and they show it or "
    "stumble over its data.",
    example=": heartbeat 1704074400000\n\n",
    remedy={
        "any": "Begin the line with a colon: `: heartbeat <ms>`, and a blank line. If your clients expect an event, "
        'declare it: `heartbeat_form = "event"`.',
        "sse-starlette": "The default ping is a comment; a `ping_message_factory` must return `comment=`, not `data=`.",
    },
    scenarios=("long_turn",),
)
def test_heartbeat_has_the_declared_form(case: Case) -> None:
    """A heartbeat is a comment, so that it reaches no listener; or an event where that form is declared."""
    exchange = turn_or_not_testable(case["long_turn"])
    beats = heartbeats(exchange, case.settings)
    events = [beat for beat in beats if isinstance(beat, Event)] + _anonymous(exchange)
    if case.settings.heartbeat_form == "comment":
        expected = "comments (lines that begin with a colon)"
        wrong = next(iter(events), None)
    else:
        expected = f"events named `{case.settings.heartbeat_event}`"
        wrong = next((event for event in events if event.type != case.settings.heartbeat_event), None)
        if not events and beats:
            raise Failure(found="comments only", expected=expected, at=exchange, offset=beats[0].offset)
    if wrong:
        found = f"a heartbeat as an event named {excerpt(wrong.type)}, data {excerpt(wrong.data)}"
        raise Failure(found=found, expected=expected, at=exchange, offset=wrong.offset)
    if not beats:
        raise no_heartbeat(exchange, case.settings)


def _anonymous(exchange: Exchange) -> list[Event]:
    """Events without a name that say heartbeat or ping."""
    unnamed = (event for event in exchange.stream.events if event.type == "message")
    return [event for event in unnamed if re.search(r"heartbeat|\bping\b|keep-?alive", event.data, re.IGNORECASE)]


@requirement(
    "AICHAT-HB-03",
    Level.SHOULD,
    HARDENING,
    HEARTBEATS,
    why="A proxy in front may cut after 5 s of silence: whoever runs the backend must be able to set the interval. A "
    "variable with a slip in it must not turn into a timer that never rests.",
    example="OPENAI_SSE_HEARTBEAT_MS=1000\n\n: heartbeat 1704074400000\n\n: heartbeat 1704074401000\n\n",
    remedy={
        "any": "Parse the variable as a whole number of milliseconds at the start; where it is none or not above 0, "
        "take the default or refuse to start.",
        "express": "`const ms = Number(process.env.OPENAI_SSE_HEARTBEAT_MS)`, then `Number.isInteger(ms) && ms > 0 ? "
        "ms : 10000`: `setInterval` takes `NaN` for 1 ms.",
        "fastapi": "A setting `heartbeat_ms: PositiveInt = 10000` of pydantic-settings.",
        "go": "`time.NewTicker` panics for 0: check what `strconv.Atoi` gave.",
    },
    scenarios=("heartbeat_variable",),
)
def test_variable_sets_the_interval(case: Case) -> None:
    """
    The variable sets the interval of heartbeats in milliseconds; 0 and what is no number leave a sane one.

    A backend that refuses to start with such a value is right, too.
    """
    recording = case["heartbeat_variable"]
    variable = case.settings.heartbeat_variable
    if "set" not in recording:
        asked, trouble = recording.findings.get("asked_ms"), recording.findings.get("set_trouble", "")
        raise NotTestable(f"no instance with {variable}={asked}: {trouble}")
    expect_interval(turn_or_not_testable(recording, "set"), case.settings, recording.findings["asked_ms"])
    for label, text in (("zero", "0"), ("garbage", "soon")):
        if label in recording:
            expect_no_flood(recording[label], case.settings, f"{variable}={text}")


@requirement(
    "AICHAT-HB-04",
    Level.MAY,
    HEARTBEATS,
    DROPS,
    why="A time in the heartbeat lets whoever reads a capture see delays on the way.",
    example=": heartbeat 1704074400000\n\n",
    remedy={"any": "Write `: heartbeat ` and the milliseconds since 1970.", "express": "`Date.now()`."},
    scenarios=("long_turn",),
)
def test_heartbeat_tells_the_time(case: Case) -> None:
    """A heartbeat's text is `heartbeat <milliseconds since 1970>`, increasing, within 5 s of the Date header."""
    exchange = turn_or_not_testable(case["long_turn"])
    if case.settings.heartbeat_form != "comment":
        raise NotClaimed("heartbeats are declared as events", declare='heartbeat_form = "comment"')
    seen = heartbeats(exchange, case.settings)
    if not seen:
        raise no_heartbeat(exchange, case.settings)
    beats = [beat for beat in seen if isinstance(beat, Comment)]
    if not beats:
        raise NotTestable("heartbeats came as events, where only a comment has such a text")
    opened = _date_ms(exchange)
    previous = 0
    for beat in beats:
        match = _TEXT.fullmatch(beat.text)
        found = f"the comment {excerpt(beat.text)}"
        expected = "`heartbeat ` and 13 digits, the milliseconds since 1970"
        if match is None:
            raise Failure(found=found, expected=expected, at=exchange, offset=beat.offset)
        said = int(match[1])
        expect(said >= previous, found=f"{found} after {previous}", expected="times that increase", at=exchange)
        off = 0.0 if opened is None else abs(said - opened - beat.at_ns / 1e6) / 1000
        expect(
            off <= _CLOCK_SECONDS,
            found=f"{found}, {off:.1f} s off the Date header",
            expected="a time within 5 s of the Date header",
            at=exchange,
            offset=beat.offset,
        )
        previous = said


def _date_ms(exchange: Exchange) -> float | None:
    """The Date header in milliseconds since 1970, if there is a readable one."""
    value = exchange.response.header("date") if exchange.response else None
    try:
        date = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1000


@requirement(
    "AICHAT-HB-05",
    Level.MUST,
    SSE_PARSING,
    HEARTBEATS,
    why="A heartbeat written between the lines of an event by a second writer shows that frames are not written "
    "whole; one write further apart it cuts the event in two.",
    example='event: token\ndata: {"text":"Hello"}\n\n: heartbeat 1704074400000\n\n',
    remedy={
        "any": "Build each frame as one string and write it in one call, from one writer.",
        "fastapi": "Let heartbeats and events pass through one queue.",
        "go": "Guard the writer with a mutex, and write whole frames.",
    },
    scenarios=("long_turn",),
)
def test_heartbeat_stands_between_events(case: Case) -> None:
    """A heartbeat never stands inside an event."""
    exchange = turn_or_not_testable(case["long_turn"])
    beats = heartbeats(exchange, case.settings)
    inside = next((beat for beat in beats if isinstance(beat, Comment) and beat.in_block), None)
    if inside:
        raise Failure(
            found=f"the comment {excerpt(inside.text)} between the lines of an event",
            expected="a comment between two events, after a blank line",
            at=exchange,
            offset=inside.offset,
        )
    if not beats:
        raise no_heartbeat(exchange, case.settings)
