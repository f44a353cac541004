"""The figures of every metric of a run, for its tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.load_facts import MetricFigures
from chatproof.metrics.durations import unseen
from chatproof.metrics.measured import Absent, Figure, Series, Share, Spread
from chatproof.metrics.pools import Counted
from chatproof.metrics.table import METRICS
from chatproof.metrics.values import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["figures", "tags_of"]

_PERCENTILES: Final = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
_DIVIDED: Final = ("ttft", "e2e", "error_rate")
_MOST_TAGS: Final = 12
_NS: Final = 1e9
_DIGITS: Final = 9


def tags_of(collected: Collected, plan: Plan) -> tuple[str, ...]:
    """The tags that divide the samples of this run, sorted; in a mixed load the workloads too."""
    found = {tag for tags in {sample.tags for sample in collected.samples} for tag in tags}
    if plan.workload == "mixed":
        found |= {sample.workload for sample in collected.samples}
    return tuple(sorted(found))[:_MOST_TAGS]


def figures(
    collected: Collected,
    plan: Plan,
    *,
    targets: Sequence[Target] = (),
    tags: Sequence[str] = (),
    heartbeat_seconds: float | None = None,
) -> tuple[MetricFigures, ...]:
    """One entry for each metric that the run says something about; some, and those of targets, by tag as well."""
    wanted = dict.fromkeys((name, tag) for name in METRICS for tag in ("", *(tags if name in _DIVIDED else ())))
    wanted.update(dict.fromkeys((target.metric, target.tag) for target in targets))
    order = list(METRICS)
    made: list[MetricFigures] = []
    for metric, tag in sorted(wanted, key=lambda pair: (order.index(pair[0]), pair[1])):
        found = measure(
            collected, plan, metric=metric, tag=tag, heartbeat_seconds=heartbeat_seconds, targets=tuple(targets)
        )
        if not isinstance(found, Absent) and found.n:
            left_out = unseen(collected, metric=metric, tag=tag)
            note = f"streams left out because we ended them before: {left_out:,}" if left_out else ""
            made.append(_figures(metric, tag, found, note=note))
    return tuple(made)


def _figures(metric: str, tag: str, found: Series | Share | Spread | Figure, *, note: str) -> MetricFigures:
    unit = METRICS[metric].unit
    scale = _NS if unit == "ns" else 1.0
    match found:
        case Series():
            return MetricFigures(
                metric=metric,
                tag=tag,
                unit="s" if unit == "ns" else unit,
                n=found.n,
                infinite=found.infinite,
                mean=None if found.infinite else _round(_mean(found) / scale),
                percentiles={name: _finite(found.percentile(at), scale) for name, at in _PERCENTILES.items()},
                note=note,
            )
        case Share(hits=hits, n=n):
            return _one(metric, tag, "%", n, 100.0 * hits / n, note)
        case Spread(values=values, n=n):
            return _one(metric, tag, "%", n, 100.0 * math.fsum(values) / n, note)
        case Figure(value=value, n=n):
            return _one(metric, tag, unit, n, value, note)


def _one(metric: str, tag: str, unit: str, n: int, value: float, note: str) -> MetricFigures:  # noqa: PLR0917 - a row
    infinite = int(math.isinf(value))
    return MetricFigures(
        metric=metric, tag=tag, unit=unit, n=n, infinite=infinite, value=_finite(value, 1.0), note=note
    )


def _mean(found: Series) -> float:
    values: Iterable[float] = found.values
    if isinstance(values, Counted):
        return values.mean or 0.0
    return math.fsum(values) / len(found.values)


def _finite(value: float, scale: float) -> float | None:
    return _round(value / scale) if math.isfinite(value) else None


def _round(value: float) -> float:
    return round(value, _DIGITS)
