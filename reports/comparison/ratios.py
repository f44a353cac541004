"""The chart of changes: one row per figure with its interval, what is no change, and the A/A band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ..charts.scale import linear, logarithmic
from .words import change_text, interval_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.comparison.facts import FigureChange

    from ..charts.scale import Scale, Tick

__all__ = ["Changes", "Part", "Row", "drawn"]

MOST_ROWS: Final = 40
ROW_HEIGHT: Final = 40
PART_ROWS: Final = 10
_BEYOND: Final = 1.15
_WIDEST: Final = 100.0
_NEAR: Final = 2.0
_LEAST: Final = 1.1
_LEAST_POINTS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One figure: places in percent of the chart's width, `top` in pixels.

    `value` is None where the change is infinite, `open_lower` and `open_upper` say that the interval goes on beyond the
    chart; `band` and `margin` are (from, width).
    """

    figure: FigureChange
    top: int
    label: str
    value: float | None
    lower: float
    upper: float
    open_lower: bool
    open_upper: bool
    band: tuple[float, float] | None
    margin: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that are drawn in one picture: its height in pixels, and what it shows in words."""

    rows: tuple[Row, ...]
    height: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """
    A chart of ratios or of differences: where no change is, its ticks, and its rows.

    Many rows are drawn in parts, each with the same axis, so that paper may be turned between them.
    """

    compares: str
    title: str
    parts: tuple[Part, ...]
    none: float
    ticks: tuple[Tick, ...]
    left_out: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows that are drawn."""
        return tuple(row for part in self.parts for row in part.rows)


def drawn(figures: Sequence[FigureChange], compares: str) -> Changes | None:
    """The chart of the figures that are compared in one way and have an interval; None where there is none."""
    every = [entry for entry in figures if entry.compares == compares and entry.interval]
    if not every:
        return None
    shown = every[:MOST_ROWS]
    scale = _scale(shown, compares)
    return Changes(
        compares=compares,
        title="Changes as ratios, run / base" if compares == "ratio" else "Changes of shares, in points",
        parts=tuple(_part(part, scale) for part in _parts(shown)),
        none=_place(scale, 1.0 if compares == "ratio" else 0.0),
        ticks=scale.ticks,
        left_out=len(every) - len(shown),
    )


def _parts(shown: Sequence[FigureChange]) -> Iterable[Sequence[FigureChange]]:
    """The figures in as few parts as there must be, all of about the same length."""
    number = -(-len(shown) // PART_ROWS)
    ends = [len(shown) * index // number for index in range(number + 1)]
    return (shown[begin:end] for begin, end in pairwise(ends))


def _part(figures: Sequence[FigureChange], scale: Scale) -> Part:
    return Part(
        rows=tuple(_row(entry, index * ROW_HEIGHT, scale) for index, entry in enumerate(figures)),
        height=len(figures) * ROW_HEIGHT,
        description="; ".join(
            f"{entry.name} {entry.verdict}, {change_text(entry)} ({interval_text(entry)})" for entry in figures
        ),
    )


def _row(entry: FigureChange, top: int, scale: Scale) -> Row:
    start = 0.0 if entry.compares == "ratio" else -math.inf
    nowhere = math.inf if entry.compares == "ratio" else -math.inf  # a ratio that is not finite is that to a failure
    lower, upper = nowhere if entry.lower is None else entry.lower, math.inf if entry.upper is None else entry.upper
    band = None
    if entry.band_lower is not None or entry.band_upper is not None:
        ends = (start if entry.band_lower is None else entry.band_lower, entry.band_upper)
        band = _width(scale, ends[0], math.inf if ends[1] is None else ends[1])
    return Row(
        figure=entry,
        top=top,
        label=change_text(entry),
        value=None if entry.change is None else _place(scale, entry.change),
        lower=_place(scale, lower),
        upper=_place(scale, upper),
        open_lower=lower < scale.low,
        open_upper=upper > scale.high,
        band=band,
        margin=_width(scale, entry.margin_lower, entry.margin_upper),
    )


def _width(scale: Scale, low: float, high: float) -> tuple[float, float]:
    begin, end = _place(scale, low), _place(scale, high)
    return begin, round(end - begin, 2)


def _place(scale: Scale, value: float) -> float:
    if math.isinf(value):
        return 100.0 if value > 0 else 0.0
    return round(100 * scale.place(value), 2)


def _scale(figures: Iterable[FigureChange], compares: str) -> Scale:
    """From the smallest to the largest end of an interval, no change within; wide A/A bands may go beyond it."""
    ends = [end for entry in figures for end in (entry.lower, entry.upper, entry.change) if end is not None]
    if compares == "difference":
        reach = max([_LEAST_POINTS, *(abs(end) for end in ends)])
        return linear(-reach * _BEYOND, reach * _BEYOND, "", snug=True)
    low = max(1 / _WIDEST, min([1 / _LEAST, *(end for end in ends if end > 0)]) / _BEYOND)
    high = min(_WIDEST, max([_LEAST, *ends]) * _BEYOND)
    return linear(low, high, "", snug=True) if high / low <= _NEAR * _NEAR else logarithmic(low, high, "")
