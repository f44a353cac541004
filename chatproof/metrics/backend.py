"""What was seen of the backend itself: memory, CPU, open files, and the memory that one connection takes."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from chatproof.metrics.groups import STREAMS
from chatproof.metrics.measured import Absent, Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Reading, Sample

__all__ = ["BACKEND", "SLOW_TAG", "backend", "slope"]

SLOW_TAG: Final = "slow"
"""The tag of streams whose reader is slow."""

_DECLARE: Final = "[observe]\npid = 4711"
_LEAST_READINGS: Final = 5
_LEAST_STREAMS: Final = 10

_HIGHEST: Final[Mapping[str, tuple[str, Callable[[Reading], float | None]]]] = {
    "backend.rss": ("memory", lambda reading: reading.rss_bytes),
    "backend.open_files": ("open files", lambda reading: reading.open_files),
}
_LEFT: Final[Mapping[str, tuple[str, Callable[[Reading], float | None]]]] = {
    "rss.left": ("memory", lambda reading: reading.rss_bytes),
    "open_files.left": ("open files", lambda reading: reading.open_files),
}
BACKEND: Final = frozenset({*_HIGHEST, *_LEFT, "backend.cpu", "rss_per_connection", "rss_per_slow_reader"})
"""The metrics that follow from readings of the backend."""


def backend(collected: Collected, *, metric: str, tag: str) -> Figure | Absent:
    """A metric of `BACKEND`; absent where the backend is not observed, or tells no such thing."""
    if tag:
        return Absent(reason=f"{metric} is that of the whole backend, and not of {tag}")
    readings = sorted(collected.readings, key=lambda reading: reading.at_ns)
    if not readings:
        return Absent(reason="the backend's process is not observed", declare=_DECLARE)
    if metric in _HIGHEST:
        what, pick = _HIGHEST[metric]
        found = _told(readings, pick, "load")
        return Figure(value=max(found), n=len(found)) if found else _untold(what)
    if metric in _LEFT:
        what, pick = _LEFT[metric]
        before, after = _told(readings, pick, "before"), _told(readings, pick, "after")
        return Figure(value=after[-1] - before[-1], n=len(after)) if before and after else _untold(what)
    if metric == "backend.cpu":
        found = _told(readings, lambda reading: reading.cpu, "load")
        return Figure(value=sum(found) / len(found), n=len(found)) if found else _untold("CPU")
    return _per_stream(readings, collected.samples, slow=metric == "rss_per_slow_reader")


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """The slope of the line of least squares through (x, y); None where x does not vary."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _y in points) / max(1, n), sum(y for _x, y in points) / max(1, n)
    spread = sum((x - mean_x) ** 2 for x, _y in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else None


def _per_stream(readings: Iterable[Reading], samples: Iterable[Sample], *, slow: bool) -> Figure | Absent:
    """Over the readings before and during the load; memory that is not given back afterwards would flatten it."""
    open_at = _counter(sample for sample in samples if SLOW_TAG in sample.tags or not slow)
    points = [
        (float(open_at(reading.at_ns) if slow or reading.connections is None else reading.connections), float(rss))
        for reading in readings
        if reading.phase != "after" and (rss := reading.rss_bytes) is not None
    ]
    levels = [x for x, _y in points]
    if len(points) < _LEAST_READINGS or max(levels) - min(levels) < _LEAST_STREAMS:
        what = "streams with a slow reader" if slow else "open streams"
        return Absent(
            reason=f"the number of {what} did not vary by {_LEAST_STREAMS} over {_LEAST_READINGS} readings or more"
        )
    return Figure(value=slope(points) or 0.0, n=len(points))


def _counter(samples: Iterable[Sample]) -> Callable[[int], int]:
    """How many of these streams are open at a moment, from their request to their end."""
    found = [sample for sample in samples if sample.operation in STREAMS]
    starts = sorted(sample.start_ns if sample.sent_ns is None else sample.sent_ns for sample in found)
    ends = sorted(sample.end_ns for sample in found)
    return lambda at: bisect_right(starts, at) - bisect_right(ends, at)


def _told(readings: Iterable[Reading], pick: Callable[[Reading], float | None], phase: str) -> list[float]:
    found = (pick(reading) for reading in readings if reading.phase == phase)
    return [float(value) for value in found if value is not None]


def _untold(what: str) -> Absent:
    return Absent(reason=f"the {what} of the backend's process could not be read", declare=_DECLARE)
