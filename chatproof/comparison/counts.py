"""What a count of a run consists of: faults that come together are one event, and say as little as one."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Delivery

__all__ = ["COUNTS", "events", "size_of"]


def events(metric: str, collected: Collected) -> list[float] | None:
    """
    The sizes of the events that a count of `COUNTS` is the sum of: by message, by drop, or by stream.

    None where one of them is without bound, such as a subscriber that never came back.
    """
    found = [size for size in COUNTS[metric](collected) if size]
    return found if all(map(math.isfinite, found)) else None


def size_of(found: list[float] | None) -> float | None:
    """
    The size of an event that varies as much as those do: large ones weigh more than small ones.

    None where there are none.
    """
    return math.fsum(size * size for size in found) / math.fsum(found) if found else None


def _by_message(collected: Collected, of: Callable[[Delivery], int]) -> Iterable[float]:
    found: Counter[str] = Counter()
    for entry in collected.deliveries:
        if not entry.warm_up:
            found[entry.message] += of(entry)
    return map(float, found.values())


def _missing(collected: Collected) -> Iterable[float]:
    return (
        math.inf if entry.reconnected_ns is None else float(entry.missing)
        for entry in collected.resumptions
        if not entry.warm_up
    )


COUNTS: Final[Mapping[str, Callable[[Collected], Iterable[float]]]] = {
    "push.doubles": lambda collected: _by_message(collected, lambda entry: entry.doubles),
    "push.reorders": lambda collected: _by_message(collected, lambda entry: entry.reordered),
    "resume.missing": _missing,
    "resume.doubles": lambda collected: (float(it.doubles) for it in collected.resumptions if not it.warm_up),
    "resume.reorders": lambda collected: (float(it.reordered) for it in collected.resumptions if not it.warm_up),
    "heartbeat.missed": lambda collected: (float(it.beats_missed) for it in collected.samples if not it.warm_up),
    "violations": lambda collected: (float(bool(it.violations)) for it in collected.samples if not it.warm_up),
}
"""The metrics that count what should never be."""
