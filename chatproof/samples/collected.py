"""All that a load run has told, of all its processes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from chatproof.samples.collector import collector_paused
from chatproof.samples.records import (
    Delivery,
    End,
    Health,
    Mark,
    Pool,
    Reading,
    Record,
    Resumption,
    Sample,
    Start,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

__all__ = ["POOL_STEP_NS", "Collected"]

T = TypeVar("T")

POOL_STEP_NS: Final = 100_000
"""Pools are merged in steps of 0.1 ms; a record of another step is put where the middle of its step lies."""


class Collected:
    """
    The records of one run in the order in which they came, of all processes.

    The lists hold the warm-up too, marked; `pool` does not. `total` counts records.
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.total = 0
        self.samples: list[Sample] = []
        self.deliveries: list[Delivery] = []
        self.resumptions: list[Resumption] = []
        self.health: list[Health] = []
        self.readings: list[Reading] = []
        self.marks: list[Mark] = []
        self.starts: list[Start] = []
        self.ends: list[End] = []
        self._pools: dict[str, Counter[int]] = {}
        self._remembered: dict[Hashable, Any] = {}
        self._remembered_at = 0
        self._sinks: dict[type, Callable[..., None]] = {
            Sample: self.samples.append,
            Delivery: self.deliveries.append,
            Resumption: self.resumptions.append,
            Pool: self._count,
            Health: self.health.append,
            Reading: self.readings.append,
            Mark: self.marks.append,
            Start: self.starts.append,
            End: self.ends.append,
        }
        with collector_paused():
            for record in records:
                self.add(record)

    def add(self, record: Record) -> None:
        """Takes one record."""
        self.total += 1
        self._sinks[type(record)](record)

    def pool(self, metric: str) -> Counter[int]:
        """How often each step of `POOL_STEP_NS` occurred outside the warm-up; empty where nothing was counted."""
        return self._pools.get(metric, Counter())

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once for a key and again only after more records came."""
        if self._remembered_at != self.total:
            self._remembered.clear()
            self._remembered_at = self.total
        if key not in self._remembered:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    @property
    def processes(self) -> tuple[str, ...]:
        """The names of all processes that told something, sorted."""
        return self.remembered("processes", self._processes)

    def _processes(self) -> tuple[str, ...]:
        told = {sample.process for sample in self.samples}
        told.update(record.process for record in self.deliveries)
        told.update(record.process for record in self.health)
        told.update(record.process for record in self.starts)
        told.update(record.process for record in self.ends)
        told.update(mark.process for mark in self.marks if mark.what == "worker_lost")
        return tuple(sorted(told - {""}))

    @property
    def lost(self) -> tuple[str, ...]:
        """The processes that told something and never their end: they died, or lost their connection."""
        ended = {record.process for record in self.ends}
        return tuple(name for name in self.processes if name not in ended)

    def _count(self, record: Pool) -> None:
        if record.warm_up:
            return
        counts = self._pools.setdefault(record.metric, Counter())
        step_ns = record.step_ns
        if step_ns == POOL_STEP_NS:
            for step, number in record.counts.items():
                counts[int(step)] += number
            return
        for step, number in record.counts.items():
            counts[(int(step) * step_ns + step_ns // 2) // POOL_STEP_NS] += number
