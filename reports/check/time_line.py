"""One exchange as marks on a time line: for a picture, and in a few lines of text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ..charts.scale import linear
from ..text import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatproof.run import Evidence, EvidenceFrame

__all__ = ["Gap", "Lane", "TimeLine", "compact", "time_line"]

FIRST_LINES = 5
LAST_LINES = 3
MORE_VIOLATIONS = 2
STEPS = 400
LEFT, RIGHT = 2.0, 98.0
LONG_GAP = 0.15
DENSE = 0.7
_LANES = (
    ("event", "event", "events"),
    ("comment", "comment", "comments"),
    ("silent", "block without data", "blocks without data"),
    ("data", "body", "bodies"),
    ("violation", "violation", "violations"),
)
_CLEAN_ENDS = ("terminal chunk", "length reached", "no body", "connection closed")


@dataclass(frozen=True, slots=True)
class Lane:
    """
    The marks of one kind: `places` in percent of the picture's width, and how many marks they stand for.

    Where they are `dense`, marks cover one another: an outline would hide all but the last.
    """

    kind: str
    title: str
    places: tuple[float, ...]
    count: int
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """The longest silence after the head, from and to in percent, where it is a large part of the whole."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """
    The geometry of a picture, horizontal places in percent so that it fits every width.

    `head` is where the head had arrived (None without an answer), `end` where the body ended and `ended` when,
    `ticks` are places with their round times.
    """

    lanes: tuple[Lane, ...]
    head: float | None
    end: float
    ended: str
    clean: bool
    gap: Gap | None
    ticks: tuple[tuple[float, str], ...]
    summary: str


def time_line(evidence: Evidence) -> TimeLine:
    """The picture of an exchange; marks closer than a 400th of its width are drawn as one."""
    last = max([evidence.ended_seconds, evidence.head_seconds or 0.0, *(f.at_seconds for f in evidence.frames)])
    whole = last if last > 0 else 1.0

    def place(seconds: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * round(seconds / whole * STEPS) / STEPS, 2)

    lanes = []
    for kind, one, many in _LANES:
        marks = [place(frame.at_seconds) for frame in evidence.frames if frame.kind == kind]
        if marks:
            places = tuple(dict.fromkeys(marks))
            dense = any(abs(after - before) < DENSE for before, after in pairwise(places))
            lanes.append(Lane(kind, one if len(marks) == 1 else many, places, len(marks), dense))
    gap = _longest_gap(evidence)
    drawn = None
    if gap is not None and gap[1] - gap[0] >= LONG_GAP * whole:
        drawn = Gap(place(gap[0]), place(gap[1]), duration(gap[1] - gap[0]))
    return TimeLine(
        lanes=tuple(lanes),
        head=None if evidence.head_seconds is None else place(evidence.head_seconds),
        end=place(evidence.ended_seconds),
        ended=duration(evidence.ended_seconds),
        clean=evidence.end in _CLEAN_ENDS,
        gap=drawn,
        ticks=tuple(_ticks(whole)),
        summary=_summary(evidence, lanes),
    )


def compact(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """
    The exchange in at most 13 lines: a time and what was seen; the head first, the end last.

    Of many marks these are the first five, the last three, and up to two violations between them.
    """
    if evidence.head_seconds is not None:
        media = next((value for name, value in evidence.headers if name.lower() == "content-type"), "")
        yield duration(evidence.head_seconds), f"status {evidence.status} {evidence.reason} {media}".strip()
    first, last = evidence.frames[:FIRST_LINES], evidence.frames[FIRST_LINES:][-LAST_LINES:]
    between = evidence.frames[FIRST_LINES : len(evidence.frames) - len(last)]
    violations = [frame for frame in between if frame.kind == "violation"][:MORE_VIOLATIONS]
    yield from map(_mark, first)
    yield from map(_mark, violations)
    left_out = len(between) - len(violations) + evidence.frames_left_out
    if left_out:
        yield "", f"... {left_out} more"
    yield from map(_mark, last)
    trouble = f" ({evidence.trouble})" if evidence.trouble else ""
    yield duration(evidence.ended_seconds), f"end: {evidence.end}{trouble}, {evidence.body_bytes:,} bytes"


def _ticks(whole: float) -> Iterator[tuple[float, str]]:
    axis = linear(0.0, whole, "s", snug=True)
    for tick in axis.ticks:
        yield round(LEFT + (RIGHT - LEFT) * tick.place, 2), f"{tick.text} {axis.unit}" if tick.place else tick.text


def _mark(frame: EvidenceFrame) -> tuple[str, str]:
    return duration(frame.at_seconds), " ".join(part for part in (frame.kind, frame.name, frame.text) if part)


def _longest_gap(evidence: Evidence) -> tuple[float, float] | None:
    """The longest time between two marks after the head; nothing where frames were left out of the evidence."""
    if evidence.head_seconds is None or evidence.frames_left_out:
        return None
    moments = sorted([evidence.head_seconds, *(f.at_seconds for f in evidence.frames), evidence.ended_seconds])
    pairs = list(pairwise(moments))
    return max(pairs, key=lambda pair: pair[1] - pair[0])


def _summary(evidence: Evidence, lanes: Sequence[Lane]) -> str:
    seen = ", ".join(f"{lane.count} {lane.title}" for lane in lanes) or "nothing"
    head = "no answer" if evidence.head_seconds is None else f"head after {duration(evidence.head_seconds)}"
    return f"{head}; {seen}; ended after {duration(evidence.ended_seconds)}: {evidence.end}"
