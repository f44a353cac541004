"""Lines with many points made short, so that the eye sees the same."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_POINTS", "nice_width", "thinned", "thinned_steps"]

Point = tuple[float, float]

MOST_POINTS: Final = 400
"""No line of a chart has more points than this."""

_FEWEST: Final = 3


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> tuple[Point, ...]:
    """
    At most `most` (3 or more) of the points, the first and the last among them: Steinarsson's largest triangles.

    Of each of `most - 2` equal parts that point is taken that makes the largest triangle with the one before and the
    mean of the part after.
    """
    if len(points) <= most or most < _FEWEST:
        return tuple(points)
    size = (len(points) - 2) / (most - 2)
    edges = [1 + round(part * size) for part in range(most - 1)]
    kept = [points[0]]
    for part in range(most - 2):
        after = points[edges[part + 1] : edges[part + 2]] if part + 2 < len(edges) else points[-1:]
        mean_x, mean_y = sum(x for x, _y in after) / len(after), sum(y for _x, y in after) / len(after)
        last_x, last_y = kept[-1]
        kept.append(
            max(
                points[edges[part] : edges[part + 1]],
                key=lambda point: abs(
                    (last_x - mean_x) * (point[1] - last_y) - (last_x - point[0]) * (mean_y - last_y)
                ),
            )
        )
    return (*kept, points[-1])


def thinned_steps(
    moments: Sequence[float], levels: Sequence[float], most: int = MOST_POINTS
) -> tuple[tuple[float, float], ...]:
    """
    A step line, whose level holds from its moment on, with at most `most` points (3 or more).

    Of several levels at one moment the last holds. Where there are more steps, the highest level of each equal span is
    kept, so that no peak is lost; the first span begins at the first moment, and the last level ends the line.
    """
    steps = dict(zip(moments, levels, strict=True))
    if len(steps) <= most or most < _FEWEST:
        return tuple(steps.items())
    begin, end = moments[0], moments[-1]
    kept: list[tuple[float, float]] = []
    before = 0
    for part in range(most - 1):
        edge = begin + (end - begin) * (part + 1) / (most - 1)
        after = bisect_left(moments, edge, before)
        if after > before:
            held = levels[max(0, before - 1) : after] if before else levels[:after]
            kept.append((begin + (end - begin) * part / (most - 1), max(held)))
            before = after
    return (*kept, (end, levels[-1]))


def nice_width(span: float, parts: int) -> float:
    """A width of 1, 2 or 5 times a power of ten, of which at most `parts` cover the span."""
    if span <= 0:
        return 1.0
    least = span / parts
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
