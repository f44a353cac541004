"""Series from pools: values that were counted in steps, of all streams together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, overload

from chatproof.metrics.durations import no_interval
from chatproof.metrics.measured import Absent, Measured, Series, Share
from chatproof.samples.collected import POOL_STEP_NS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected

__all__ = ["Counted", "burst_ratio", "middle_ns", "pool_percentile_ns", "pooled"]

_BURST_NS = 1_000_000


class Counted(Sequence[float]):
    """Sorted values that occur many times each, without a copy of them: millions of gaps take a few kilobytes."""

    def __init__(self, pairs: Iterable[tuple[float, int]]) -> None:
        self.pairs = sorted(pairs)
        self._upto = list(accumulate(number for _value, number in self.pairs))

    def __len__(self) -> int:
        return self._upto[-1] if self._upto else 0

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> list[float]: ...
    def __getitem__(self, index: int | slice) -> float | list[float]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return self.pairs[bisect_right(self._upto, place)][0]

    @property
    def mean(self) -> float | None:
        """The mean of all; None where there is none."""
        return sum(value * number for value, number in self.pairs) / len(self) if self.pairs else None


def pooled(collected: Collected, plan: Plan, *, metric: str, tag: str, heartbeat_seconds: float | None) -> Measured:
    """The series of a pool; each value stands for the middle of its step of 0.1 ms."""
    if tag:
        return Absent(reason=f"{metric} is counted over all streams together, and not by {tag}")
    if metric == "heartbeat.jitter":
        if heartbeat_seconds is None:
            return no_interval(plan)
        interval_ns = heartbeat_seconds * 1e9
        counts = collected.pool("heartbeat.interval")
        return _series((abs(middle_ns(step) - interval_ns), number) for step, number in counts.items())
    return _series((middle_ns(step), number) for step, number in collected.pool(metric).items())


def burst_ratio(collected: Collected, *, tag: str) -> Share | Absent:
    """Of all times between two tokens those below 1 ms."""
    if tag:
        return Absent(reason=f"gaps are counted over all streams together, and not by {tag}")
    counts = collected.pool("gap")
    return Share(hits=sum(n for step, n in counts.items() if step < _BURST_NS // POOL_STEP_NS), n=counts.total())


def middle_ns(step: int) -> float:
    """The value that a step of a pool stands for."""
    return (step + 0.5) * POOL_STEP_NS


def pool_percentile_ns(counts: Mapping[int, int], percent: float) -> float | None:
    """The nearest-rank percentile of a pool; None where it is empty."""
    found = _series((middle_ns(step), number) for step, number in counts.items())
    return found.percentile(percent) if found.n else None


def _series(pairs: Iterable[tuple[float, int]]) -> Series:
    return Series(values=Counted(pairs), step=POOL_STEP_NS)
