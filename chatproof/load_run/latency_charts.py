"""Charts of how long things took: first tokens, answers of requests, gaps, pushes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Line
from chatproof.load_run.drawing import TIME, chart_of, limits_of, spectrum, unjudged, windows
from chatproof.load_run.thinning import thinned
from chatproof.metrics.durations import column, series_of
from chatproof.metrics.groups import REQUESTS
from chatproof.metrics.messages import by_subscriber
from chatproof.metrics.values import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_facts import Chart
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["latency_charts"]

_MS: Final = 1e6
_PERCENTILES: Final = (50.0, 95.0, 99.0)
_TITLES: Final = {"ttft": "Time to first token", **{name: f"Duration of {name} requests" for name in REQUESTS}}
_OPERATIONS: Final = {"ttft": "turn", **{name: name for name in REQUESTS}}


def latency_charts(
    collected: Collected, plan: Plan, *, targets: Sequence[Target], tags: Sequence[str]
) -> Iterable[Chart | None]:
    """The charts in the order of the report; None for those that there is nothing for."""
    for metric in _TITLES:
        yield _distribution(collected, plan, metric, targets=targets, tags=tags)
        yield _over_time(collected, plan, metric, targets=targets)
    gaps = {"gaps": measure(collected, plan, metric="gap")}
    yield spectrum("gaps", "Time between two tokens, by percentile", gaps, y=("gap", "ms"), per_unit=_MS)
    yield _pushes(collected, targets)


def _distribution(
    collected: Collected, plan: Plan, metric: str, *, targets: Sequence[Target], tags: Sequence[str]
) -> Chart | None:
    series = {"all": measure(collected, plan, metric=metric)}
    if metric == "ttft":
        series |= {tag: measure(collected, plan, metric=metric, tag=tag) for tag in tags}
    return spectrum(
        f"{metric}_spectrum",
        f"{_TITLES[metric]}, by percentile",
        series,
        y=(_TITLES[metric].lower(), "ms"),
        per_unit=_MS,
        limits=limits_of(targets, metric, _MS),
    )


def _over_time(collected: Collected, plan: Plan, metric: str, *, targets: Sequence[Target]) -> Chart | None:
    operation = _OPERATIONS[metric]
    samples = [sample for sample in collected.samples if sample.operation == operation]
    if not samples:
        return None
    pairs = [
        (sample.start_ns / 1e9, math.inf if sample.cause or value is None else value)
        for sample, value in zip(samples, column(samples, metric), strict=True)
        if value is not None or sample.cause
    ]
    found, width = windows(pairs, max((at for at, _value in pairs), default=0.0))
    lines: dict[float, list[tuple[float, float]]] = {percent: [] for percent in _PERCENTILES}
    for window in sorted(found):
        finite = [value for value in found[window] if not math.isinf(value)]
        series = series_of(finite, infinite=len(found[window]) - len(finite))
        for percent, points in lines.items():
            value = series.percentile(percent)
            if not math.isinf(value):
                points.append((round((window + 0.5) * width, 3), round(value / _MS, 4)))
    return chart_of(
        f"{metric}_over_time",
        f"{_TITLES[metric]} over time",
        "line",
        x=TIME,
        y=(_TITLES[metric].lower(), "ms"),
        lines=(Line(name=f"p{percent:g}", points=thinned(points)) for percent, points in lines.items()),
        limits=limits_of(targets, metric, _MS, statistics=[f"p{percent:g}" for percent in _PERCENTILES]),
        shaded=unjudged(collected, plan),
        note=f"By start, in windows of {width:g} s; a percentile that is a failure has no point.",
    )


def _pushes(collected: Collected, targets: Sequence[Target]) -> Chart | None:
    found = by_subscriber(collected.deliveries)
    if not found:
        return None
    every = [(series_of(_finite(times), infinite=len(times) - len(_finite(times))), times) for times in found.values()]
    every.sort(key=lambda entry: entry[0].percentile(50))
    missing = sum(series.infinite for series, _times in every)
    return chart_of(
        "push_by_subscriber",
        "Push latency per subscriber",
        "line",
        x=("subscriber, slowest last", "1"),
        y=("push latency", "ms"),
        lines=(
            Line(
                name=name,
                points=thinned(
                    [
                        (float(number), round(value / _MS, 4))
                        for number, (series, _times) in enumerate(every, 1)
                        if not math.isinf(value := series.percentile(percent))
                    ]
                ),
            )
            for name, percent in (("median", 50.0), ("p95", 95.0))
        ),
        limits=limits_of(targets, "push", _MS),
        note=f"{len(every):,} subscribers, {sum(series.n for series, _times in every):,} deliveries, "
        f"{missing:,} of them missing; a percentile that is missing has no point.",
    )


def _finite(times: Iterable[float]) -> list[float]:
    return [value for value in times if not math.isinf(value)]
