"""
The bootstrap of one figure: what it might as well have been, had other streams of the same run been seen.

Streams are resampled, with failures as infinite. No stream is copied for that: of n values drawn again from n, the one
of rank k has the place that the k-th smallest of n uniform numbers has, and that number is drawn at once (it has a beta
distribution). So a replicate takes the same time whatever the size of the run.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.metrics.measured import Series

__all__ = ["Draw", "change_of", "fewest", "interval", "of_count", "of_mean", "of_percentile", "of_rate", "of_total"]

Draw: TypeAlias = "Callable[[Random], float]"
"""One replicate of a figure."""

_HALF = 0.5


def of_percentile(series: Series, percent: float, *, units: int | None = None) -> Draw:
    """
    Replicates of a nearest-rank percentile.

    `units` is the number of streams where a series holds several values of each: they are then reckoned as if those of
    a stream were all alike, which is the least that a stream can tell.
    """
    n = series.n
    if units is None or units >= n:
        rank = max(1, math.ceil(round(percent / 100 * n, 9)))
        above, below = float(rank), float(n - rank + 1)
    else:
        above = percent / 100 * units + _HALF
        below = (1 - percent / 100) * units + _HALF
    return lambda chance: series.at(min(n, math.floor(chance.betavariate(above, below) * n) + 1))


def of_mean(total: float, n: float) -> Draw:
    """
    Replicates of a mean of n values between 0 and 1 with that sum, such as a share.

    The half that is added on both sides keeps 0 of n from being taken for never. Of all values with this mean those
    that are 0 or 1 vary most: for others the interval is wider than it need be.
    """
    return lambda chance: chance.betavariate(total + _HALF, n - total + _HALF)


def of_rate(count: float, seconds: float) -> Draw:
    """Replicates of how many a second there were: as of events that come independently of one another."""
    return lambda chance: chance.gammavariate(count + _HALF, 1.0) / seconds


def of_count(total: float, size: float) -> Draw:
    """
    Replicates of a sum of events of about that `size`, such as messages that each of many got twice.

    The half of an event that is added keeps none from being taken for never.
    """
    return lambda chance: chance.gammavariate(total / size + _HALF, size)


def of_total(parts_sum: float, squares_sum: float, whole: float) -> Draw:
    """Replicates of a sum of parts of which neither the number nor the size is fixed, divided by `whole`."""
    if parts_sum <= 0 or squares_sum <= 0:
        return lambda _chance: 0.0
    shape, scale = parts_sum * parts_sum / squares_sum, squares_sum / parts_sum
    return lambda chance: chance.gammavariate(shape, scale) / whole


def fewest(percent: float, tail: float) -> int:
    """The fewest streams that bound a percentile on both sides, each but for a probability of `tail`."""
    share = min(percent, 100 - percent) / 100
    return math.ceil(math.log(tail) / math.log1p(-share)) if share > 0 else math.ceil(1 / tail)


def interval(base: Draw, run: Draw, *, compares: str, replicates: int, tail: float, seed: str) -> tuple[float, float]:
    """
    The percentile interval of the change from `base` to `run`, which leaves out `tail` on either side.

    Each of two sources of chance serves either run once, so that the interval of the exchanged runs is the mirror
    image, and that of a run with itself always holds no change.
    """
    half = max(1, replicates // 2)
    drawn = [[draw(chance) for _ in range(half)] for draw in (base, run) for chance in _sources(seed)]
    changes = [change_of(one, other, compares) for one, other in zip(drawn[0], drawn[3], strict=True)]
    changes += [change_of(one, other, compares) for one, other in zip(drawn[1], drawn[2], strict=True)]
    changes.sort()
    skipped = min(math.floor(tail * len(changes)), len(changes) // 2 - 1) if len(changes) > 1 else 0
    return changes[skipped], changes[-1 - skipped]


def change_of(base: float, run: float, compares: str) -> float:
    """The `ratio` run / base, or the `difference` run - base; of two failures, and of zero and zero, no change."""
    if base == run:
        return 1.0 if compares == "ratio" else 0.0
    if compares == "difference":
        return run - base
    if math.isinf(base):
        return 0.0
    return run / base if base else math.inf


def _sources(seed: str) -> tuple[Random, Random]:
    return Random(f"{seed} 1"), Random(f"{seed} 2")  # noqa: S311 - a bootstrap that can be repeated
