"""What a metric is in one run: a series of durations, a share of cases, a share of time, or one figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Absent", "Figure", "Measured", "Series", "Share", "Spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """
    Sorted values of one per stream or request, in the metric's base unit (nanoseconds for durations).

    `infinite` counts the failures, which lie above every value. `step` is not 0 where values were counted in steps of
    that size (a pool); a value then stands for the middle of its step.
    """

    values: Sequence[float]
    infinite: int = 0
    step: float = 0.0

    @property
    def n(self) -> int:
        """All of them, failures included."""
        return len(self.values) + self.infinite

    def at(self, rank: int) -> float:
        """The order statistic of a rank from 1 to n; infinity for a failure."""
        return self.values[rank - 1] if rank <= len(self.values) else math.inf

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile (inverted distribution function); NaN where there is nothing."""
        if not self.n:
            return math.nan
        return self.at(max(1, math.ceil(round(percent / 100 * self.n, 9))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `n` independent cases, such as failed streams of all; `n` leaves out what was censored."""

    hits: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A mean of values between 0 and 1, one per stream, such as the part of its planned time that it was up."""

    values: tuple[float, ...]

    @property
    def n(self) -> int:
        """How many."""
        return len(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the whole run, such as a maximum or a peak, from `n` observations; infinite after a failure."""

    value: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Not observed: why, and the line of configuration that would claim it (empty where none would)."""

    reason: str
    declare: str = ""


Measured: TypeAlias = Series | Share | Spread | Figure | Absent
