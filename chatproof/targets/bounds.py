"""What a metric was, and its one-sided 95 % bounds, in the metric's base unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.metrics.measured import Absent, Figure, Series, Share, Spread
from chatproof.targets.means import lower_mean, upper_mean
from chatproof.targets.percentiles import lower_rank, upper_rank
from chatproof.targets.shares import CONFIDENCE, lower_share, upper_share

if TYPE_CHECKING:
    from chatproof.metrics.measured import Measured
    from chatproof.targets.expression import Target

__all__ = ["Bounds", "bounds_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """
    A value between its bounds, from `n` observations of which `infinite` failed.

    NaN stands for no value, infinity for a failure or, as a bound, for none. In a `census` all that happened in the run
    was seen, so that value and bounds are one; `step` is the resolution of values that were counted in steps.
    """

    value: float
    lower: float
    upper: float
    n: int
    infinite: int = 0
    census: bool = False
    step: float = 0.0


def bounds_of(target: Target, measured: Measured, *, confidence: float = CONFIDENCE) -> Bounds:
    """The bounds of what the target speaks of."""
    match measured:
        case Series():
            return _of_series(target, measured, confidence)
        case Share(hits=hits, n=n):
            value = hits / n if n else math.nan
            lower, upper = (bound(hits, n, confidence=confidence) for bound in (lower_share, upper_share))
            return Bounds(value=value, lower=lower, upper=upper, n=n)
        case Spread(values=values, n=n):
            value = math.fsum(values) / n if n else math.nan
            lower, upper = (bound(value, n, confidence=confidence) for bound in (lower_mean, upper_mean))
            return Bounds(value=value, lower=lower, upper=upper, n=n)
        case Figure(value=value, n=n):
            if not n or math.isnan(value):
                return Bounds(value=math.nan, lower=-math.inf, upper=math.inf, n=0)
            return Bounds(value=value, lower=value, upper=value, n=n, infinite=int(math.isinf(value)), census=True)
        case Absent():
            return Bounds(value=math.nan, lower=-math.inf, upper=math.inf, n=0)


def _of_series(target: Target, series: Series, confidence: float) -> Bounds:
    """Of a maximum or minimum a census, of a percentile the order statistics that bound it."""
    n, step = series.n, series.step
    if not n:
        return Bounds(value=math.nan, lower=-math.inf, upper=math.inf, n=0)
    if target.statistic in {"max", "min"}:
        value = series.at(n if target.statistic == "max" else 1)
        return Bounds(value=value, lower=value, upper=value, n=n, infinite=series.infinite, census=True, step=step)
    below, above = (bound(n, target.percent, confidence=confidence) for bound in (lower_rank, upper_rank))
    return Bounds(
        value=series.percentile(target.percent),
        lower=series.at(below) if below else -math.inf,
        upper=series.at(above) if above <= n else math.inf,
        n=n,
        infinite=series.infinite,
        step=step,
    )
