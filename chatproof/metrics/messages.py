"""
Messages that are pushed to many subscribers, and what comes after a forced drop.

A subscriber whose subscription was refused, or was ended by the backend, is owed what is published until it is there
again: nobody else accounts for that.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from chatproof.metrics.durations import series_of
from chatproof.metrics.measured import Absent, Figure, Measured, Series, Share
from chatproof.samples.records import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Resumption, Sample

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


_PUSHED_BY: Final = "fan-out"
_DROPPED_BY: Final = "reconnect"
_OK: Final = 200


def messages(collected: Collected, *, metric: str, tag: str) -> Measured:
    """A metric of `MESSAGES`: per delivery, per message, or of all deliveries; all are those of one workload."""
    if tag not in {"", _PUSHED_BY}:
        return _without_tags(metric)
    found = collected.remembered("deliveries", lambda: [*_judged(collected.deliveries), *_not_there(collected)])
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
    if tag not in {"", _DROPPED_BY}:
        return _without_tags(metric)
    found = [entry for entry in collected.resumptions if not entry.warm_up]
    match metric:
        case "resume.delay":
            return _finite_first(_until(entry, entry.reconnected_ns) for entry in found)
        case "resume.catch_up":
            return _finite_first(_until(entry, entry.caught_up_ns) for entry in found if _missed(entry))
        case "resume.missing":
            value = sum(entry.missing if entry.reconnected_ns is not None else math.inf for entry in found)
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


def _judged(deliveries: Iterable[Delivery]) -> list[Delivery]:
    return [entry for entry in deliveries if not entry.warm_up]


def _not_there(collected: Collected) -> list[Delivery]:
    """The messages that subscribers did not get because their subscription had failed; those we know of, each once."""
    known = {entry.message: entry for entry in _judged(collected.deliveries)}
    published = sorted(known.values(), key=attrgetter("published_ns"))
    times = [entry.published_ns for entry in published]
    by_user: dict[tuple[str, int], list[Sample]] = {}
    for sample in collected.samples:
        if sample.operation == "subscription" and sample.workload == _PUSHED_BY:
            by_user.setdefault((sample.process, sample.user), []).append(sample)
    return [
        Delivery(
            message=entry.message,
            subscriber=user,
            process=process,
            published_ns=entry.published_ns,
            acknowledged_ns=entry.acknowledged_ns,
            deadline_ns=entry.deadline_ns,
        )
        for (process, user), samples in by_user.items()
        for begin, end in _absences(sorted(samples, key=attrgetter("start_ns")))
        for entry in published[bisect_left(times, begin) : bisect_left(times, end)]
    ]


def _absences(samples: Iterable[Sample]) -> Iterable[tuple[int, int]]:
    """
    From when to when a subscriber was not there, though not by its own doing.

    After its last attempt nothing is known: while the run goes on, the next one may be open and not over yet.
    """
    since: int | None = None
    last_ns = 0
    for sample in samples:
        opened_ns = sample.headers_ns if sample.status == _OK else None
        if since is not None and (opened_ns is not None or not sample.cause):
            yield since, sample.start_ns if opened_ns is None else opened_ns
        if sample.cause in {"", "ours"}:
            since = None
        elif opened_ns is not None:
            since = sample.end_ns
        elif since is None:
            since = sample.start_ns
        last_ns = sample.end_ns
    if since is not None:
        yield since, last_ns


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
