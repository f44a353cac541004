"""Charts of how long things took: first tokens, answers of requests, gaps, pushes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Line
from chatproof.load_run.drawing import TIME, chart_of, limits_of, spectrum, unjudged
from chatproof.load_run.thinning import nice_width, thinned
from chatproof.metrics.durations import column, series_of
from chatproof.metrics.groups import REQUESTS
from chatproof.metrics.measured import Series
from chatproof.metrics.messages import by_subscriber
from chatproof.metrics.values import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.load_facts import Chart
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["latency_charts"]

_MS: Final = 1e6
_PERCENTILES: Final = {50.0: 1, 95.0: 20, 99.0: 100}
"""The percentiles over time, and how many samples of a window make one of them more than its greatest value."""

_FEWEST: Final = 10
_FEWEST_SUBSCRIBERS: Final = 2
_FEWEST_WINDOWS, _MOST_WINDOWS = 12, 120
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
    if not isinstance(series["all"], Series) or series["all"].n < _FEWEST:
        return None
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
    pairs = [
        (sample.start_ns / 1e9, math.inf if sample.cause or value is None else value)
        for sample, value in zip(samples, column(samples, metric), strict=True)
        if value is not None or sample.cause
    ]
    if len(pairs) < _FEWEST:
        return None
    found, width = _windows(pairs)
    usual = sorted(map(len, found.values()))[len(found) // 2]
    shown = {f"p{percent:g}": percent for percent, least in _PERCENTILES.items() if usual >= least}
    series = {window: _series(values) for window, values in found.items()}
    lines = [_percentile(name, percent, series, width) for name, percent in shown.items()]
    if len(lines) == 1:
        lines = [replace(lines[0], band=_extremes(found, width))]
    said = "The line is the median, the band reaches from the least to the greatest value. " if len(lines) == 1 else ""
    shaded = unjudged(collected, plan)
    failed = sum(math.isinf(value) for _at, value in pairs)
    lost = f" {failed:,} failed: a percentile that is a failure has no point." if failed else ""
    return chart_of(
        f"{metric}_over_time",
        f"{_TITLES[metric]} over time",
        "line",
        x=TIME,
        y=(_TITLES[metric].lower(), "ms"),
        lines=lines,
        limits=limits_of(targets, metric, _MS, statistics=list(shown)),
        shaded=shaded,
        note=f"{said}n = {len(pairs):,}{', warm-up included' if shaded else ''}; windows of {width:g} s by the start, "
        f"usually with {usual:,} each.{lost}",
    )


def _windows(pairs: Sequence[tuple[float, float]]) -> tuple[dict[int, list[float]], float]:
    """Values by window of time, in order, and the width of a window in seconds: wide enough for a p95 if it can be."""
    most = min(_MOST_WINDOWS, max(_FEWEST_WINDOWS, len(pairs) // _PERCENTILES[95.0]))
    width = max(0.1, nice_width(max(at for at, _value in pairs), most))
    found: dict[int, list[float]] = {}
    for at, value in pairs:
        found.setdefault(int(at / width), []).append(value)
    return dict(sorted(found.items())), width


def _series(values: Sequence[float]) -> Series:
    finite = _finite(values)
    return series_of(finite, infinite=len(values) - len(finite))


def _percentile(name: str, percent: float, found: Mapping[int, Series], width: float) -> Line:
    """One percentile, in the windows that have samples enough for it and where it is no failure."""
    points = []
    for window, series in found.items():
        value = series.percentile(percent)
        if series.n >= _PERCENTILES[percent] and not math.isinf(value):
            points.append((_middle(window, width), round(value / _MS, 4)))
    return Line(name=name, points=tuple(points))


def _extremes(found: Mapping[int, Sequence[float]], width: float) -> tuple[tuple[float, float, float], ...]:
    every = {window: _finite(values) for window, values in found.items()}
    return tuple(
        (_middle(window, width), round(min(values) / _MS, 4), round(max(values) / _MS, 4))
        for window, values in every.items()
        if values
    )


def _middle(window: int, width: float) -> float:
    return round((window + 0.5) * width, 3)


def _pushes(collected: Collected, targets: Sequence[Target]) -> Chart | None:
    found = by_subscriber(collected.deliveries)
    if len(found) < _FEWEST_SUBSCRIBERS:
        return None
    every = [(_series(times), times) for times in found.values()]
    every.sort(key=lambda entry: entry[0].percentile(50))
    missing = sum(series.infinite for series, _times in every)
    lost = f"{missing:,} of them missing; a percentile that is missing has no point" if missing else "none missing"
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
        note=f"{len(every):,} subscribers, {sum(series.n for series, _times in every):,} deliveries, {lost}.",
    )


def _finite(times: Iterable[float]) -> list[float]:
    return [value for value in times if not math.isinf(value)]
