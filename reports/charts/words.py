"""What a chart says in words: its limits, a description for those who do not see it, and its data as a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..quantity import exact, quantity
from .points import MOST_LINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_facts import Chart, Line

    from .points import Point

__all__ = ["ChartTable", "described", "empty_text", "limit_text", "mark_text", "outside_text", "table"]

_PERCENTILES = (0, 10, 25, 50, 75, 80, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 99.9999)
_KINDS = {
    "line": "Line chart",
    "step": "Stepped line chart",
    "bar": "Bar chart",
    "spectrum": "Percentile spectrum",
}


@dataclass(frozen=True, slots=True)
class ChartTable:
    """
    The data of a chart: a head, rows of texts, and out of how many rows these were picked.

    `places` holds for each row its x, then the y of each line, None where it has none. The cells after the first are
    the values of the lines in their order, unless they stand `apart` from them.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    of: int
    places: tuple[tuple[float | None, ...], ...] = ()
    apart: bool = False


def empty_text(chart: Chart) -> str:
    """Why there is nothing to draw."""
    number = sum(len(line.points) for line in chart.lines)
    if not number:
        return "Nothing to draw: no value was measured."
    return f"Nothing to draw: all {number:,} values are failures, or out of every range."


def limit_text(name: str, value: float, unit: str) -> str:
    """The name of a limit; its number is added where the name holds none."""
    return name if any(character.isdigit() for character in name) else f"{name} {exact(value, unit)}".strip()


def mark_text(name: str, at: float, unit: str) -> str:
    """The name of a vertical line with its place: `capacity 60`."""
    return f"{name} {exact(round(at, 6), unit)}"


def outside_text(name: str, value: float, unit: str) -> str:
    """The name of a limit that lies out of the picture, always with its number."""
    said = exact(value, unit)
    return name if said.replace(" ", "") in name.replace(" ", "") else f"{name} ({said})"


def described(chart: Chart, lines: Sequence[Sequence[Point]]) -> str:
    """The chart in a few sentences: kind, axes, and for each line where it begins, its extremes, where it ends."""
    parts = [f"{_KINDS.get(chart.kind, 'Chart')}: {chart.y_label} against {chart.x_label}."]
    for line, points in zip(chart.lines, lines, strict=False):
        if points:
            heights = [y for _x, y in points]
            least, most = quantity(min(heights), chart.y_unit), quantity(max(heights), chart.y_unit)
            last = f"{quantity(heights[-1], chart.y_unit)} at {_x(points[-1][0], chart)}"
            parts.append(f"{line.name}: from {least} to {most}, last {last}{_band_text(chart, line)}.")
    parts.extend(f"Limit: {limit_text(name, value, chart.y_unit)}." for name, value in chart.limits)
    parts.extend(f"Not judged: {name}, {_x(begin, chart)} to {_x(end, chart)}." for name, begin, end in chart.shaded)
    parts.extend(f"Marked: {mark_text(name, at, chart.x_unit)}." for name, at in chart.marks)
    return " ".join(parts)


def _band_text(chart: Chart, line: Line) -> str:
    spread = [height for _x, *heights in line.band for height in heights if math.isfinite(height)]
    if not spread:
        return ""
    return f"; its band from {quantity(min(spread), chart.y_unit)} to {quantity(max(spread), chart.y_unit)}"


def table(chart: Chart, *, most: int = 60) -> ChartTable:
    """Each x with the values of all lines; of many rows some, evenly, with the greatest of each line among them."""
    lines = chart.lines[:MOST_LINES]
    cells = [dict(line.points) for line in lines]
    bands = [{x: (low, high) for x, low, high in line.band} for line in lines]
    every = sorted({x for line in lines for x, *_heights in (*line.points, *line.band)})
    shown = _told_percentiles(every, most) if chart.kind == "spectrum" else _picked(every, cells, most)
    head = (chart.x_label, *(line.name for line in lines))
    rows = []
    for x in shown:
        row = [_x(x, chart)]
        for values, spread in zip(cells, bands, strict=True):
            text = quantity(values[x], chart.y_unit) if x in values else ""
            if x in spread:
                low, high = (quantity(value, chart.y_unit) for value in spread[x])
                text = f"{text} ({low} to {high})".strip()
            row.append(text)
        rows.append(tuple(row))
    places = tuple((x, *(values.get(x) for values in cells)) for x in shown)
    return ChartTable(head, tuple(rows), len(every), places)


def _told_percentiles(every: list[float], most: int) -> list[float]:
    """Of many percentiles those next to the usual ones, and the highest."""
    if len(every) <= min(most, len(_PERCENTILES) + 2):
        return every
    usual = {min(every, key=lambda x: abs(x - wanted)) for wanted in _PERCENTILES if wanted <= every[-1]}
    return sorted(usual | {every[-1]})


def _picked(every: list[float], cells: Sequence[dict[float, float]], most: int) -> list[float]:
    if len(every) <= most:
        return every
    peaks = {max(values, key=lambda x: values[x]) for values in cells if values}
    room = max(2, most - len(peaks))
    evenly = {every[(len(every) - 1) * index // (room - 1)] for index in range(room)}
    return sorted(peaks | evenly)


def _x(value: float, chart: Chart) -> str:
    return f"p{value:.8g}" if chart.kind == "spectrum" else exact(round(value, 6), chart.x_unit)
