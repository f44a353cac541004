"""The points of a chart made fit to be drawn: finite, in order, and no more of them than a page can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_facts import Chart, Line

__all__ = ["Band", "Detail", "Point", "band", "bin_width", "bins", "detail_for", "path", "points", "ribbon", "thinned"]

Point = tuple[float, float]
Band = tuple[float, float, float]
LARGEST = 1e15
MOST_LINES = 12
ALL_POINTS = 6000
ALL_BARS = 480
ALL_CELLS = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of each chart a page can hold: points of a line, bars of a chart, rows of its table."""

    points: int = 240
    bars: int = 120
    rows: int = 60


def detail_for(charts: Sequence[Chart]) -> Detail:
    """As much as a page of all these charts can hold, whatever there is to be drawn, so that it stays small."""
    lines = sum(len(chart.lines[:MOST_LINES]) + any(line.band for line in chart.lines) for chart in charts) or 1
    bars = sum(chart.kind == "bar" for chart in charts) or 1
    cells = sum(1 + len(chart.lines[:MOST_LINES]) for chart in charts) or 1
    return Detail(
        points=max(24, min(240, ALL_POINTS // lines)),
        bars=max(24, min(120, ALL_BARS // bars)),
        rows=max(12, min(60, ALL_CELLS // cells)),
    )


def points(line: Line) -> list[Point]:
    """The finite points of a line by rising x; what is infinite cannot be drawn, and is said beside the chart."""
    return sorted((x, y) for x, y in line.points if _drawable(x) and _drawable(y))


def band(line: Line, most: int) -> list[Band]:
    """The finite parts of a line's band by rising x, at most so many, the last among them."""
    found = sorted((x, low, high) for x, low, high in line.band if all(map(_drawable, (x, low, high))))
    every = math.ceil(len(found) / most) or 1
    return found[:-1:every] + found[-1:]


def thinned(found: Sequence[Point], most: int) -> list[Point]:
    """
    At most so many points: of each stretch of a longer line its first, least, greatest and last.

    No extreme is lost, whatever is left out.
    """
    if len(found) <= most:
        return list(found)
    stretches = max(1, most // 4)
    kept: list[Point] = []
    for number in range(stretches):
        part = found[len(found) * number // stretches : len(found) * (number + 1) // stretches]
        by_height = sorted(range(len(part)), key=lambda index: part[index][1])
        kept.extend(part[index] for index in sorted({0, by_height[0], by_height[-1], len(part) - 1}))
    return kept


def bins(lines: Sequence[Sequence[Point]], most: int) -> list[list[Point]]:
    """Bars of the same x in every line; where there are more than `most`, neighbours are added up."""
    every = sorted({x for line in lines for x, _y in line})
    width = math.ceil(len(every) / most) or 1
    groups = [every[start : start + width] for start in range(0, len(every), width)]
    middle = {x: (group[0] + group[-1]) / 2 for group in groups for x in group}
    found: list[list[Point]] = []
    for line in lines:
        heights: dict[float, float] = {}
        for x, y in line:
            heights[middle[x]] = heights.get(middle[x], 0.0) + y
        found.append(sorted(heights.items()))
    return found


def bin_width(lines: Sequence[Sequence[Point]], span: float) -> float:
    """The width of a bar: the least distance of two where bars are dense; else narrow, for theirs is not known."""
    every = sorted({x for line in lines for x, _y in line})
    least = min((after - before for before, after in pairwise(every)), default=0.0)
    dense = least * len(every) > span / 3
    return max(least if dense else min(least or span, span / 60), span / 240) or 1.0


def path(places: Iterable[Point], *, stepped: bool = False) -> str:
    """The commands of an SVG path through places; `stepped` goes across first, then up or down."""
    commands: list[str] = []
    for x, y in places:
        if not commands:
            commands.append(f"M{_short(x)} {_short(y)}")
        elif stepped:
            commands.append(f"H{_short(x)}V{_short(y)}")
        else:
            commands.append(f"L{_short(x)} {_short(y)}")
    return "".join(commands)


def ribbon(places: Sequence[Band], *, stepped: bool = False) -> str:
    """The commands of an area between the two heights of each place."""
    upper = path(((x, high) for x, _low, high in places), stepped=stepped)
    lower: list[Point] = []
    for index, (x, low, _high) in enumerate(places):
        if stepped and index:
            lower.append((x, places[index - 1][1]))
        lower.append((x, low))
    back = "".join(f"L{_short(x)} {_short(y)}" for x, y in reversed(lower))
    return f"{upper}{back}Z" if places else ""


def _drawable(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= LARGEST


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
