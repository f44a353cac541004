"""Where in a chart the name of a limit has room: beside the lines, and not on them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .shapes import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .points import Point

__all__ = ["limits", "passes"]

_NAME_WIDTH = 30.0  # percent of the chart
_NAME_HEIGHT = 19.0
_BELOW = 2.0


def limits(named: Iterable[tuple[str, float]], lines: Sequence[Sequence[Point]]) -> tuple[Limit, ...]:
    """
    Each limit, given as its text and its height in pixels, with its name at the end where it covers least.

    The places of the lines are in percent of the width and in pixels. Where both ends are as good, names change sides
    from one limit to the next.
    """
    found: list[Limit] = []
    for number, (text, height) in enumerate(named):
        usual = number % 2 == 1
        left = min((usual, not usual), key=lambda side: _covered(height, lines, found, left=side))
        found.append(Limit(text, height, left))
    return tuple(found)


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


def _covered(height: float, lines: Sequence[Sequence[Point]], named: Sequence[Limit], *, left: bool) -> int:
    """What a name at that end would cover: 2 for another name, 1 for a line, 0 for nothing."""
    across = (0.0, _NAME_WIDTH) if left else (100 - _NAME_WIDTH, 100.0)
    down = (height - _NAME_HEIGHT, height + _BELOW)
    beside = any(other.left == left and abs(other.y - height) < _NAME_HEIGHT for other in named)
    return 2 if beside else int(any(passes(line, across=across, down=down) for line in lines))
