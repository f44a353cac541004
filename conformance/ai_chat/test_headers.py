"""Headers of the stream, and the request id on every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, exchange_of, plain_turns, shown
from .order import excerpt
from .sources import CHECKLIST, HEADERS, PROXY, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Response

_STREAM = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nCache-Control: no-cache, no-store, no-transform"
_IDENTITIES = frozenset({"", "identity", "none"})


@requirement(
    "AICHAT-HDR-03",
    Level.MUST,
    HEADERS,
    CHECKLIST,
    why="When a user reports a broken answer, the request id is what finds it in the log; errors need it most.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream\nX-Request-Id: req_abc123",
    remedy={
        "any": "Give every request an id before anything else runs, and send it as `X-Request-Id` on every answer, "
        "errors included.",
        "fastify": "`reply.raw.writeHead(200, { ...reply.getHeaders(), ... })`: writeHead alone drops the headers "
        "that hooks have set.",
        "express": "Set it in the first middleware, before body parsing: its errors need it, too.",
        "fastapi": "A middleware that is added last, so that it is outermost.",
        "next": "Set it on every Response that the handler returns; middleware sees only some of them.",
    },
    scenarios=("turn", "invalid_fields", "broken_json", "no_token"),
)
def test_every_answer_has_a_request_id_of_its_own(case: Case) -> None:
    """Streams and errors carry an `X-Request-Id` that is not empty and differs for each request."""
    streams = plain_turns(case)
    refused = [*case["invalid_fields"].exchanges, *case["broken_json"].exchanges, *_unauthorized(case)]
    errors = [exchange for exchange in refused if exchange.response and not accepted(exchange)]
    owners: dict[str, Exchange] = {}
    for exchange in [*streams, *errors]:
        found = exchange.response.header("x-request-id") if exchange.response else None
        kind = "a stream" if accepted(exchange) else f"an answer with status {exchange.status}"
        expected = "an `X-Request-Id` that is not empty, on streams and on errors"
        expect(found is not None, found=f"{kind} without `X-Request-Id`", expected=expected, at=exchange)
        value = (found or "").strip()
        expect(value, found=f"{kind} with an empty `X-Request-Id`", expected=expected, at=exchange)
        expect(
            value not in owners,
            found=f"`X-Request-Id: {value}` on two answers",
            expected="another id for each request",
            at=exchange,
        )
        owners[value] = exchange
    if len(streams) < 2 or not errors:  # noqa: PLR2004 - ids differ between two
        raise NotTestable("two streams and an error are needed, and they were not all seen")


def _unauthorized(case: Case) -> tuple[Exchange, ...]:
    """The answer to who sent no token, where the backend asks for one."""
    try:
        return case["no_token"].exchanges
    except NotClaimed:
        return ()


@requirement(
    "AICHAT-HDR-05",
    Level.MUST,
    HEADERS,
    rfc(9112, "6.3"),
    why="A Content-Length is known only when the answer is complete: the handler has collected it, and nobody "
    "saw it grow.",
    example=f"{_STREAM}\nTransfer-Encoding: chunked",
    remedy={
        "any": "Write and flush event by event, and let the server choose chunked transfer coding.",
        "go": "`Flush()` after each event: without it Go sends the whole answer with a Content-Length.",
        "flask": "Return a generator, not a joined string.",
        "fastapi": "`StreamingResponse(generator)`, not `Response(text)`.",
    },
)
def test_stream_has_no_content_length(case: Case) -> None:
    """A stream carries no `Content-Length`."""
    for exchange in plain_turns(case):
        value = _response(exchange).header("content-length")
        expect(value is None, found=f"Content-Length: {value}", expected="no `Content-Length`", at=exchange)


@requirement(
    "AICHAT-HDR-06",
    Level.MAY,
    HEADERS,
    rfc(9113, "8.2.2"),
    why="HTTP/1.1 connections stay open without it, and HTTP/2 forbids it: a server that sends it there is malformed.",
    example=_STREAM,
    remedy={
        "any": "Leave `Connection: keep-alive` out.",
        "sse-starlette": "It sets the header by default; remove it in a middleware.",
    },
)
def test_connection_header_is_left_out(case: Case) -> None:
    """A stream carries no `Connection: keep-alive`, which does nothing on HTTP/1.1 and is forbidden on HTTP/2."""
    exchange = exchange_of(case["turn"], "turn")
    value = _response(exchange).header("connection") or ""
    if "keep-alive" in value.lower():
        raise Failure(found=f"Connection: {value}", expected="no `Connection: keep-alive`", at=exchange)


@requirement(
    "AICHAT-HDR-08",
    Level.MAY,
    HEADERS,
    PROXY,
    why="No proxy reads this header; whoever relies on it still has a buffering proxy.",
    example=f"{_STREAM}\nX-Accel-Buffering: no",
    remedy={"any": "Remove `Proxy-Buffering`, and send `X-Accel-Buffering: no`."},
)
def test_proxy_buffering_header_is_left_out(case: Case) -> None:
    """A stream carries no `Proxy-Buffering` header, which has no effect anywhere."""
    exchange = exchange_of(case["turn"], "turn")
    value = _response(exchange).header("proxy-buffering")
    if value is not None:
        raise Failure(
            found=f"Proxy-Buffering: {value}", expected="`X-Accel-Buffering: no` alone, which nginx heeds", at=exchange
        )


@requirement(
    "AICHAT-HDR-09",
    Level.MUST,
    PROXY,
    rfc(9110, "12.5.3"),
    why="A client that takes `identity` only cannot read a compressed stream.",
    example=_STREAM,
    remedy={
        "any": "Compress only for clients whose Accept-Encoding allows it, and never `text/event-stream`.",
        "express": "`compression({ filter })` without event streams, or `Cache-Control: no-transform`.",
        "nginx": "Leave `text/event-stream` out of `gzip_types`, and `gzip_static always` off.",
    },
)
def test_identity_is_answered_without_coding(case: Case) -> None:
    """A request with `Accept-Encoding: identity` gets no `Content-Encoding`."""
    for exchange in plain_turns(case):
        value = _response(exchange).header("content-encoding") or ""
        expect(
            value.strip().lower() in _IDENTITIES,
            found=f"Content-Encoding: {excerpt(value)}",
            expected="no `Content-Encoding` for `Accept-Encoding: identity`",
            at=exchange,
        )


def _response(exchange: Exchange) -> Response:
    if exchange.response is None:
        raise NotTestable(shown(exchange))
    return exchange.response
