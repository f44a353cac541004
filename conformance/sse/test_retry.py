"""The reconnection time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ._streams import INTERPRETING, PROCESSING, expect_no, streams

if TYPE_CHECKING:
    from chatproof.case import Case

_SHORTEST_MS = 1_000
_LONGEST_MS = 60_000


@requirement(
    "SSE-RETRY-01",
    Level.MUST,
    INTERPRETING,
    why="A client takes `retry` only if it consists of ASCII digits, in milliseconds; `3s` or `1.5` is ignored and "
    "the client's own default holds.",
    example="retry: 3000",
    remedy={
        "any": "Write the milliseconds as digits: `retry: 3000`.",
        "sse-starlette": "`ServerSentEvent(retry=3000, ...)`: an int in milliseconds.",
        "spring": "`SseEmitter.event().reconnectTime(3000)`.",
    },
)
def test_retry_is_digits(case: Case) -> None:
    """The value of a `retry` field consists of ASCII digits."""
    recorded = streams(case)
    for exchange in recorded:
        expect_no("retry-not-digits", exchange, meaning="a retry field that clients ignore", expected="digits only")
    if all(exchange.stream.retry is None for exchange in recorded):
        raise NotClaimed("the stream sends no retry field")


@requirement(
    "SSE-RETRY-02",
    Level.SHOULD,
    PROCESSING,
    why="Below a second all clients of a backend that restarts come back at once, again and again; beyond a minute "
    "users give up before the client tries again.",
    example="retry: 3000",
    remedy={
        "any": "Set between 1000 and 60000 milliseconds: `retry: 3000`. Mind the unit: `retry: 3` is 3 ms.",
        "sse-starlette": "`ServerSentEvent(retry=3000, ...)`: milliseconds.",
        "spring": "`SseEmitter.event().reconnectTime(3000)`: milliseconds.",
    },
)
def test_retry_is_a_sensible_time(case: Case) -> None:
    """The reconnection time of a stream lies between 1000 and 60000 milliseconds."""
    times = [(exchange, exchange.stream.retry) for exchange in streams(case)]
    if all(retry is None for _, retry in times):
        raise NotClaimed("the stream sends no valid retry field")
    for exchange, retry in times:
        sensible = retry is None or _SHORTEST_MS <= retry <= _LONGEST_MS
        expect(sensible, found=f"`retry: {retry}` (milliseconds)", expected="1000 to 60000", at=exchange)
