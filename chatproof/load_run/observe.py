"""Watches the backend itself while it is under load: memory, CPU and open files, and what its log tells."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Self

from chatproof.load_run.observed_log import ObservedLog
from chatproof.load_run.observed_metrics import ObservedMetrics
from chatproof.load_run.observed_process import ObservedProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatproof.config.load_keys import Observe
    from chatproof.samples.records import Reading, Record

__all__ = ["Observer", "observes"]

_EVERY_SECONDS: Final = 0.5
_MOST_READINGS: Final = 20_000
_JOIN_SECONDS: Final = 10.0


def observes(observe: Observe) -> bool:
    """Whether the configuration gives anything to look at."""
    return observe.pid is not None or bool(observe.metrics_url) or observe.log_file is not None


class Observer:
    """
    Takes a reading about every half second from a thread of its own, while the block lasts.

    `phase` is that of the readings to come: `before`, `load`, `after`. A backend that cannot be read gives no
    readings; `trouble` then says why. It never raises for what the backend does.
    """

    def __init__(self, observe: Observe, *, ca_file: Path | None = None, every_seconds: float = _EVERY_SECONDS) -> None:
        self.phase = "before"
        self.trouble = ""
        self._every_seconds = every_seconds
        self._readings: list[tuple[int, Reading]] = []
        self._taken = threading.Condition()
        self._stop = threading.Event()
        self._source: Callable[[], Reading] | None = None
        if observe.pid is not None:
            self._source = ObservedProcess(observe.pid).read
        elif observe.metrics_url:
            self._source = ObservedMetrics(observe.metrics_url, ca_file=ca_file).read
        self._log = ObservedLog(observe) if observe.log_file is not None else None
        self._thread = threading.Thread(target=self._watch, name="observe-backend", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(_JOIN_SECONDS)

    def wait_for_readings(self, number: int, *, seconds: float) -> bool:
        """Whether so many readings of the phase that is now came within some seconds."""
        phase = self.phase
        with self._taken:
            return self._taken.wait_for(
                lambda: sum(reading.phase == phase for _at, reading in self._readings) >= number, timeout=seconds
            )

    def records(self, started_at_ns: int) -> list[Record]:
        """All that was seen, on the clock of a run whose zero is `started_at_ns` on CLOCK_REALTIME."""
        with self._taken:
            found: list[Record] = []
            for at_ns, reading in self._readings:
                reading.at_ns = at_ns - started_at_ns
                found.append(reading)
        return found + (self._log.pools() if self._log is not None else [])

    def _watch(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            self._take()
            if self._log is not None:
                self._log.read(judged=self.phase == "load")
            self._stop.wait(max(0.0, self._every_seconds - (time.monotonic() - began)))

    def _take(self) -> None:
        if self._source is None or len(self._readings) >= _MOST_READINGS:
            return
        phase, at_ns = self.phase, time.time_ns()
        try:
            reading = self._source()
        except (OSError, ValueError) as error:
            self.trouble = str(error)
            return
        reading.phase = phase
        with self._taken:
            self._readings.append((at_ns, reading))
            self._taken.notify_all()
