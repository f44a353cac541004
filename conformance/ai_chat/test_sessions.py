"""What outlives a request: its session, and its connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.recording import End
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, difference, exchange_of, shown
from .scenarios.sessions import MANY_TURNS
from .sources import CHECKLIST, DISCONNECT, POOLING, rfc

if TYPE_CHECKING:
    from chatproof.case import Case


@requirement(
    "AICHAT-SESS-01",
    Level.MUST,
    DISCONNECT,
    CHECKLIST,
    why="Users close tabs and press stop. A session that stays locked, or keeps half an answer, fails at their "
    "next message.",
    example='event: done\ndata: {"finish_reason":"stop"}\n\n',
    remedy={
        "any": "Free the session's lock and store its state in `finally`, whether the client stayed or left.",
        "express": "On `res.on('close')`, not `req.on('close')`, which fires when the body is read.",
        "fastify": "On `reply.raw.on('close')`.",
        "fastapi": "`finally` in the generator (it is cancelled when the client leaves); `async with lock`.",
        "go": "`defer mu.Unlock()`, and watch `r.Context().Done()`.",
    },
    scenarios=("turn", "abort"),
)
def test_session_works_after_an_aborted_turn(case: Case) -> None:
    """After a turn was aborted in mid-stream the next turn of the same session is answered."""
    recording = case["abort"]
    aborted = exchange_of(recording, "aborted")
    if aborted.end.clean and accepted(aborted):
        raise NotClaimed(
            "the turn was over before it could be left", declare='long_turn = { message = "Tell me a long story" }'
        )
    if aborted.end is not End.ABORTED:
        raise NotTestable(f"the turn could not be left at its first token: {shown(aborted)} ({aborted.end.value})")
    exchange = exchange_of(recording, "next")
    apart = difference(case, exchange, exchange_of(case["turn"], "turn"))
    expect(not apart, found=f"after the abort: {apart}", expected="a turn like any other", at=exchange)


@requirement(
    "AICHAT-CONN-01",
    Level.MUST,
    POOLING,
    rfc(9112, "9.6"),
    why="Clients and proxies reuse connections. One that is cut after so many requests without a word "
    "(`maxRequestsPerSocket: 100`) makes every hundredth turn fail.",
    example="HTTP/1.1 200 OK\nConnection: close    (announced: the client opens another)",
    remedy={
        "any": "Announce the end of a connection with `Connection: close` on its last answer, or do not limit it.",
        "fastify": "`maxRequestsPerSocket: 0`; Node answers the request after the last with 503.",
        "express": "`server.maxRequestsPerSocket = 0`.",
        "nginx": "`keepalive_requests` announces the close by itself; raise it all the same.",
    },
    scenarios=("turn", "many_turns"),
)
def test_many_turns_on_one_connection_are_answered(case: Case) -> None:
    """101 turns on one connection are all answered; a connection may close where its last answer announces it."""
    exchanges = case["many_turns"].exchanges
    control = exchange_of(case["turn"], "turn")
    for exchange in exchanges:
        apart = difference(case, exchange, control)
        if apart:
            raise Failure(
                found=f"turn {exchange.label}: {apart}", expected=f"{MANY_TURNS} turns like the first", at=exchange
            )
    if len(exchanges) < MANY_TURNS:
        raise NotTestable(f"{len(exchanges)} of {MANY_TURNS} turns were sent")
