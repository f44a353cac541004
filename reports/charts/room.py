"""Where in a chart the name of a limit has room: beside the lines, and not on them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .shapes import Limit, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .points import Point

__all__ = ["limits", "mark_boxes", "passes"]

_NAME_WIDTH = 30.0  # percent of the chart
_NAME_HEIGHT = 19.0
_BELOW = 2.0
_MARK_HEIGHT = 15.0


def limits(
    named: Iterable[tuple[str, float]],
    lines: Sequence[Sequence[Point]],
    *,
    taken: Sequence[tuple[tuple[float, float], tuple[float, float]]] = (),
) -> tuple[Limit, ...]:
    """
    Each limit, given as its text and its height in pixels, with its name at the end where it covers least.

    The places of the lines are in percent of the width and in pixels. Where both ends are as good, names change sides
    from one limit to the next. `taken` are boxes that hold other names, by their ends across and down.
    """
    found: list[Limit] = []
    for number, (text, height) in enumerate(named):
        usual = number % 2 == 1
        left = min((usual, not usual), key=lambda side: _covered(height, lines, found, taken, left=side))
        found.append(Limit(text, height, left))
    return tuple(found)


def mark_boxes(marks: Iterable[Mark], top: float) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The boxes in which the names of marks stand, row by row from the top of the field, as `limits` takes them."""
    return [
        (
            (mark.x - _NAME_WIDTH, mark.x) if mark.left else (mark.x, mark.x + _NAME_WIDTH),
            (top + _MARK_HEIGHT * mark.row, top + _MARK_HEIGHT * (mark.row + 1)),
        )
        for mark in marks
    ]


def passes(line: Sequence[Point], *, across: tuple[float, float], down: tuple[float, float]) -> bool:
    """Whether a line goes through a box, given by its ends across and down; a line of one place is that place."""
    begin, end = across
    for (x, y), (next_x, next_y) in pairwise(line if len(line) > 1 else (*line, *line)):
        if next_x < begin or x > end:
            continue
        slope = (next_y - y) / (next_x - x) if next_x > x else 0.0
        enters, leaves = y + slope * max(0.0, begin - x), next_y - slope * max(0.0, next_x - end)
        if min(enters, leaves) <= down[1] and max(enters, leaves) >= down[0]:
            return True
    return False


def _covered(
    height: float,
    lines: Sequence[Sequence[Point]],
    named: Sequence[Limit],
    taken: Sequence[tuple[tuple[float, float], tuple[float, float]]],
    *,
    left: bool,
) -> float:
    """What a name at that end would cover: 2 for another name, less for a part of one, 1 for a line, 0 for nothing."""
    across = (0.0, _NAME_WIDTH) if left else (100 - _NAME_WIDTH, 100.0)
    down = (height - _NAME_HEIGHT, height + _BELOW)
    beside = any(other.left == left and abs(other.y - height) < _NAME_HEIGHT for other in named)
    if beside:
        return 2.0
    shared = [_shared(across, other[0]) for other in taken if _shared(down, other[1])]
    if any(shared):
        return 1 + max(shared) / _NAME_WIDTH
    return float(any(passes(line, across=across, down=down) for line in lines))


def _shared(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How much of two spans is the same."""
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
