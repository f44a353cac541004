"""Lines with many points made short, so that the eye sees the same."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_POINTS", "Average", "averaged_steps", "nice_width", "thinned"]

Point = tuple[float, float]

MOST_POINTS: Final = 400
"""No line of a chart has more points than this."""

_FEWEST: Final = 3
_SLIVER: Final = 0.1


class Average(NamedTuple):
    """A step line in one window, `begin` to `end`: the area below it there, its least and its greatest level."""

    begin: float
    end: float
    area: float
    least: float
    greatest: float

    @property
    def mean(self) -> float:
        """The average over the window's time."""
        return self.area / (self.end - self.begin)

    @property
    def middle(self) -> float:
        """Where the window is drawn."""
        return (self.begin + self.end) / 2


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


def averaged_steps(moments: Sequence[float], levels: Sequence[float], width: float) -> tuple[Average, ...]:
    """
    A step line, whose level holds from its moment on, as its average, least and greatest level in windows of `width`.

    Windows begin at multiples of `width`, the first at the first moment and the last ends at the last one: less than a
    tenth of a window belongs to the one before. Of several levels at one moment the last holds. No peak is lost: it
    is the greatest of its window.
    """
    if not moments:
        return ()
    found: list[Average] = []
    highest = math.ceil(moments[-1] / width - _SLIVER) - 1
    first = at = moments[0]
    number = min(highest, math.floor(at / width))
    stop = (number + 1) * width if number < highest else math.inf
    area, least, greatest = 0.0, levels[0], levels[0]
    for end, level in zip(islice(moments, 1, None), levels, strict=False):
        while at < end:
            if at >= stop:
                found.append(Average(first, at, area, least, greatest))
                first, number = at, min(highest, max(number + 1, math.floor(at / width)))
                stop = (number + 1) * width if number < highest else math.inf
                area, least, greatest = 0.0, level, level
            until = end if end < stop else stop  # noqa: FURB136 - `min` takes three times as long, for each of very many
            area += (until - at) * level
            at = until
            if level < least:
                least = level
            elif level > greatest:
                greatest = level
    if at > first:
        found.append(Average(first, at, area, least, greatest))
    return tuple(found)


def nice_width(span: float, parts: int) -> float:
    """A width of 1, 2 or 5 times a power of ten, of which at most `parts` cover the span."""
    if span <= 0:
        return 1.0
    least = span / parts
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
