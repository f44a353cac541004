"""What one process of the generator records: samples, pools of values, and everything else, on the run's clock."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

from chatproof.samples.records import Pool, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.load_plan import Plan
    from chatproof.samples.records import Record

    from .clock import RunClock

__all__ = ["POOL_STEP_NS", "Recorder"]

POOL_STEP_NS = 100_000
"""Pools count in steps of 0.1 ms."""


class Recorder:
    """
    Collects the records of one process until somebody takes them (`take`).

    `on_finish` is called with each finished sample, `on_begin` with each that begins. It is used by one thread.
    """

    def __init__(self, plan: Plan, clock: RunClock, *, process: str = "local") -> None:
        self.plan = plan
        self.clock = clock
        self.process = process
        self.finished = 0
        self.on_begin: Callable[[Sample], None] | None = None
        self.on_finish: Callable[[Sample], None] | None = None
        self._warm_ns = int(plan.warm_up_seconds * 1e9)
        self._pending: deque[Record] = deque()
        self._pools: dict[str, defaultdict[int, int]] = {}
        self._number = 0

    @property
    def warm_up_ns(self) -> int:
        """Until when samples and pools are not judged."""
        return self._warm_ns

    def now_ns(self) -> int:
        """Nanoseconds since the run's start."""
        return self.clock.now_ns()

    def since_start(self, monotonic_ns: int) -> int:
        """The run's time of a moment on the monotonic clock."""
        return self.clock.since_start(monotonic_ns)

    def sample(self, operation: str, **fields: Any) -> Sample:
        """Begins a sample now; `fields` are those of `Sample`. Nothing is recorded before `finish`."""
        self._number += 1
        values: dict[str, Any] = {"workload": self.plan.workload, "start_ns": self.now_ns(), **fields}
        sample = Sample(operation=operation, process=self.process, number=self._number, **values)
        if self.on_begin is not None:
            self.on_begin(sample)
        return sample

    def finish(self, sample: Sample) -> None:
        """Hands a sample in; one that started within the warm-up is marked. Its end is now where none was set."""
        if not sample.end_ns:
            sample.end_ns = self.now_ns()
        sample.warm_up = sample.start_ns < self._warm_ns
        self.finished += 1
        self._pending.append(sample)
        if self.on_finish is not None:
            self.on_finish(sample)

    def add(self, record: Record) -> None:
        """Any other record; one that names no process gets this one's name."""
        if not getattr(record, "process", "-"):
            record.process = self.process  # type: ignore[union-attr]  # a reading of the backend has none, and is passed over
        self._pending.append(record)

    def pool(self, metric: str) -> defaultdict[int, int]:
        """The counts of a pool by step, for hot paths that count themselves: `pool[value_ns // POOL_STEP_NS] += 1`."""
        counts = self._pools.get(metric)
        if counts is None:
            counts = self._pools[metric] = defaultdict(int)
        return counts

    def count(self, metric: str, value_ns: int) -> None:
        """Counts one value in a pool."""
        self.pool(metric)[value_ns // POOL_STEP_NS] += 1

    def flush_pools(self, *, warm_up: bool) -> None:
        """Records what was counted since the last time."""
        for metric, counts in self._pools.items():
            if counts:
                texts = {str(step): number for step, number in counts.items()}
                counts.clear()
                self.add(Pool(metric=metric, counts=texts, process=self.process, step_ns=POOL_STEP_NS, warm_up=warm_up))

    def take(self, most: int) -> list[Record]:
        """Up to `most` records in the order in which they came; they are no longer kept here."""
        pending = self._pending
        return [pending.popleft() for _ in range(min(most, len(pending)))]

    def monotonic_now_ns(self) -> int:
        """The clock of the stream client's moments."""
        return time.monotonic_ns()
