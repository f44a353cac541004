"""
One-sided bounds of the mean of values between 0 and 1, such as the part of its time that a stream was up.

They follow from Hoeffding's inequality in its sharp form (theorem 1 of his paper of 1963): for independent values with
mean m, an average of a or more has at most the probability `exp(-n KL(a, m))`, where KL is the relative entropy of two
coins. So the bounds are valid for every distribution and every n, and need nothing but the average. Where all values
are 1 they equal Clopper and Pearson's: 299 streams that were up all the time show more than 99 %.
"""

from __future__ import annotations

import math

from chatproof.targets.shares import CONFIDENCE

__all__ = ["lower_mean", "upper_mean"]

_STEPS = 200


def lower_mean(average: float, n: int, *, confidence: float = CONFIDENCE) -> float:
    """The mean that the true one is not below, with probability `confidence`; 0 where n is 0."""
    if n == 0 or average <= 0:
        return 0.0
    allowed = -math.log1p(-confidence) / n
    low, high = 0.0, min(1.0, average)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _entropy(average, middle) > allowed:
            low = middle
        else:
            high = middle
    return low


def upper_mean(average: float, n: int, *, confidence: float = CONFIDENCE) -> float:
    """The mean that the true one is not above, with probability `confidence`; 1 where n is 0."""
    return 1.0 - lower_mean(1.0 - average, n, confidence=confidence)


def _entropy(average: float, mean: float) -> float:
    """The relative entropy of a coin that falls on 1 with `average` to one with `mean`, in nats."""
    if mean <= 0:
        return math.inf
    up = average * math.log(average / mean) if average > 0 else 0.0
    rest = 1.0 - average
    down = rest * math.log(rest / (1.0 - mean)) if rest > 0 else 0.0
    return up + down
