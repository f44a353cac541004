"""
The binomial distribution, exact to about 13 digits for up to a million cases.

Single terms are computed by Loader's saddle-point expansion ("Fast and accurate computation of binomial
probabilities", 2000), which loses no digits to the difference of large logarithms; sums by the continued fraction of
the incomplete beta function.
"""

from __future__ import annotations

import math

__all__ = ["at_least", "at_most", "exactly"]

_HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)
_TABLED = 16
_NEAR = 0.1
_TINY = 1e-300
_PRECISION = 1e-16
_TERMS = 100_000


def exactly(hits: int, n: int, share: float) -> float:
    """The probability of exactly `hits` of `n` independent cases where each is one with probability `share`."""
    if not 0 <= hits <= n:
        return 0.0
    if share <= 0 or share >= 1:
        return float(hits == (0 if share <= 0 else n))
    if hits == 0:
        return math.exp(n * math.log1p(-share))
    if hits == n:
        return math.exp(n * math.log(share))
    misses = n - hits
    exponent = _stirling_error(n) - _stirling_error(hits) - _stirling_error(misses)
    exponent -= _deviance(hits, n * share) + _deviance(misses, n * (1 - share))
    return math.exp(exponent) * math.sqrt(n / (2 * math.pi * hits * misses))


def at_most(hits: int, n: int, share: float) -> float:
    """The probability of `hits` or fewer of `n` cases."""
    if hits < 0:
        return 0.0
    if hits >= n or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    # Each of the two sums is computed where it converges fast, and is then the smaller one or near it.
    if hits < (n + 1) * share - 1:
        return _incomplete_beta(n - hits, hits + 1, 1 - share, share)
    return 1.0 - _incomplete_beta(hits + 1, n - hits, share, 1 - share)


def at_least(hits: int, n: int, share: float) -> float:
    """The probability of `hits` or more of `n` cases."""
    if hits <= 0:
        return 1.0
    if hits > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    if hits > (n + 1) * share:
        return _incomplete_beta(hits, n - hits + 1, share, 1 - share)
    return 1.0 - _incomplete_beta(n - hits + 1, hits, 1 - share, share)


def _incomplete_beta(a: int, b: int, x: float, y: float) -> float:
    """The regularised incomplete beta function at x, with y = 1 - x, by Lentz's method."""
    front = exactly(a, a + b, x) * b / (a + b)
    if front == 0.0:
        return 0.0
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    found = d
    for term in range(1, _TERMS):
        even = term * (b - term) * x / ((a + 2 * term - 1) * (a + 2 * term))
        odd = -(a + term) * (a + b + term) * x / ((a + 2 * term) * (a + 2 * term + 1))
        for step in (even, odd):
            d = 1.0 + step * d
            c = 1.0 + step / c
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = c if abs(c) > _TINY else _TINY
            found *= c * d
        if abs(c * d - 1.0) < _PRECISION:
            break
    return min(1.0, front * found) if y > 0 else 1.0


def _stirling_error(n: int) -> float:
    """By how much the logarithm of n! exceeds Stirling's formula."""
    if n < _TABLED:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - _HALF_LOG_TAU if n else 0.0
    square = n * n
    series = 1 / 1188
    for numerator in (1 / 1680, 1 / 1260, 1 / 360, 1 / 12):
        series = numerator - series / square
    return series / n


def _deviance(x: float, mean: float) -> float:
    """`x log(x / mean) + mean - x`, without cancellation where both are near."""
    difference = x - mean
    if abs(difference) >= _NEAR * (x + mean):
        return x * math.log(x / mean) - difference
    ratio = difference / (x + mean)
    total = difference * ratio
    power = 2 * x * ratio
    square = ratio * ratio
    for odd in range(3, 1000, 2):
        power *= square
        more = total + power / odd
        if more == total:
            break
        total = more
    return total
