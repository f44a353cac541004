"""How a turn ends: one `done`, and then nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable
from chatproof.recording import End
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..words import counted
from .answers import accepted, exchange_of, order, plain_turns, seconds, shown
from .order import Order, Rule
from .sources import CURL, DISCONNECT, ERRORS, rfc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.case import Case
    from chatproof.recording import Exchange

_LINGER_NS = 2_000_000_000
_UNSEEN = {
    End.TOTAL_DEADLINE: "it takes longer than its `max_duration`",
    End.BYTE_CAP: "it is longer than we read",
}


@requirement(
    "AICHAT-EVT-04",
    Level.MUST,
    CURL,
    ERRORS,
    why="`done` is how a client knows that the answer is complete; without it every answer looks broken off, and "
    "with two the client reads on behind the end.",
    example='event: done\ndata: {"finish_reason":"stop"}\n\n',
    remedy={
        "any": "Send `done` once, as the last event, from one place (a state machine or `finally`), with "
        "`finish_reason` one of the declared reasons. End it with a blank line: a browser drops an unfinished event.",
        "fastapi": "Wrap the generator in try/except: on an error yield a token and `done` with `error`.",
        "express": "Send `done` where the upstream ends; the `close` handler must not send another.",
    },
    scenarios=("turn", "long_turn"),
    explains_control=True,
)
def test_turn_has_one_done_as_its_last_event(case: Case) -> None:
    """
    A turn has exactly one `done` event, with a declared `finish_reason`, and no event follows it.

    Plain turns are judged, and the long one where it is declared. A `usage` after `done` is judged by AICHAT-EVT-03,
    comments and heartbeats there by AICHAT-EVT-05, and so is a body that did not come to its end.
    """
    for exchange in _turns(case):
        read = order(case, exchange)
        if not read.done and not exchange.end.clean:
            raise NotTestable(
                f"the {_named(exchange)} did not come to its end ({exchange.end.value}): see AICHAT-EVT-05"
            )
        breach = read.of(Rule.DONE)
        if breach:
            reasons = ", ".join(case.settings.finish_reasons)
            size = counted(len(exchange.body), "byte")
            raise Failure(
                found=f"{breach.found} (the body of {size} ended by: {exchange.end.value})",
                expected=f"one `done` as the last event, `finish_reason` one of {reasons}",
                at=exchange,
                offset=breach.offset,
            )


@requirement(
    "AICHAT-EVT-05",
    Level.MUST,
    CURL,
    DISCONNECT,
    rfc(9112, "8"),
    why="Until the body ends, client and proxy hold the connection; what comes after `done` (a heartbeat timer that "
    "nobody stopped) keeps it open for good, and a cut is taken for a network failure and asked again.",
    example='event: done\ndata: {"finish_reason":"stop"}\n\n(terminal chunk)',
    remedy={
        "any": "End the response right after `done`, and stop the heartbeat before it.",
        "express": "`clearInterval(heartbeat); res.end()` in `finally`.",
        "fastify": "`clearInterval(heartbeat); reply.raw.end()` in `finally`.",
        "fastapi": "Let the generator return after `done`; cancel the heartbeat task in `finally`.",
        "next": "`clearInterval(heartbeat); controller.close()` after `done`.",
        "go": "Stop the ticker and return from the handler.",
    },
    scenarios=("turn", "long_turn"),
    explains_control=True,
)
def test_body_ends_cleanly_after_done(case: Case) -> None:
    """
    The body ends cleanly within 2 s of `done`, and not even a comment or heartbeat follows it.

    Plain turns are judged, and the long one where it is declared: what cuts streams after so many seconds spares
    short ones. A turn that never sends `done` but ends cleanly is judged by AICHAT-EVT-04.
    """
    for exchange in _turns(case):
        read = order(case, exchange)
        last = exchange.stream.events[-1].at_ns if exchange.stream.events else 0
        expected = "the end of the body (terminal chunk, announced length or close) within 2 s of `done`, nothing else"
        if not exchange.end.clean:
            found = f"{exchange.end.value}, {seconds(exchange.ended_ns - last)} after the last event"
            raise Failure(found=_trailing(exchange, read) or found, expected=expected, at=exchange)
        if not read.done:
            raise NotTestable(f"the {_named(exchange)} has no `done`: see AICHAT-EVT-04")
        trailing = _trailing(exchange, read)
        if trailing:
            breach = read.of(Rule.TRAILING)
            raise Failure(found=trailing, expected=expected, at=exchange, offset=breach.offset if breach else None)
        if exchange.ended_ns - last > _LINGER_NS:
            found = f"the end of the body {seconds(exchange.ended_ns - last)} after the last event"
            raise Failure(found=found, expected=expected, at=exchange)


def _turns(case: Case) -> Iterator[Exchange]:
    """The plain turns, and the long one where it is declared: what cuts streams by the clock spares short ones."""
    yield from plain_turns(case)
    if case.settings.long_turn is None:
        return
    exchange = exchange_of(case["long_turn"], "turn")
    if not accepted(exchange):
        raise NotTestable(f"the long turn was not accepted: {shown(exchange)}")
    if exchange.end in _UNSEEN:
        raise NotTestable(f"the end of the long turn was not seen: {_UNSEEN[exchange.end]}")
    yield exchange


def _named(exchange: Exchange) -> str:
    return "long turn" if exchange.scenario == "long_turn" else "plain turn"


def _trailing(exchange: Exchange, read: Order) -> str:
    """What came after `done` beside events; empty where nothing did."""
    breach = read.of(Rule.TRAILING)
    if breach:
        return breach.found
    after = read.done.end if read.done else exchange.stream.size
    late = next((violation for violation in exchange.stream.violations if violation.offset >= after), None)
    return f"bytes after `done`: {late.found}" if late else ""
