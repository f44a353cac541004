"""How many streams were open when: exactly, by a sweep over their starts and ends."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from chatproof.metrics.groups import STREAMS, judged_window_ns, tagged
from chatproof.metrics.measured import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Sample

__all__ = ["concurrency", "counted", "intervals", "levels", "mean_open", "peak_open", "under_way"]

_TAKES_TOKENS: Final = "turn"
Interval = tuple[int, int]


def concurrency(collected: Collected, plan: Plan, *, tag: str = "", mean: bool = False) -> Figure:
    """
    The peak (or the mean over time) of open streams within the judged window.

    Streams that began in the warm-up and were still open after it count from its end on.
    """
    begin, end = judged_window_ns(collected, plan)
    every = _intervals(collected, tag)
    number = sum(last > begin for _first, last in every)
    if mean:
        return Figure(value=mean_open(every, begin, end), n=number)
    moments, numbers = counted(collected, tag)
    at_begin = max(0, bisect_right(moments, begin) - 1)
    return Figure(value=float(max(numbers[at_begin:], default=0)), n=number)


def counted(collected: Collected, tag: str = "") -> tuple[list[int], list[int]]:
    """Moments and numbers (as `levels`) of the streams that concurrency counts, warm-up included."""
    return collected.remembered(("counted", tag), lambda: levels(_intervals(collected, tag)))


def _intervals(collected: Collected, tag: str) -> list[Interval]:
    return collected.remembered(
        ("intervals", tag), lambda: intervals(sample for sample in collected.samples if tagged(sample, tag))
    )


def under_way(collected: Collected) -> tuple[list[int], list[int]]:
    """Moments and numbers (as `levels`) of all streams from their start to their end, whatever became of them."""
    return collected.remembered(
        "under way",
        lambda: levels(
            (sample.start_ns, sample.end_ns)
            for sample in collected.samples
            if sample.operation in STREAMS and sample.end_ns > sample.start_ns
        ),
    )


def intervals(samples: Iterable[Sample]) -> list[Interval]:
    """
    From when to when each stream counts as open, in nanoseconds: without its last moment.

    A turn counts from its first token, any other stream (and one that is planned to stay open) from its first frame;
    a stream that failed does not count at all.
    """
    found = []
    for sample in samples:
        if sample.cause or sample.operation not in STREAMS:
            continue
        first = sample.token_ns if sample.operation == _TAKES_TOKENS and sample.planned_ns is None else sample.frame_ns
        if first is not None and sample.end_ns > first:
            found.append((first, sample.end_ns))
    return found


def peak_open(found: Iterable[Interval]) -> int:
    """The most intervals that hold one moment."""
    return max(levels(found)[1], default=0)


def mean_open(found: Sequence[Interval], begin: int, end: int) -> float:
    """How many intervals hold a moment between `begin` and `end`, on average; 0 for an empty time."""
    if end <= begin:
        return 0.0
    inside = ((max(first, begin), min(last, end)) for first, last in found if first < end and last > begin)
    return sum(last - first for first, last in inside) / (end - begin)


def levels(found: Iterable[Interval]) -> tuple[list[int], list[int]]:
    """
    How many intervals hold each moment: the moments at which one begins or ends, in order, and the number after each.

    Where several begin or end at one moment, the ends come first, so that its last entry holds from there on.
    """
    events: list[int] = []
    for first, last in found:
        events += (2 * first + 1, 2 * last)
    events.sort()
    return [event >> 1 for event in events], list(accumulate([1 if event & 1 else -1 for event in events]))
