"""Buffers on the way: what holds events back, and what asks it not to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.sse import Event
from chatproof.verdict import Level

from ..words import counted
from ._streams import AUTHORING, GUIDE, answered, streams

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

LUMP = 4
"""So many events in one read are a lump; a last token, usage and done may well come together."""

LEAST_LUMPS = 2
"""One lump may be a model's own: it thinks, and then it writes."""

PAUSE_SHARE = 0.1
"""A lump counts as held back after a pause, without any event, of this share of the turn."""

LEAST_BEATS = 3
"""So many frames beside the events must be seen before we say that none of them came by itself."""

_CONSUMERS = ("nginx", "openresty", "tengine")


@requirement(
    "SSE-BUF-01",
    Level.SHOULD,
    Source(
        "nginx, ngx_http_proxy_module",
        "proxy_buffering",
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
    ),
    Source(GUIDE, "Check Response Headers"),
    why="nginx with its default configuration holds a whole stream back until it ends; this header turns that off "
    "for the one answer, whatever the configuration of the proxy.",
    example="X-Accel-Buffering: no",
    remedy={
        "any": "Send `X-Accel-Buffering: no` on every stream (`proxy-buffering: off` has no effect).",
        "fastapi": '`StreamingResponse(generate(), headers={"X-Accel-Buffering": "no"})`.',
        "starlette": '`StreamingResponse(generate(), headers={"X-Accel-Buffering": "no"})`.',
        "express": "`res.set('X-Accel-Buffering', 'no')`.",
        "fastify": "`reply.raw.writeHead(200, {...reply.getHeaders(), 'x-accel-buffering': 'no'})`.",
        "next": "`new Response(stream, {headers: {'X-Accel-Buffering': 'no'}})`.",
        "django": '`response["X-Accel-Buffering"] = "no"`.',
        "flask": '`response.headers["X-Accel-Buffering"] = "no"`.',
        "go": '`w.Header().Set("X-Accel-Buffering", "no")`.',
        "spring": '`response.setHeader("X-Accel-Buffering", "no")`.',
        "nginx": "`proxy_buffering off;` does the same; do not `proxy_ignore_headers X-Accel-Buffering`.",
    },
    aliases=("AICHAT-HDR-04",),
)
def test_stream_asks_proxies_not_to_buffer(case: Case) -> None:
    """
    A stream carries `X-Accel-Buffering: no`.

    nginx takes the header for itself: where one has answered, its absence shows nothing.
    """
    for exchange in answered(case):
        response = exchange.response
        value = response.header("x-accel-buffering") if response else None
        server = (response.header("server") or "").lower() if response else ""
        if value is None and server.startswith(_CONSUMERS):
            raise NotTestable(f"a proxy (`Server: {server}`) has answered, which takes X-Accel-Buffering for itself")
        found = "no X-Accel-Buffering" if value is None else f"`X-Accel-Buffering: {value}`"
        right = value is not None and value.strip().lower() == "no"
        expect(right, found=found, expected="`X-Accel-Buffering: no`", at=exchange)


@requirement(
    "SSE-CHUNK-01",
    Level.SHOULD,
    AUTHORING,
    why="A layer that does not know of events and fills its buffer before it passes anything on delays them: the "
    "answer jumps in blocks, and a proxy sees silence in between.",
    example="c\r\ndata: tick\n\n\r\nc\r\ndata: tock\n\n\r\n",
    remedy={
        "any": "Flush after every event, and keep compression and buffering layers off streams.",
        "fastapi": "Yield one event at a time; the GZipMiddleware of current Starlette leaves streams alone.",
        "express": "With `compression()`: `res.flush()` after each write, or `Cache-Control: no-transform`.",
        "fastify": "Write each event with its own `reply.raw.write(...)`, without `cork()`.",
        "next": "`controller.enqueue` for each event; `Cache-Control: no-transform` turns compression off.",
        "django": "Use an async generator under ASGI: a sync one is consumed whole first.",
        "go": "`http.NewResponseController(w).Flush()` after every event.",
        "nginx": "`proxy_buffering off;`, or `X-Accel-Buffering: no` from the application.",
    },
    scenarios=("long_turn",),
    means=("long_turn",),
)
def test_events_are_not_held_back(case: Case) -> None:
    """
    Over a long turn, events arrive as they are written: not in lumps, and not kept until the next one.

    What a socket shows is a read that ends several frames. A backend that writes them at the same
    moment may fill one, and so may a burst after a silence. The requirement is broken only where

    - more than half of the events came in two or more reads that ended at least four, each after a pause
      without any event of at least a tenth of the turn (one such read may be an answer that was thought out); or
    - nothing came by itself: every read but the last ended several frames, heartbeats in silence
      included, and more than half of the events came with another event.
    """
    for exchange in streams(case, "long_turn"):
        reads = _reads(exchange)
        total = len(exchange.stream.events)
        if total < LUMP:
            raise NotTestable(f"the long turn has {counted(total, 'event')}, too few to tell lumps from single events")
        lasted = exchange.stream.events[-1].at_ns
        lumps = [read for read in reads if read.events >= LUMP and read.pause_ns >= PAUSE_SHARE * lasted]
        count = sum(read.events for read in lumps)
        first = max(lumps, key=lambda read: read.events, default=_Read(0))
        found = (
            f"{count} of {total} events in {counted(len(lumps), 'lump')}; the largest, of {first.events} events, "
            f"at {first.at_ns / 1e9:.2f} s after {first.pause_ns / 1e9:.2f} s without an event"
        )
        expected = "events that arrive as they are written"
        held_back = len(lumps) >= LEAST_LUMPS and 2 * count > total
        expect(not held_back, found=found, expected=expected, at=exchange)
        found = f"no event and no heartbeat by itself: {len(reads)} reads that ended several frames each"
        expect(not _kept_for_the_next(reads, total), found=found, expected=expected, at=exchange)


@dataclass(slots=True)
class _Read:
    """The frames that one read completed, and how long no event had come before it."""

    at_ns: int
    pause_ns: int = 0
    events: int = 0
    others: int = 0


def _reads(exchange: Exchange) -> list[_Read]:
    """The reads that completed frames."""
    reads: list[_Read] = []
    last_event_ns = 0
    for frame in exchange.stream.frames:
        if not reads or frame.at_ns != reads[-1].at_ns:
            reads.append(_Read(frame.at_ns, frame.at_ns - last_event_ns))
        if isinstance(frame, Event):
            reads[-1].events += 1
            last_event_ns = frame.at_ns
        else:
            reads[-1].others += 1
    return reads


def _kept_for_the_next(reads: list[_Read], total: int) -> bool:
    """Nothing came by itself, not even what is written in silence; the first read may well hold an opening comment."""
    together = sum(read.events for read in reads if read.events > 1)
    beats = sum(read.others for read in reads[1:])
    alone = any(read.events + read.others == 1 for read in reads[:-1])
    return not alone and beats >= LEAST_BEATS and 2 * together > total
