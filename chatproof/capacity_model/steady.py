"""The rungs that a model may use: those with a steady state, a generator that kept up, and numbers that exist."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts, Rung

__all__ = ["hold_seconds", "steady_rungs"]

_LARGEST: Final = 1e12
_ENDING: Final = "streams"


def steady_rungs(facts: CapacityFacts) -> list[Rung]:
    """The rungs with a valid steady state in which something was under way and something ended, by rising load."""
    found = [
        rung
        for rung in facts.rungs
        if rung.steady and rung.verdict != "invalid" and _positive(rung.level_seen) and _positive(rung.throughput)
    ]
    return sorted(found, key=lambda rung: rung.level_seen)


def hold_seconds(rung: Rung, *, unit: str) -> float | None:
    """
    How long a stream of the rung was held, by Little's law (R = N / X); None where nothing ended.

    It is known of streams alone: a rate is no number under way, and of subscriptions the deliveries are counted.
    """
    if unit != _ENDING or not _positive(rung.level_seen) or not _positive(rung.throughput):
        return None
    held = rung.level_seen / rung.throughput
    return held if _positive(held) else None


def _positive(value: float) -> bool:
    return math.isfinite(value) and 0 < value < _LARGEST
