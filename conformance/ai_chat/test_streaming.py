"""Events arrive when they are made, also for clients that accept compression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..words import counted
from .answers import arrivals, exchange_of, order, seconds, shown, turn_or_not_testable
from .sources import HARDENING, PROXY, SSE_AUTHORING

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_FLUSH = {
    "any": "Flush after every event, and keep proxies and compression from buffering (`X-Accel-Buffering: no`, "
    "`Cache-Control: no-transform`).",
    "express": "`res.flushHeaders()`, `res.write()` for each event; with `compression()` also `res.flush()`.",
    "fastify": "`reply.hijack(); reply.raw.flushHeaders()`, then `reply.raw.write()` for each event.",
    "next": "Return `new Response(stream)` and enqueue each event; `export const dynamic = 'force-dynamic'`.",
    "django": "An async view with an **async** generator: a sync one is read to its end first under ASGI.",
    "go": "`Flush()` after each event; without it the whole answer leaves at the end with a Content-Length.",
    "nginx": "`proxy_buffering off`, or `X-Accel-Buffering: no` from the backend; `proxy_http_version 1.1`.",
    "fastapi": "Yield each event from the generator of a StreamingResponse; do not collect them in a list.",
}


@requirement(
    "AICHAT-EVT-08",
    Level.MUST,
    PROXY,
    HARDENING,
    SSE_AUTHORING,
    why="An answer that arrives in one piece is no stream: users stare at nothing for as long as it takes.",
    example="0.3 s  event: token\n0.5 s  event: token\n0.7 s  event: token",
    remedy=_FLUSH,
    scenarios=("long_turn",),
)
def test_tokens_arrive_one_by_one(case: Case) -> None:
    """The tokens of a long turn arrive as they are made, not all at its end."""
    exchange = turn_or_not_testable(case["long_turn"])
    tokens = order(case, exchange).tokens
    if len(tokens) < 2:  # noqa: PLR2004 - one token cannot be spread
        raise NotClaimed(
            f"the long turn holds {counted(len(tokens), 'token')}, which cannot be told from an answer in one piece",
            declare='long_turn = { message = "a question whose answer has many tokens" }',
        )
    if len(arrivals(tokens)) > 1:
        return
    burst = tokens[0].at_ns
    between = arrivals(frame for frame in exchange.stream.frames if frame.at_ns < burst)[1:]
    if between:
        raise NotClaimed(
            f"all {len(tokens)} tokens came at once after {seconds(burst)} with heartbeats between, "
            "as an answer does that is short and late",
            declare='long_turn = { message = "a question whose answer takes long to write" }',
        )
    raise Failure(
        found=f"all {len(tokens)} tokens within 50 ms, {seconds(burst)} after the request. {_symptom(exchange, burst)}",
        expected="tokens spread over the time in which they are made",
        at=exchange,
        offset=tokens[0].offset,
    )


def _symptom(exchange: Exchange, burst_ns: int) -> str:
    """What the times say about the cause."""
    response = exchange.response
    if response and response.header("content-length"):
        return "There is a Content-Length: the handler returned a finished body"
    if response and burst_ns - response.at_ns > 100_000_000:  # noqa: PLR2004 - 100 ms, twice what counts as together
        return "The headers came early: the body is held back behind them, by compression, a proxy or the handler"
    return (
        "Headers and events came together: nothing is flushed (Node: flushHeaders(); Go: Flusher.Flush(); "
        "Django: an async generator; nginx: X-Accel-Buffering: no)"
    )


@requirement(
    "AICHAT-HDR-10",
    Level.MUST,
    PROXY,
    SSE_AUTHORING,
    why="Browsers always accept gzip. Compression middleware that waits for a full block holds the events back for "
    "them, while curl without `--compressed` shows a perfect stream.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream\nCache-Control: no-cache, no-transform",
    remedy={
        "any": "Exclude `text/event-stream` from compression, or send `Cache-Control: no-transform`.",
        "express": "`compression({ filter })` without event streams, `Cache-Control: no-transform`, or `res.flush()` "
        "after each event.",
        "django": "Keep GZipMiddleware off the view: it makes one gzip member for each chunk, and many clients read "
        "only the first.",
        "nginx": "Leave `text/event-stream` out of `gzip_types`.",
        "apache": "`SetEnv no-gzip 1` for the route.",
    },
    scenarios=("gzip", "long_turn"),
)
def test_compression_does_not_hold_events_back(case: Case) -> None:
    """A client that accepts gzip gets the same events one by one, whether they are compressed or not."""
    plain = turn_or_not_testable(case["long_turn"])
    exchange = exchange_of(case["gzip"], "turn")
    coding = (exchange.response.header("content-encoding") if exchange.response else None) or "identity"
    expect(exchange.is_stream, found=shown(exchange), expected="the same stream as without compression", at=exchange)
    names = {event.type for event in plain.stream.events}
    missing = names - {event.type for event in exchange.stream.events}
    expect(
        not missing,
        found=f"no {', '.join(sorted(missing))} in the decoded stream (Content-Encoding: {coding})",
        expected=f"the events {', '.join(sorted(names))}, as without compression",
        at=exchange,
    )
    spread = len(arrivals(plain.stream.frames))
    if spread < 3:  # noqa: PLR2004 - a first arrival, a last one, and something between them
        raise NotTestable("the long turn does not arrive in several pieces without compression either")
    # Compression lets the first frame through and holds the others, so that two arrivals are none in between.
    expect(
        len(arrivals(exchange.stream.frames)) >= 3,  # noqa: PLR2004 - as above
        found=f"{counted(len(exchange.stream.frames), 'frame')} in "
        f"{counted(len(arrivals(exchange.stream.frames)), 'arrival')} "
        f"(Content-Encoding: {coding}); without compression there are {spread}",
        expected="events that arrive one by one",
        at=exchange,
    )
