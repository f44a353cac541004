"""How fast a backend is asked: requests under way at once, requests per second, and pauses that it asks for."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import anyio

from chatproof.means import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chatproof.config import Backend

__all__ = ["Pace", "requests_per_second", "retry_after"]

_LONGEST_PAUSE = 30.0
_DEFAULT_PAUSE = 1.0
_DEFAULT_RPS = 20.0
_LOOPBACK_RPS = 400.0


def requests_per_second(backend: Backend) -> float:
    """The declared `max_rps`, or what 0 stands for: 400 for a backend on this machine, else 20."""
    if backend.max_rps > 0:
        return backend.max_rps
    return _LOOPBACK_RPS if is_loopback(backend.url) else _DEFAULT_RPS


def retry_after(value: str | None, *, now: float) -> float:
    """
    The seconds that a Retry-After header asks for (RFC 9110 section 10.2.3), at most 30; 1 where it says nothing.

    `now` is the time of day in seconds since the epoch, for the header's form as a date.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_PAUSE)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now
    except ValueError:
        return _DEFAULT_PAUSE
    return min(max(seconds, 0.0), _LONGEST_PAUSE)


class Pace:
    """Lets requests to one backend start: never too many at once, evenly spaced, none while it wants a pause."""

    def __init__(self, backend: Backend) -> None:
        self._interval = 1 / requests_per_second(backend)
        self._places = anyio.Semaphore(backend.max_concurrency)
        self._next_at = 0.0
        self._paused_until = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits for a place and for its time, and holds the place."""
        async with self._places:
            while (pause := self._paused_until - time.monotonic()) > 0:  # noqa: ASYNC110 - only time ends a pause
                await anyio.sleep(pause)
            now = time.monotonic()
            at = max(now, self._next_at)
            self._next_at = at + self._interval
            if at > now:
                await anyio.sleep(at - now)
            yield

    def pause(self, seconds: float) -> None:
        """Nothing more starts for so long."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)
