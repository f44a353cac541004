"""What would decide an inconclusive target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.metrics.measured import Series, Share, Spread
from chatproof.metrics.table import METRICS
from chatproof.targets.floors import deciding_mean, deciding_percentile, deciding_share, floor_of
from chatproof.targets.keeping import lies_below

if TYPE_CHECKING:
    from chatproof.metrics.measured import Measured
    from chatproof.targets.bounds import Bounds
    from chatproof.targets.expression import Target

__all__ = ["counted", "missing"]

_NOUNS = {
    "poll": "poll",
    "token": "token request",
    "session": "session",
    "refresh": "refresh",
    "generate": "generation",
    "probe": "probe",
    "push": "delivery",
    "delivery_ratio": "delivery",
    "resume": "drop",
    "gap": "gap",
    "heartbeat.interval": "heartbeat",
    "heartbeat.jitter": "heartbeat",
    "open_files.left": "closed stream",
    "memory": "retrieval",
    "error_rate": "request",
    "retry_rate": "request",
}
_SPREAD_OF_ALL = ("push.first", "push.median", "push.last", "push.spread")


def counted(number: int, metric: str) -> str:
    """So many of what the metric counts: `59 streams`, `1 poll`."""
    noun = (
        "message" if metric in _SPREAD_OF_ALL else _NOUNS.get(metric) or _NOUNS.get(metric.partition(".")[0], "stream")
    )
    plural = noun if number == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


def missing(target: Target, measured: Measured, bounds: Bounds, *, error: float) -> str:
    """In words, what would decide an inconclusive target; `error` is the generator's, in base units."""
    if bounds.n == 0:
        floor = floor_of(target, kind=METRICS[target.metric].kind)
        return "observations of any number" if floor is None else counted(floor, target.metric)
    if bounds.census:
        return "a smaller error of the generator"
    start = bounds.n + 1
    match measured:
        case Share(hits=hits, n=n):
            needed = deciding_share(hits / n, target, start=start)
        case Spread():
            needed = deciding_mean(bounds.value, target, start=start)
        case Series():
            under = _share_below(target, measured, error), _share_below(target, measured, -error)
            needed = deciding_percentile(target.percent, under=under, start=start)
            if needed is None and error > 0 and deciding_percentile(target.percent, under=_bare(target, measured)):
                return "a smaller error of the generator"
        case _:
            needed = None
    if needed is None:
        return "a value farther from the limit: no number of observations decides this one"
    return _more(needed - bounds.n, target.metric)


def _more(number: int, metric: str) -> str:
    count, noun = counted(number, metric).split(" ", 1)
    return f"{count} more {noun}"


def _bare(target: Target, series: Series) -> tuple[float, float]:
    """The shares below the limit, were the generator without error."""
    return _share_below(target, series, 0.0), _share_below(target, series, 0.0)


def _share_below(target: Target, series: Series, shift: float) -> float:
    """The share of the values that lie below the limit once they are shifted; failures never do."""
    low, high = 0, len(series.values)
    while low < high:
        middle = (low + high) // 2
        if lies_below(target, series.values[middle] + shift):
            low = middle + 1
        else:
            high = middle
    return low / series.n
