"""One-sided bounds of a share: Clopper and Pearson's, which are exact for independent cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.targets.binomial import at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONFIDENCE", "lower_share", "upper_share"]

CONFIDENCE = 0.95
"""Of every bound: how often it lies on the right side of the truth, at the least."""

_STEPS = 200


def upper_share(hits: int, n: int, *, confidence: float = CONFIDENCE) -> float:
    """The largest share under which so few hits still occur with probability `1 - confidence`; 1 where n is 0."""
    if hits >= n:
        return 1.0
    if hits == 0:
        return float(1 - (1 - confidence) ** (1 / n))
    return _crossing(lambda share: at_most(hits, n, share) > 1 - confidence)[1]


def lower_share(hits: int, n: int, *, confidence: float = CONFIDENCE) -> float:
    """The smallest share under which so many hits still occur with probability `1 - confidence`; 0 where n is 0."""
    if hits <= 0 or n == 0:
        return 0.0
    if hits >= n:
        return float((1 - confidence) ** (1 / n))
    return _crossing(lambda share: at_least(hits, n, share) < 1 - confidence)[0]


def _crossing(below: Callable[[float], bool]) -> tuple[float, float]:
    """The two neighbours between which a monotone condition turns from true to false."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high or high - low < 1e-15 * high:
            break
        if below(middle):
            low = middle
        else:
            high = middle
    return low, high
