"""Whether the load was the one that was planned, and whether what was counted fits together."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from chatproof.load_run.watched import broken, not_observed, sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.load_facts import ValidityCheck
    from chatproof.load_run.watched import Watched

__all__ = ["dropped_starts", "little", "offered"]

_DROPPED: Final = 0.01
_OFFERED: Final = 0.99
_LITTLE: Final = 0.05
_LEAST_RECORDS: Final = 5
_LEAST_STREAMS: Final = 5.0
_UNREAD: Final = 1
"""So many streams of a process may have ended at the kernel and still be unread when they are counted."""


def dropped_starts(watched: Watched) -> ValidityCheck:
    """Starts of an open loop that could not be made because all users were busy."""
    name, limit = "dropped_starts", f"at most {_DROPPED:.0%} of those due"
    why = "a start that is not made is not measured, and it would have been one of the slow ones"
    planned, _offered, dropped = _starts(watched)
    if not planned:
        return not_observed(name, found=_no_schedule(watched), limit=limit, why=why)
    found = f"{dropped:,} of {planned:,}"
    if dropped > _DROPPED * planned:
        remedy = "allow more users (--users), so that a slow backend cannot hold up the schedule"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    return sound(name, found=found, limit=limit, why=why)


def offered(watched: Watched) -> ValidityCheck:
    """The starts that were made, of those that were due."""
    name, limit = "offered", f"at least {_OFFERED:.0%} of the planned rate"
    why = "a backend under a lighter load than planned looks quicker than it is"
    planned, made, _dropped = _starts(watched)
    if not planned:
        return not_observed(name, found=_no_schedule(watched), limit=limit, why=why)
    found = f"{made / planned:.1%} ({made:,} of {planned:,} starts)"
    # one start may be due in one record and made in the next
    if made + len(watched.health) < _OFFERED * planned:
        remedy = "use fewer starts a second, more processes (--processes), or allow more users (--users)"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    return sound(name, found=found, limit=limit, why=why)


def little(watched: Watched) -> ValidityCheck:
    """
    Little's law: the streams that the generator had under way are its throughput times their duration.

    Both sides are taken at the same moments, those of the health records: how many streams the process had under
    way then, and how many it should have had by the times in its samples. So the load need not be steady.
    """
    name, limit = "little", f"N/(XR) within {_LITTLE:.0%} of 1, or one stream apart"
    why = "more streams under way than the samples account for: their times leave out something that users waited for"
    counted = expected = records = 0
    lost = set(watched.collected.lost)
    open_at = _open_streams(watched)
    for process, told in watched.health.items():
        if process not in lost:
            for record in told:
                counted += record.streams
                expected += open_at(process, record.at_ns)
                records += 1
    if records < _LEAST_RECORDS or max(counted, expected) < _LEAST_STREAMS * records:
        found = f"needs {_LEAST_STREAMS:g} streams per process or more in each of {_LEAST_RECORDS} records of health"
        return not_observed(name, found=found, limit=limit, why=why)
    ratio = counted / expected if expected else float("inf")
    found = f"N/(XR) = {ratio:.3f} (N = {counted / records:.1f} per process)"
    if abs(counted - expected) > _LITTLE * expected + _UNREAD * records:
        remedy = "look at the generator's lag above; use fewer users or more processes (--processes)"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    return sound(name, found=found, limit=limit, why=why)


def _open_streams(watched: Watched) -> Callable[[str, int], int]:
    """How many exchanges of a process were under way at a moment, by their samples; warm-up included."""
    starts: dict[str, list[int]] = {}
    ends: dict[str, list[int]] = {}
    for sample in watched.collected.samples:
        starts.setdefault(sample.process, []).append(sample.start_ns)
        ends.setdefault(sample.process, []).append(sample.end_ns)
    for times in (*starts.values(), *ends.values()):
        times.sort()
    return lambda process, at: bisect_right(starts.get(process, ()), at) - bisect_right(ends.get(process, ()), at)


def _starts(watched: Watched) -> tuple[int, int, int]:
    records = watched.records
    return (
        sum(record.planned for record in records),
        sum(record.offered for record in records),
        sum(record.dropped for record in records),
    )


def _no_schedule(watched: Watched) -> str:
    if watched.plan.arrivals == "closed":
        return "a closed loop has no schedule: a turn starts when the last has ended"
    return "no start was due in the judged time"
