"""Messages that are pushed to many subscribers, and what comes after a forced drop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.metrics.durations import series_of
from chatproof.metrics.measured import Absent, Figure, Measured, Series, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Delivery, Resumption

__all__ = ["MESSAGES", "RESUMPTIONS", "by_subscriber", "messages", "push_ns", "resumptions"]

MESSAGES: Final = frozenset(
    {
        "push",
        "push.first",
        "push.median",
        "push.last",
        "push.spread",
        "push.doubles",
        "push.reorders",
        "delivery_ratio",
    }
)
RESUMPTIONS: Final = frozenset(
    {"resume.delay", "resume.catch_up", "resume.missing", "resume.doubles", "resume.reorders"}
)


def messages(collected: Collected, *, metric: str, tag: str) -> Measured:
    """A metric of `MESSAGES`: per delivery, per message, or of all deliveries."""
    if tag:
        return _without_tags(metric)
    found = [entry for entry in collected.deliveries if not entry.warm_up]
    match metric:
        case "push":
            return _finite_first(map(push_ns, found))
        case "delivery_ratio":
            return Share(hits=sum(entry.received_ns is not None for entry in found), n=len(found))
        case "push.doubles":
            return Figure(value=float(sum(entry.doubles for entry in found)), n=len(found))
        case "push.reorders":
            return Figure(value=float(sum(entry.reordered for entry in found)), n=len(found))
    pick = _OF_MESSAGE[metric]
    return _finite_first(pick(times) for times in _by_message(found).values())


def resumptions(collected: Collected, *, metric: str, tag: str) -> Measured:
    """A metric of `RESUMPTIONS`."""
    if tag:
        return _without_tags(metric)
    found = [entry for entry in collected.resumptions if not entry.warm_up]
    match metric:
        case "resume.delay":
            return _finite_first(_until(entry, entry.reconnected_ns) for entry in found)
        case "resume.catch_up":
            return _finite_first(_until(entry, entry.caught_up_ns) for entry in found if _missed(entry))
        case "resume.missing":
            value = sum(entry.missing for entry in found)
        case "resume.doubles":
            value = sum(entry.doubles for entry in found)
        case _:
            value = sum(entry.reordered for entry in found)
    return Figure(value=float(value), n=len(found))


def push_ns(delivery: Delivery) -> float:
    """From sending a message to its arrival; infinite where it did not come in time."""
    return math.inf if delivery.received_ns is None else float(delivery.received_ns - delivery.published_ns)


def by_subscriber(deliveries: Iterable[Delivery]) -> dict[tuple[str, int], list[float]]:
    """The sorted push latencies of each subscriber, outside the warm-up."""
    found: dict[tuple[str, int], list[float]] = {}
    for entry in deliveries:
        if not entry.warm_up:
            found.setdefault((entry.process, entry.subscriber), []).append(push_ns(entry))
    return {key: sorted(times) for key, times in found.items()}


def _by_message(found: Iterable[Delivery]) -> dict[str, list[float]]:
    """The sorted push latencies of each message."""
    times: dict[str, list[float]] = {}
    for entry in found:
        times.setdefault(entry.message, []).append(push_ns(entry))
    for entries in times.values():
        entries.sort()
    return times


def _spread(times: list[float]) -> float:
    return math.inf if math.isinf(times[-1]) else times[-1] - times[0]


_OF_MESSAGE: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "push.first": lambda times: times[0],
    "push.median": lambda times: times[(len(times) - 1) // 2],
    "push.last": lambda times: times[-1],
    "push.spread": _spread,
}


def _missed(entry: Resumption) -> bool:
    """Whether there was anything to catch up with."""
    return entry.caught_up_ns is not None or entry.missing > 0 or entry.reconnected_ns is None


def _until(entry: Resumption, moment_ns: int | None) -> float:
    return math.inf if moment_ns is None else float(moment_ns - entry.dropped_ns)


def _finite_first(values: Iterable[float]) -> Series:
    every = list(values)
    finite = [value for value in every if not math.isinf(value)]
    return series_of(finite, infinite=len(every) - len(finite))


def _without_tags(metric: str) -> Absent:
    return Absent(reason=f"{metric} is measured per message and drop, which have no tags")
