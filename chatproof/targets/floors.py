"""How many observations an outcome needs before it decides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chatproof.targets.keeping import keeps, more_is_better
from chatproof.targets.means import lower_mean, upper_mean
from chatproof.targets.percentiles import lower_rank, upper_rank
from chatproof.targets.shares import lower_share, upper_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.targets.expression import Target

__all__ = ["LARGEST", "deciding_mean", "deciding_percentile", "deciding_share", "floor_of"]

LARGEST = 1_000_000
"""No run is told to observe more than this."""

_ROUNDING = 1e-9


def floor_of(target: Target, *, kind: str) -> int | None:
    """
    The smallest n at which the best outcome there is meets a target of a metric of this kind; None where none does.

    For a percentile that is n values that all keep the limit, for a share n good cases; a maximum or figure needs one.
    """
    best = 1.0 if more_is_better(target) else 0.0
    bound = lower_share if best else upper_share
    if target.percent:
        found = deciding_percentile(target.percent, under=(1.0 - best, 1.0 - best))
    elif kind in {"share", "spread"}:
        # Where all cases are good, the bounds of a mean are those of a share.
        found = _smallest(lambda n: keeps(target, bound(round(best * n), n)), 1)
    else:
        found = 1
    return found if found is None else max(found, target.least)


def deciding_percentile(percent: float, *, under: tuple[float, float], start: int = 1) -> int | None:
    """
    The smallest n from `start` on that decides a percentile against a limit; None where none does.

    `under` is the share of the values that lie below the limit: for certain, and possibly.
    """
    certain, possible = under

    def decides(n: int) -> bool:
        if upper_rank(n, percent) <= math.floor(n * certain + _ROUNDING):
            return True
        return lower_rank(n, percent) > math.ceil(n * possible - _ROUNDING)

    return _smallest(decides, start)


def deciding_share(share: float, target: Target, *, start: int = 1) -> int | None:
    """The smallest n from `start` on that decides where a share of the cases are hits; None where none does."""

    def decides(n: int) -> bool:
        exact = share * n
        # Rounded towards the limit, so that no outcome is promised to decide earlier than it does.
        hits = math.ceil(exact - _ROUNDING) if share < target.limit else math.floor(exact + _ROUNDING)
        return _decided(target, lower_share(hits, n), upper_share(hits, n))

    return _smallest(decides, start)


def deciding_mean(average: float, target: Target, *, start: int = 1) -> int | None:
    """The smallest n from `start` on that decides where the values have this average; None where none does."""
    return _smallest(lambda n: _decided(target, lower_mean(average, n), upper_mean(average, n)), start)


def _decided(target: Target, lower: float, upper: float) -> bool:
    """Both bounds lie on one side of the limit."""
    return keeps(target, lower) == keeps(target, upper)


def _smallest(decides: Callable[[int], bool], start: int) -> int | None:
    """The smallest n from `start` on that decides; found by doubling and halving, for larger ones decide too."""
    low, high, step = start - 1, start, 1
    while not decides(high):
        if high >= LARGEST:
            return None
        low, high, step = high, min(LARGEST, high + step), step * 2
    while high - low > 1:
        middle = (low + high) // 2
        if decides(middle):
            high = middle
        else:
            low = middle
    return high
