"""The run's clock: nanoseconds since the run's start, counted by each process on its own monotonic clock."""

from __future__ import annotations

import time

__all__ = ["RunClock"]

_PAIRS = 32


class RunClock:
    """
    Turns `time.monotonic_ns` into nanoseconds since the run's start.

    The start is a moment of CLOCK_REALTIME, the same in all processes. It is anchored to the monotonic clock once, so
    that a clock that is set during the run moves nothing.
    """

    __slots__ = ("_zero_ns", "started_at_ns")

    def __init__(self, started_at_ns: int) -> None:
        self.started_at_ns = started_at_ns
        self._zero_ns = started_at_ns - _offset_ns()

    @classmethod
    def starting_in(cls, seconds: float) -> RunClock:
        """A clock whose zero is so many seconds from now."""
        return cls(time.time_ns() + int(seconds * 1e9))

    def now_ns(self) -> int:
        """Nanoseconds since the run's start; negative before it."""
        return time.monotonic_ns() - self._zero_ns

    def since_start(self, monotonic_ns: int) -> int:
        """The run's time of a moment on the monotonic clock."""
        return monotonic_ns - self._zero_ns

    def until_seconds(self, at_ns: int) -> float:
        """Seconds from now until a moment of the run; 0 where it is past."""
        return max(0.0, (at_ns - self.now_ns()) / 1e9)


def _offset_ns() -> int:
    """CLOCK_REALTIME less the monotonic clock, from the tightest of some pairs of readings."""
    best, offset = 1 << 62, 0
    for _ in range(_PAIRS):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        if after - before < best:
            best, offset = after - before, wall - (before + after) // 2
    return offset
