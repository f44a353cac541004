"""The health of one process of the generator: how busy it was, how long it was held up, what it holds open."""

from __future__ import annotations

import gc
import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types

from chatproof.samples.records import Health

from .recorder import POOL_STEP_NS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .context import RunContext
    from .recorder import Recorder

__all__ = ["HealthWatch", "cpu_seconds", "waited_seconds"]

_TICK_SECONDS = 0.01
_TICK_NS = 10_000_000
_FILES_EVERY = 5
_PAGE = resource.getpagesize()


class HealthWatch:
    """
    Watches the process that it is made in, until `close`.

    The lateness of a timer of 10 ms goes into the pool `lag.loop`, pauses of the garbage collector into `pause.gc`.
    `read` gives the health since the last time.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._loop_pool = recorder.pool("lag.loop")
        self._gc_pool = recorder.pool("pause.gc")
        self._loop_max_ns = 0
        self._gc_max_ns = 0
        self._gc_began_ns = 0
        self._cpu = cpu_seconds()
        self._waited = waited_seconds()
        self._at_ns = time.monotonic_ns()
        self._reads = 0
        self._files = 0
        self._due_ns = 0
        loop = gevent.get_hub().loop
        loop.update_now()
        self._timer: Any = loop.timer(_TICK_SECONDS, _TICK_SECONDS)
        self._timer.start(self._tick)
        gc.callbacks.append(self._collecting)

    def close(self) -> None:
        """Ends the watch."""
        self._timer.stop()
        self._timer.close()
        if self._collecting in gc.callbacks:
            gc.callbacks.remove(self._collecting)

    def read(self, run: RunContext | None, *, users: int = 0) -> Health:
        """The health since the last reading; `run` is None in a process without users."""
        now_ns, cpu, waited = time.monotonic_ns(), cpu_seconds(), waited_seconds()
        seconds = max((now_ns - self._at_ns) / 1e9, 1e-6)
        health = Health(
            process=self._recorder.process,
            at_ns=self._recorder.now_ns(),
            seconds=seconds,
            cpu=(cpu - self._cpu) / seconds,
            waiting=None if waited is None or self._waited is None else (waited - self._waited) / seconds,
            lag_loop_max_ns=self._loop_max_ns,
            gc_max_ns=self._gc_max_ns,
            users=users,
            rss_bytes=_rss_bytes(),
            open_files=self._open_files(),
        )
        self._at_ns, self._cpu, self._waited = now_ns, cpu, waited
        self._loop_max_ns = self._gc_max_ns = 0
        if run is not None:
            self._add_streams(health, run)
        return health

    def _add_streams(self, health: Health, run: RunContext) -> None:
        lags = run.streams.lags
        health.lag_read_max_ns = self._merged("lag.read", lags.get("lag.read", {}))
        health.lag_send_max_ns = self._merged("lag.send", lags.get("lag.send", {}))
        health.streams = run.streams.active
        if run.arrivals is not None:
            health.planned, health.offered, health.dropped = run.arrivals.taken()

    def _merged(self, metric: str, counts: Mapping[int, int]) -> int:
        """Adds what the client counted to our pool; gives the upper end of the highest step in nanoseconds."""
        pool = self._recorder.pool(metric)
        for step, number in counts.items():
            pool[step] += number
        return (max(counts) + 1) * POOL_STEP_NS if counts else 0

    def _tick(self) -> None:
        now_ns = time.monotonic_ns()
        # The loop's own idea of now may have been old when the timer began: its earliest ticks give the beat.
        if not self._due_ns or now_ns < self._due_ns:
            self._due_ns = now_ns
        late_ns = now_ns - self._due_ns
        self._loop_pool[late_ns // POOL_STEP_NS] += 1
        self._loop_max_ns = max(self._loop_max_ns, late_ns)
        # A timer that was held up goes on from now; one that was a little late keeps its beat.
        self._due_ns = now_ns + _TICK_NS if late_ns > _TICK_NS else self._due_ns + _TICK_NS

    def _collecting(self, phase: str, _info: Mapping[str, int]) -> None:
        if phase == "start":
            self._gc_began_ns = time.monotonic_ns()
        elif self._gc_began_ns:
            pause_ns = time.monotonic_ns() - self._gc_began_ns
            self._gc_pool[pause_ns // POOL_STEP_NS] += 1
            self._gc_max_ns = max(self._gc_max_ns, pause_ns)

    def _open_files(self) -> int:
        """Counted each fifth time only: with thousands of connections it takes milliseconds."""
        if self._reads % _FILES_EVERY == 0:
            self._files = _count_files()
        self._reads += 1
        return self._files


def cpu_seconds() -> float:
    """Seconds of a core that this process has used, all threads together."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def waited_seconds() -> float | None:
    """Seconds for which the process's main thread was ready to run and had no core; None where Linux does not tell."""
    try:
        return int(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def _rss_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _count_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(os.listdir(folder))  # noqa: PTH208 - a Path for each of thousands costs ten times as much
        except OSError:
            continue
    return 0
