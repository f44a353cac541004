"""Serves the schedule of an open loop: each start goes to an idle user when it is due, or is dropped."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.event import AsyncResult  # type: ignore[import-untyped]  # gevent has no types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .clock import RunClock

__all__ = ["Arrivals"]


class Arrivals:
    """
    Hands starts to idle users, who wait their turn first come, first served.

    `planned` counts the starts that were due, `offered` those that a user made, `dropped` those that found all users
    busy: with them the load was less than planned.
    """

    def __init__(self, starts: Iterator[tuple[int, int]], clock: RunClock) -> None:
        self.planned = 0
        self.offered = 0
        self.dropped = 0
        self._starts = starts
        self._clock = clock
        self._idle: deque[AsyncResult] = deque()
        self._over = False
        self._taken = (0, 0, 0)

    def run(self) -> None:
        """Follows the schedule to its end; a greenlet of its own runs this."""
        for _number, due_ns in self._starts:
            wait = self._clock.until_seconds(due_ns)
            if wait > 0:
                gevent.sleep(wait)
            if self._over:
                return
            self.planned += 1
            if self._idle:
                self.offered += 1
                self._idle.popleft().set(due_ns)
            else:
                self.dropped += 1

    def next_start(self) -> int | None:
        """Waits as an idle user; gives when the start was due, or None where there will be no more."""
        if self._over:
            return None
        call = AsyncResult()
        self._idle.append(call)
        try:
            due_ns: int | None = call.get()
        except BaseException:
            if call in self._idle:
                self._idle.remove(call)
            raise
        return due_ns

    def taken(self) -> tuple[int, int, int]:
        """Starts planned, offered and dropped since the last time."""
        now = (self.planned, self.offered, self.dropped)
        before, self._taken = self._taken, now
        return now[0] - before[0], now[1] - before[1], now[2] - before[2]

    def end(self) -> None:
        """No more starts: all idle users are sent away."""
        self._over = True
        while self._idle:
            self._idle.popleft().set(None)
