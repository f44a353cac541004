"""How a turn ends: one `done`, and then nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import order, plain_turns, seconds
from .order import Order, Rule
from .sources import CURL, DISCONNECT, ERRORS, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_LINGER_NS = 2_000_000_000


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
    explains_control=True,
)
def test_turn_has_one_done_as_its_last_event(case: Case) -> None:
    """
    A turn has exactly one `done` event, with a declared `finish_reason`, and no event follows it.

    A `usage` after `done` is judged by AICHAT-EVT-03, comments and heartbeats there by AICHAT-EVT-05,
    and so is a body that did not come to its end.
    """
    for exchange in plain_turns(case):
        read = order(case, exchange)
        if not read.done and not exchange.end.clean:
            raise NotTestable(f"the plain turn did not come to its end ({exchange.end.value}): see AICHAT-EVT-05")
        breach = read.of(Rule.DONE)
        if breach:
            reasons = ", ".join(case.settings.finish_reasons)
            raise Failure(
                found=f"{breach.found} (the body of {len(exchange.body)} bytes ended by: {exchange.end.value})",
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
    explains_control=True,
)
def test_body_ends_cleanly_after_done(case: Case) -> None:
    """
    The body ends cleanly within 2 s of `done`, and not even a comment or heartbeat follows it.

    A turn that never sends `done` but ends cleanly is judged by AICHAT-EVT-04.
    """
    for exchange in plain_turns(case):
        read = order(case, exchange)
        last = exchange.stream.events[-1].at_ns if exchange.stream.events else 0
        expected = "the end of the body (terminal chunk, announced length or close) within 2 s of `done`, nothing else"
        if not exchange.end.clean:
            found = f"{exchange.end.value}, {seconds(exchange.ended_ns - last)} after the last event"
            raise Failure(found=_trailing(exchange, read) or found, expected=expected, at=exchange)
        if not read.done:
            raise NotTestable("the plain turn has no `done`: see AICHAT-EVT-04")
        trailing = _trailing(exchange, read)
        if trailing:
            breach = read.of(Rule.TRAILING)
            raise Failure(found=trailing, expected=expected, at=exchange, offset=breach.offset if breach else None)
        if exchange.ended_ns - last > _LINGER_NS:
            found = f"the end of the body {seconds(exchange.ended_ns - last)} after the last event"
            raise Failure(found=found, expected=expected, at=exchange)


def _trailing(exchange: Exchange, read: Order) -> str:
    """What came after `done` beside events; empty where nothing did."""
    breach = read.of(Rule.TRAILING)
    if breach:
        return breach.found
    after = read.done.end if read.done else exchange.stream.size
    late = next((violation for violation in exchange.stream.violations if violation.offset >= after), None)
    return f"bytes after `done`: {late.found}" if late else ""
