"""What was under way, started and ended within the judged time of a rung."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.capacity.steadiness import Halves
from chatproof.metrics.groups import judged_window_ns
from chatproof.metrics.open_streams import levels, mean_open

if TYPE_CHECKING:
    from chatproof.capacity.scale import Scale
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Sample

__all__ = ["LITTLE", "Window", "window_of"]

LITTLE: Final = 0.05
"""So far may N/(X R) be from 1, unless both sides are less than one stream apart."""

_LEAST_RECORDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    One rung in numbers; rates are by the second.

    `level` is the mean of exchanges under way, `started` and `ended` count those within the window, `well` those that
    ended as they should. `little` is N/(X R), where N is what the generator counted itself, and X R what the times in
    its samples make of it at the same moments; None where too little was counted. `hold_seconds` is the longest of 95
    in 100 whole exchanges, warm-up included, None where none ended.
    """

    seconds: float
    level: float
    started: int
    ended: int
    well: int
    little: float | None
    little_apart: float
    halves: Halves
    hold_seconds: float | None

    @property
    def little_holds(self) -> bool:
        """Little's law: what was counted fits what was timed."""
        return self.little is None or abs(self.little - 1) <= LITTLE or self.little_apart <= 1


def window_of(collected: Collected, plan: Plan, scale: Scale) -> Window:
    """The judged time of a rung in numbers."""
    begin, end = judged_window_ns(collected, plan)
    samples = [entry for entry in collected.samples if entry.operation in scale.operations and entry.cause != "ours"]
    spans = [(entry.start_ns, entry.end_ns) for entry in samples if entry.end_ns > entry.start_ns]
    ended = [entry for entry in samples if begin < entry.end_ns <= end and not entry.censored]
    middle = (begin + end) // 2
    little, apart = _little(collected, begin, end)
    whole = sorted((entry.end_ns - entry.start_ns) / 1e9 for entry in samples if not (entry.censored or entry.cause))
    return Window(
        seconds=(end - begin) / 1e9,
        level=mean_open([(max(first, begin), min(last, end)) for first, last in spans if last > begin], begin, end),
        started=sum(begin <= entry.start_ns < end for entry in samples),
        ended=len(ended),
        well=sum(not entry.cause for entry in ended),
        little=little,
        little_apart=apart,
        halves=Halves(
            level=(mean_open(spans, begin, middle), mean_open(spans, middle, end)),
            ended=(sum(entry.end_ns <= middle for entry in ended), sum(entry.end_ns > middle for entry in ended)),
            latency=_latency(samples, begin, middle, end),
            scheduled=scale.rate,
        ),
        hold_seconds=whole[int(0.95 * (len(whole) - 1))] if whole else None,
    )


def _little(collected: Collected, begin: int, end: int) -> tuple[float | None, float]:
    """
    N/(X R), and by how many streams both sides are apart on average.

    Over a window X R is the sum of all durations by its length, which is the mean of what was under way by the samples:
    taken at the moments of the health records it needs no correction for what crosses the window's edges.
    """
    told = [record for record in collected.health if begin < record.at_ns <= end and record.process != "master"]
    if len(told) < _LEAST_RECORDS:
        return None, 0.0
    counted = sum(record.streams for record in told)
    expected = 0
    for name in {record.process for record in told}:
        own = [(entry.start_ns, entry.end_ns) for entry in collected.samples if entry.process == name]
        moments, numbers = levels(own)
        for record in told:
            if record.process == name:
                expected += _at(moments, numbers, record.at_ns)
    if not expected:
        return None, counted / len(told)
    return counted / expected, abs(counted - expected) / len(told)


def _at(moments: list[int], numbers: list[int], at: int) -> int:
    place = bisect_right(moments, at)
    return numbers[place - 1] if place else 0


def _latency(samples: list[Sample], begin: int, middle: int, end: int) -> tuple[list[float], list[float]]:
    """Seconds to the first token, or to the end of what has none, of what went well in each half."""
    halves: tuple[list[float], list[float]] = ([], [])
    for entry in samples:
        if entry.sent_ns is None or entry.cause or not begin <= entry.start_ns < end:
            continue
        last = entry.token_ns if entry.operation == "turn" else None if entry.censored else entry.end_ns
        if last is not None and entry.operation != "subscription":
            halves[entry.start_ns >= middle].append((last - entry.sent_ns) / 1e9)
    return halves
