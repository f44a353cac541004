"""
One-sided bounds of a percentile by order statistics: exact whatever the distribution, failures included.

Of n independent values, how many lie at or below the true percentile is binomial. So a certain rank of the sorted
values lies above it with at least 95 % probability, and another one below it.
"""

from __future__ import annotations

from functools import lru_cache

from chatproof.targets.binomial import at_least, at_most
from chatproof.targets.shares import CONFIDENCE

__all__ = ["lower_rank", "upper_rank"]


@lru_cache(maxsize=4096)
def upper_rank(n: int, percent: float, *, confidence: float = CONFIDENCE) -> int:
    """The smallest rank (from 1) that bounds the percentile from above; n + 1 where n is too small for any."""
    low, high = 1, n + 1
    while low < high:
        middle = (low + high) // 2
        if middle <= n and at_most(middle - 1, n, percent / 100) >= confidence:
            high = middle
        else:
            low = middle + 1
    return low


@lru_cache(maxsize=4096)
def lower_rank(n: int, percent: float, *, confidence: float = CONFIDENCE) -> int:
    """The largest rank (from 1) that bounds the percentile from below; 0 where n is too small for any."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        if at_least(middle, n, percent / 100) >= confidence:
            low = middle
        else:
            high = middle - 1
    return low
