"""The same stream through the public front, and through a long silence."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..words import counted
from .answers import arrivals, difference, exchange_of, heartbeats, seconds, shown, silence, turn_or_not_testable
from .sources import CHECKLIST, DROPS, PROXY

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_CACHE = ("no-cache", "no-store")
_NEAR_SECONDS = 2.0
_LIMITS = {
    30: "gunicorn, AWS",
    60: "nginx `proxy_read_timeout`, ALB, Railway",
    100: "Cloudflare",
    300: "Vercel",
    800: "Vercel (Pro)",
    900: "Railway",
}
_FRONTS = {
    "any": "Turn off buffering, compression and caching for the route, and set the idle timeout above two heartbeats.",
    "nginx": '`proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 300s;` '
    "and no `chunked_transfer_encoding off`.",
    "apache": "`flushpackets=on` and `timeout=300` on ProxyPass; `SetEnv no-gzip 1`.",
    "cloudflare": "A cache bypass rule; heartbeats every 30 s at most (524 after 100 s without a byte).",
    "next": "`maxDuration` above the longest turn.",
}


@requirement(
    "AICHAT-PROXY-01",
    Level.MUST,
    PROXY,
    CHECKLIST,
    why="Users reach the front, not the backend: a proxy that buffers or caches undoes what the backend does right.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream\nCache-Control: no-cache, no-store, no-transform",
    remedy=_FRONTS,
    scenarios=("turn", "front", "long_turn", "front_long_turn"),
    means=("front",),
)
def test_front_passes_the_stream_on(case: Case) -> None:
    """Through the public front a turn has the same type and cache headers, and arrives as it is made."""
    control, exchange = exchange_of(case["turn"], "turn"), exchange_of(case["front"], "turn")
    apart = difference(case, exchange, control)
    if apart:
        found = f"through the front: {apart}{_via(exchange)}"
        raise Failure(found=found, expected="a turn as without the front", at=exchange)
    if _uncached(control):
        expect(
            _uncached(exchange),
            found=f"through the front: no `no-cache` or `no-store` in Cache-Control{_via(exchange)}",
            expected="the backend's own Cache-Control",
            at=exchange,
        )
    if case.settings.long_turn is not None:
        _expect_as_spread(case, turn_or_not_testable(case["long_turn"]), exchange_of(case["front_long_turn"], "turn"))


def _expect_as_spread(case: Case, direct: Exchange, front: Exchange) -> None:
    """A stream that arrives in pieces at the backend arrives in pieces at the front, and as often."""
    expect(front.is_stream, found=f"the long turn: {shown(front)}{_via(front)}", expected="a stream", at=front)
    pieces = len(arrivals(direct.stream.frames))
    found = len(arrivals(front.stream.frames))
    if pieces > 2:  # noqa: PLR2004 - a first piece, a last one, and something between them
        expect(
            found > 2,  # noqa: PLR2004 - as above
            found=f"the long turn in {counted(found, 'piece')}, where the backend sends {pieces}{_via(front)}",
            expected="events that arrive as they are made",
            at=front,
        )
    limit_ns = 1.5 * case.settings.heartbeat * 1e9
    longest = silence(front)[0]
    if silence(direct)[0] <= limit_ns:
        expect(
            longest <= limit_ns,
            found=f"{seconds(longest)} without a byte in the long turn{_via(front)}",
            expected=f"a byte at least every {limit_ns / 1e9:g} s, as at the backend",
            at=front,
        )


def _uncached(exchange: Exchange) -> bool:
    value = (exchange.response.header("cache-control") if exchange.response else None) or ""
    return any(directive in value.lower() for directive in _CACHE)


def _via(exchange: Exchange) -> str:
    """What the front says of itself."""
    names = ("server", "via", "cf-ray", "x-vercel-id", "x-railway-request-id")
    values = (
        [f"{name}: {exchange.response.header(name)}" for name in names if exchange.response.header(name)]
        if (exchange.response)
        else []
    )
    return f" ({', '.join(values)})" if values else ""


@requirement(
    "AICHAT-PROXY-02",
    Level.MUST,
    PROXY,
    DROPS,
    why="A model that thinks sends nothing for a minute; a hop that cuts idle connections then loses the answer, "
    "and only of the questions that are worth asking.",
    example="event: token\n\n: heartbeat 1704074400000\n\n(more than 60 s)\n\nevent: token",
    remedy=_FRONTS,
    scenarios=("turn", "idle_turn"),
    means=("idle_turn",),
)
def test_idle_stream_survives(case: Case) -> None:
    """A turn survives a silence between its tokens longer than the declared `idle_limit`."""
    exchange = turn_or_not_testable(case["idle_turn"])
    limit = case.settings.idle_limit
    apart = difference(case, exchange, exchange_of(case["turn"], "turn"))
    if apart:
        ended = exchange.ended_ns / 1e9
        known = next((who for at, who in _LIMITS.items() if abs(ended - at) <= _NEAR_SECONDS), "")
        default = f"; that is a default of {known}" if known else ""
        raise Failure(
            found=f"after {ended:.1f} s: {apart}{default}{_via(exchange)}",
            expected=f"a stream that goes on after {limit:g} s without a token",
            at=exchange,
        )
    beats = heartbeats(exchange, case.settings)
    chat = (event.at_ns for event in exchange.stream.events if event not in beats)
    times = [exchange.response.at_ns if exchange.response else 0, *chat]
    gap = max(later - earlier for earlier, later in pairwise(times))
    if gap < limit * 1e9:
        raise NotTestable(f"the longest silence between tokens was {seconds(gap)}, not {limit:g} s")
