"""The A/A band: by how much runs of the same build differ anyway."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.comparison.resampling import change_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["band", "widening"]

WIDENING: Final = (6.314, 2.323, 1.667, 1.401, 1.254, 1.158, 1.091, 1.040)
"""
What the largest of k changes is multiplied with, from k = 1 on, so that a further one exceeds it to one side with 5 %.

For normal changes about zero whose spread is known from these k alone; from nine pairs on, their largest is enough
whatever the distribution. A test computes them again.
"""


def widening(pairs: int) -> float:
    """The factor for so many pairs."""
    return WIDENING[pairs - 1] if pairs <= len(WIDENING) else 1.0


def band(pairs: Iterable[tuple[float, float]], compares: str) -> tuple[float, float] | None:
    """
    What lies within the noise of one build, from the figure of each pair of its runs; None without a pair.

    The ends are ratios or differences. Where a run of a pair failed and the other did not, they are infinite.
    """
    sizes = [_size(change_of(first, second, compares), compares) for first, second in pairs]
    if not sizes:
        return None
    reach = max(sizes) * widening(len(sizes)) if max(sizes) else 0.0
    if compares == "difference":
        return -reach, reach
    try:
        return math.exp(-reach), math.exp(reach)
    except OverflowError:
        return 0.0, math.inf


def _size(change: float, compares: str) -> float:
    if compares == "difference":
        return abs(change)
    return abs(math.log(change)) if 0 < change < math.inf else math.inf
