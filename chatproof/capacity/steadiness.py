"""Whether a rung had a steady state: its two halves must not differ by more than chance."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Halves", "drift"]

_LEVEL: Final = 0.10
_THROUGHPUT: Final = 0.20
_LATENCY: Final = 0.25
_LEAST_VALUES: Final = 10
_DEVIATIONS: Final = 3.3
_LEAST_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """
    What the two halves of a window show, as pairs.

    `level` is the mean of what was under way, `ended` counts turns that ended, `latency` holds seconds of each turn
    that started. `scheduled` says that starts follow a schedule by chance: the level is then a matter of chance too.
    """

    level: tuple[float, float]
    ended: tuple[int, int]
    latency: tuple[Sequence[float], Sequence[float]]
    scheduled: bool = False


def drift(halves: Halves) -> str:
    """
    What went up or down from the first half to the second, in one phrase; empty where nothing did.

    A difference counts where it is both large (10 % of the level, 20 % of the throughput, 25 % of the median latency)
    and no chance: beyond 3.3 standard deviations of counts (and one turn of each stream, since streams of one length
    end in waves), or by Mann and Whitney's test of ranks. The level of users who start at once again is no chance.
    """
    first, second = halves.level
    before, after = halves.ended
    by_chance = _level_by_chance(max(first, second), before, after) if halves.scheduled else 0.0
    if abs(second - first) > max(1.0, _LEVEL * max(first, second), by_chance):
        return f"the level went from {first:.3g} to {second:.3g} within the rung"
    wave = (first + second) / 2
    if abs(after - before) > max(_THROUGHPUT * (before + after) / 2, _DEVIATIONS * math.sqrt(before + after), wave):
        return f"{before} turns ended in its first half and {after} in its second"
    early, late = halves.latency
    if min(len(early), len(late)) >= _LEAST_VALUES:
        was, became = median(early), median(late)
        large = abs(became - was) > max(_LEAST_SECONDS, _LATENCY * min(was, became))
        if large and abs(_rank_deviation(early, late)) > _DEVIATIONS:
            return f"the median latency went from {was * 1e3:.4g} ms to {became * 1e3:.4g} ms within the rung"
    return ""


def _level_by_chance(level: float, before: int, after: int) -> float:
    """
    How far the mean levels of two halves are apart by chance where starts come by Poisson.

    The mean of a half has the variance N x hold time / half, which is N^2 / turns that ended in it.
    """
    return _DEVIATIONS * level * math.sqrt(1 / max(1, before) + 1 / max(1, after))


def _rank_deviation(early: Sequence[float], late: Sequence[float]) -> float:
    """Mann and Whitney's U in standard deviations from its mean; 0 where both halves are alike."""
    ordered = sorted(early)
    above = sum((bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 for value in late)
    pairs = len(early) * len(late)
    deviation = math.sqrt(pairs * (len(early) + len(late) + 1) / 12)
    return (above - pairs / 2) / deviation
