"""A chart as geometry: horizontal places in percent of its width, so that it fits every screen, heights in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import points as chart_points
from . import room
from .scale import Scale, linear, logarithmic, tail
from .shapes import Bar, Limit, Mark, Series, Span
from .words import described, empty_text, limit_text, mark_text, outside_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_facts import Chart

    from .points import Band, Detail, Point

__all__ = ["Bar", "Limit", "Mark", "Picture", "Series", "Span", "picture"]

DETAIL = chart_points.Detail()
TOP = 34.0
HEIGHT = 210.0
MARKS = 8
ALL_MARKS = 30
STYLES = 6
_LABEL_HEIGHT = 14.0
_ZOOM = 0.8
_LOG_SPAN = 30.0
_ROOM_ABOVE, _ROOM_BELOW = 2.0, 1.5
_NARROW_SPAN = 14.0
_FROM_START = 0.1
_FAR_RIGHT = 65.0
_ROOM_LEFT = 42.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """
    All that is drawn of a chart; `outside` names limits out of view.

    Without `series` there is nothing to draw, and `empty` says why.
    """

    name: str
    kind: str
    x: Scale
    y: Scale
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    limits: tuple[Limit, ...]
    spans: tuple[Span, ...]
    outside: tuple[str, ...]
    left_out: int
    empty: str
    description: str
    top: float = TOP
    height: float = HEIGHT
    marks: tuple[Mark, ...] = ()

    def spot(self, at: Sequence[float | None]) -> str:
        """Where x (in percent) and the y of each line (in pixels) are drawn; `-` for bars and what is not drawn."""
        x, *heights = at
        drawn = [self.kind != "bar" and y is not None and math.isfinite(y) for y in heights]
        places = [_pixels(self.y, y or 0.0) if seen else "-" for seen, y in zip(drawn, heights, strict=True)]
        return " ".join(map(str, (round(100 * self.x.place(x or 0.0), 2), *places)))


def picture(
    chart: Chart, *, detail: Detail = DETAIL, reach: tuple[float, float] | None = None, from_zero: bool = False
) -> Picture:
    """
    The geometry of a chart; `reach` is the span of x that bars are drawn in, where other charts show the same x.

    With `from_zero` the y axis has zero in it, however far off the lines are: their heights may be compared.
    """
    shown = chart.lines[: chart_points.MOST_LINES]
    lines = [chart_points.points(line) for line in shown]
    bands = [chart_points.band(line, detail.points // 3) for line in shown]
    if chart.kind == "bar":
        lines = chart_points.bins(lines, max(12, detail.bars // max(1, len(lines))))
    else:
        lines = [chart_points.thinned(line, detail.points) for line in lines]
    x = _x_scale(chart, lines, reach)
    marks = tuple(_marks(chart, x))
    inside, outside = _limits(chart, lines, bands, from_zero=from_zero)
    y = _y_scale(chart, lines, bands, [value for _name, value in inside], from_zero=from_zero)
    series = _bars(chart, lines, x, y) if chart.kind == "bar" else _drawn(chart, lines, bands, x, y)
    return Picture(
        name=chart.name,
        kind=chart.kind,
        x=x,
        y=y,
        x_title=_title(chart.x_label, x.unit),
        y_title=_title(chart.y_label, y.unit, "logarithmic" if y.kind == "log" else ""),
        series=_labelled(series, lines, y),
        limits=room.limits(
            [(limit_text(name, value, chart.y_unit), _pixels(y, value)) for name, value in inside],
            [[(100 * x.place(at), _pixels(y, height)) for at, height in line] for line in lines],
            taken=room.mark_boxes(marks, TOP),
        ),
        spans=tuple(_spans(chart, x)),
        outside=tuple(outside_text(name, value, chart.y_unit) for name, value in outside),
        left_out=len(chart.lines) - len(shown),
        empty="" if any(lines) else empty_text(chart),
        description=described(chart, lines),
        marks=marks,
    )


def _x_scale(chart: Chart, lines: Sequence[Sequence[Point]], reach: tuple[float, float] | None) -> Scale:
    every = [x for line in lines for x, _y in line]
    if chart.kind == "spectrum":
        return tail(every)
    every += [edge for _name, begin, end in chart.shaded for edge in (begin, end) if every]
    every += [at for _name, at in chart.marks if every]
    low, high = min(every, default=0.0), max(every, default=1.0)
    if chart.kind == "bar" and every:
        low, high = min(low, reach[0] if reach else low), max(high, reach[1] if reach else high)
        half = chart_points.bin_width(lines, high - low) / 2
        low, high = (low, high) if reach else (low - half, high + half)
    if chart.kind != "bar" and chart.x_unit == "s" and 0 < low <= _FROM_START * high:
        low = 0.0
    whole = chart.x_unit in {"", "1"} and all(at == round(at) for at in every)
    return linear(low, high, chart.x_unit, count=8, snug=True, whole=whole)


def _y_scale(
    chart: Chart,
    lines: Sequence[Sequence[Point]],
    bands: Sequence[Sequence[Band]],
    limits: Sequence[float],
    *,
    from_zero: bool,
) -> Scale:
    low, high = _heights(chart, lines, bands)
    if chart.kind == "spectrum" and low > 0 and high > _LOG_SPAN * low:
        return logarithmic(min([low / 1.2, *limits]), max([high * 1.2, *limits]), chart.y_unit)
    base = low if low < 0 or (not from_zero and _zoomed(chart, low, high)) else 0.0
    whole = chart.y_unit in {"", "1"} and all(y == round(y) for line in lines for _x, y in line)
    return linear(min([base, *limits]), max([high, *limits]), chart.y_unit, whole=whole)


def _heights(chart: Chart, lines: Sequence[Sequence[Point]], bands: Sequence[Sequence[Band]]) -> tuple[float, float]:
    if chart.kind == "bar":
        sums: dict[float, float] = {}
        for x, y in (point for line in lines for point in line):
            sums[x] = sums.get(x, 0.0) + max(0.0, y)
        return 0.0, max(sums.values(), default=1.0)
    every = [y for line in lines for _x, y in line]
    every += [height for part in bands for _x, low, high in part for height in (low, high)]
    return min(every, default=0.0), max(every, default=1.0)


def _zoomed(chart: Chart, low: float, high: float) -> bool:
    """A line far from zero shows more without it; bars always stand on it."""
    return chart.kind != "bar" and low >= _ZOOM * high and high > low


def _limits(
    chart: Chart, lines: Sequence[Sequence[Point]], bands: Sequence[Sequence[Band]], *, from_zero: bool
) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """The limits near the data, and those so far off that the data would be flat beside them."""
    low, high = _heights(chart, lines, bands)
    low = low if low < 0 or (not from_zero and _zoomed(chart, low, high)) else 0.0
    span = (high - low) or abs(high) or 1.0
    inside: list[tuple[str, float]] = []
    outside: list[tuple[str, float]] = []
    for name, value in chart.limits:
        near = low - _ROOM_BELOW * span <= value <= high + _ROOM_ABOVE * span
        (inside if near else outside).append((name, value))
    return inside, outside


def _drawn(
    chart: Chart, lines: Sequence[Sequence[Point]], bands: Sequence[Sequence[Band]], x: Scale, y: Scale
) -> list[Series]:
    stepped = chart.kind == "step"
    found = []
    for index, (line, points, ribbon) in enumerate(zip(chart.lines, lines, bands, strict=False)):
        if not points:
            continue
        places = [(1000 * x.place(at), HEIGHT * (1 - y.place(height))) for at, height in points]
        area = [
            (1000 * x.place(at), HEIGHT * (1 - y.place(low)), HEIGHT * (1 - y.place(high))) for at, low, high in ribbon
        ]
        most = max(3, min(MARKS, ALL_MARKS // len(lines)))
        every = max(1, round(len(places) / most)) if len(places) > 2 * MARKS else 1
        marks = places[(index % every) :: every]
        found.append(
            Series(
                name=line.name,
                style=index % STYLES,
                dashes=(index + index // STYLES) % STYLES,
                path=chart_points.path(places, stepped=stepped),
                ribbon=chart_points.ribbon(area, stepped=stepped),
                marks=tuple((round(at / 10, 2), round(TOP + height, 1)) for at, height in marks),
            )
        )
    return found


def _bars(chart: Chart, lines: Sequence[Sequence[Point]], x: Scale, y: Scale) -> list[Series]:
    """Bars of the same x stand on one another."""
    width = chart_points.bin_width(lines, x.high - x.low)
    stacked: dict[float, float] = {}
    found = []
    for index, (line, points) in enumerate(zip(chart.lines, lines, strict=False)):
        bars = []
        for at, height in points:
            if height <= 0:
                continue
            base = stacked.get(at, 0.0)
            stacked[at] = base + height
            left, right = x.place(at - width / 2), x.place(at + width / 2)
            lower, upper = y.place(base), y.place(stacked[at])
            bars.append(
                Bar(
                    round(100 * left, 2),
                    round(TOP + HEIGHT * (1 - upper), 1),
                    round(100 * (right - left), 2),
                    round(HEIGHT * (upper - lower), 1),
                )
            )
        if bars:
            style = index % STYLES
            found.append(Series(name=line.name, style=style, dashes=style, bars=tuple(bars)))
    return found


def _labelled(series: list[Series], lines: Sequence[Sequence[Point]], y: Scale) -> tuple[Series, ...]:
    """Each name beside the end of its line, moved apart where two would cover one another."""
    ends = [points[-1][1] for points in lines if points]
    wanted = sorted((_pixels(y, end), index) for index, end in enumerate(ends))
    placed: dict[int, float] = {}
    lowest = TOP - _LABEL_HEIGHT
    for height, index in wanted:
        lowest = placed[index] = max(height, lowest + _LABEL_HEIGHT)
    over = max(0.0, lowest - (TOP + HEIGHT))
    bottom = TOP + HEIGHT - over
    for _height, index in reversed(wanted):
        placed[index] = min(placed[index], bottom + over)
        bottom = placed[index] - _LABEL_HEIGHT - over
    return tuple(replace(entry, label_y=round(placed[index], 1)) for index, entry in enumerate(series))


def _spans(chart: Chart, x: Scale) -> Iterable[Span]:
    for name, begin, end in chart.shaded:
        left, right = 100 * x.place(begin), 100 * x.place(end)
        if right > left:
            yield Span(name, round(left, 2), round(right - left, 2), right - left >= _NARROW_SPAN)


def _marks(chart: Chart, x: Scale) -> Iterable[Mark]:
    """Each name to the right of its line, and to the left where that is near the right end or another one follows."""
    for row, (name, at) in enumerate(chart.marks):
        place = 100 * x.place(at)
        followed = any(other > at for _name, other in chart.marks) and place > _ROOM_LEFT
        yield Mark(mark_text(name, at, chart.x_unit), round(place, 2), row, place > _FAR_RIGHT or followed)


def _pixels(y: Scale, value: float) -> float:
    return round(TOP + HEIGHT * (1 - y.place(value)), 1)


def _title(label: str, *units: str) -> str:
    return ", ".join(part for part in (label, *units) if part)
