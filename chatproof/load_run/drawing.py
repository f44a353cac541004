"""What charts of every kind are made of: percentile spectra, histograms, windows of time, limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Chart, Line
from chatproof.load_run.thinning import nice_width, thinned
from chatproof.metrics.groups import judged_window_ns
from chatproof.metrics.measured import Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.load_plan import Plan
    from chatproof.metrics.measured import Measured
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["TIME", "chart_of", "histogram", "limits_of", "spectrum", "unjudged", "windows"]

TIME: Final = ("time since the start", "s")
"""Label and unit of the axis of time."""

_PER_DECADE: Final = 40
_MOST_DECADES: Final = 6
_MOST_BARS: Final = 60
_MOST_WINDOWS: Final = 120
_LATENCY_LIMITS: Final = ("<", "<=")


def chart_of(
    name: str,
    title: str,
    kind: str,
    *,
    x: tuple[str, str],
    y: tuple[str, str],
    lines: Iterable[Line],
    limits: Iterable[tuple[str, float]] = (),
    shaded: Iterable[tuple[str, float, float]] = (),
    note: str = "",
) -> Chart:
    """A chart with those of its lines that have points; `x` and `y` are label and unit."""
    return Chart(
        name=name,
        title=title,
        kind=kind,
        x_label=x[0],
        x_unit=x[1],
        y_label=y[0],
        y_unit=y[1],
        lines=tuple(line for line in lines if line.points),
        limits=tuple(limits),
        shaded=tuple(shaded),
        note=note,
    )


def spectrum(
    name: str,
    title: str,
    series: Mapping[str, Measured],
    *,
    y: tuple[str, str],
    per_unit: float,
    limits: Iterable[tuple[str, float]] = (),
) -> Chart | None:
    """
    Values by percentile, one line per series; None where there are none.

    The part of the first series that failed is shaded at the top: it has no value.
    """
    known = {name: found for name, found in series.items() if isinstance(found, Series) and found.n}
    if not known:
        return None
    first = next(iter(known.values()))
    lost = (("failed", round(len(first.values) / first.n * 100, 4), 100.0),) if first.infinite else ()
    failed = f", of which {first.infinite:,} failed: those lie above every value" if first.infinite else ""
    steps = f" Counted in steps of {first.step / per_unit:g} {y[1]}." if first.step else ""
    return chart_of(
        name,
        title,
        "spectrum",
        x=("percentile", "%"),
        y=y,
        lines=(Line(name=name, points=_percentiles(found, per_unit)) for name, found in known.items()),
        limits=limits,
        shaded=lost,
        note=f"n = {first.n:,}{failed}.{steps}",
    )


def histogram(counts: Mapping[float, int], *, most: int = _MOST_BARS) -> tuple[tuple[tuple[float, float], ...], float]:
    """Bars as (middle, number), and their width, over values that occur so often."""
    if not counts:
        return (), 0.0
    low, high = min(counts), max(counts)
    width = nice_width(max(high - low, 1e-9), most - 1)
    bars: dict[int, int] = {}
    for value, number in counts.items():
        bar = math.floor(value / width + 1e-9)
        bars[bar] = bars.get(bar, 0) + number
    return tuple((round((bar + 0.5) * width, 9), float(bars[bar])) for bar in sorted(bars)), width


def windows(values: Iterable[tuple[float, float]], seconds: float) -> tuple[dict[int, list[float]], float]:
    """Values by window of time from pairs (seconds, value), and the width of a window in seconds."""
    width = max(0.1, nice_width(seconds, _MOST_WINDOWS))
    found: dict[int, list[float]] = {}
    for at, value in values:
        found.setdefault(int(at / width), []).append(value)
    return found, width


def limits_of(
    targets: Iterable[Target], metric: str, per_unit: float, statistics: Sequence[str] | None = None
) -> tuple[tuple[str, float], ...]:
    """The limits of the targets on a metric, for its chart; only of some statistics where they are given."""
    return tuple(
        (target.text, round(target.limit / per_unit, 6))
        for target in targets
        if target.metric == metric and (statistics is None or target.statistic in statistics)
    )


def unjudged(collected: Collected, plan: Plan) -> tuple[tuple[str, float, float], ...]:
    """The spans of time that are not judged."""
    begin, _end = judged_window_ns(collected, plan)
    return (("warm-up", 0.0, begin / 1e9),) if begin > 0 else ()


def _percentiles(series: Series, per_unit: float) -> tuple[tuple[float, float], ...]:
    """Points that are evenly spread on a scale of 1/(1-p), as far as there are values; the highest value at the end."""
    decades = min(_MOST_DECADES, math.log10(max(series.n, 10)))
    points: dict[float, float] = {}
    for part in range(math.floor(decades * _PER_DECADE) + 1):
        percent = round(100 - 100 / 10 ** (part / _PER_DECADE), 6)
        value = series.percentile(percent)
        if math.isinf(value):
            break
        points[percent] = round(value / per_unit, 4)
    return thinned(sorted(points.items()))
