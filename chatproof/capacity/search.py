"""
The search for the highest level that holds: what to try next, from what is known of the levels so far.

A pure function of what was heard: doubling from the start until a level breaks, then halving what lies between the
highest that holds and the lowest that does not, until both are near enough. A verdict may be wrong by chance, so:

- a level whose verdict is not clear is tried again at once; after three such it was not shown to hold;
- a level that breaks below one that holds contradicts it: both are tried again;
- the two levels that the answer rests on are tried again until two more verdicts say the one than the other (after
  five verdicts the majority has it). All others may rest on one verdict, since a wrong one ends up as one of the two,
  and is overturned there. What remains is a level at which two verdicts in a row are wrong: of searches over a dozen
  levels that are about 1 in 200 where a single verdict is wrong in 2 of 100 cases, and 1 in 10 where it is in 10.

A run of a level in which the generator was the bottleneck has no verdict. Four of them without any other make the
level one that cannot be tried here, and nothing above it is; for each verdict a level may have four more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Bracket", "Ended", "Heard", "Span", "Step", "bracket_of", "next_step", "usual_rungs"]

_LEAD: Final = 2
_MOST_VERDICTS: Final = 5
_MOST_INVALID: Final = 4
_MOST_UNCLEAR: Final = 3
_RISE: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """
    Where to search: from `start` to `most`, in steps of no less than `step`.

    `precision` is how far apart the ends of the bracket may be at the end, as a share of the upper one. `at_least` is
    a level that is tried for itself where it lies between them.
    """

    start: float
    most: float
    precision: float = 0.05
    step: float = 1.0
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one rung said of a level: `holds`, `breaks`, `unclear` or `invalid`."""

    level: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Step:
    """The level to try next; `phase` is `doubling`, `bisecting` or `repeating`."""

    level: float
    phase: str


@dataclass(frozen=True, slots=True)
class Bracket:
    """The highest level that holds below every one that does not, and the lowest that does not; None for none."""

    holds: float | None
    breaks: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """
    The search is over.

    `outcome` is `found`, `no_failure_in_range`, `no_pass_in_range` or `generator_was_the_limit`. `not_judged` is a
    level in which the generator was the bottleneck, `contradicted` one above the bracket that seems to hold.
    """

    outcome: str
    bracket: Bracket
    not_judged: float | None = None
    contradicted: float | None = None


@dataclass(frozen=True, slots=True)
class _Level:
    """All that was heard of one level."""

    level: float
    holds: int
    breaks: int
    unclear: int
    invalid: int

    @property
    def score(self) -> int:
        """Above 0 it holds, below it does not; a third verdict that is not clear says that it was not shown to."""
        return self.holds - self.breaks - (self.unclear if self.unclear >= _MOST_UNCLEAR else 0)

    @property
    def verdicts(self) -> int:
        return self.holds + self.breaks + self.unclear

    @property
    def spent(self) -> bool:
        """Nothing more is asked of it."""
        return self.verdicts >= _MOST_VERDICTS or (self.verdicts > 0 and self._held_up)

    @property
    def settled(self) -> bool:
        return abs(self.score) >= _LEAD or self.spent

    @property
    def surely_bad(self) -> bool:
        """As `settled`, but by one verdict more: so the least level must break before nothing is said to hold."""
        return self.score <= -_LEAD - 1 or self.spent

    @property
    def impossible(self) -> bool:
        """What is not clear for the generator's sake says nothing against the backend."""
        return self._held_up and not self.holds and not self.breaks and self.unclear < _MOST_UNCLEAR

    @property
    def _held_up(self) -> bool:
        return self.invalid >= _MOST_INVALID * (self.verdicts + 1)

    @property
    def open(self) -> bool:
        """Neither the one nor the other, so that it has to be tried again at once."""
        return not self.impossible and not self.spent and not self.score

    @property
    def well(self) -> bool:
        return self.score > 0

    @property
    def badly(self) -> bool:
        """It does not hold, or was not shown to."""
        return self.score < 0 or (self.spent and not self.score and not self.impossible)


def next_step(heard: Sequence[Heard], span: Span) -> Step | Ended:
    """What to do after so much was heard; the same for the same."""
    levels = _levels(heard)
    again = next((entry.level for entry in levels if entry.open), None)
    if again is not None:
        return Step(again, "repeating")
    if not levels:
        return Step(span.start, "doubling")
    contested = _contested(levels)
    if contested is not None:
        return Step(contested, "repeating")
    bracket = _bracket(levels)
    reached = -math.inf if bracket.holds is None else bracket.holds
    impossible = min((entry.level for entry in levels if entry.impossible and entry.level > reached), default=None)
    if bracket.breaks is None:
        return _upwards(levels, bracket, span, impossible)
    return _inwards(levels, bracket, span, impossible)


def bracket_of(heard: Sequence[Heard]) -> Bracket:
    """What is known so far."""
    return _bracket(_levels(heard))


def usual_rungs(span: Span) -> int:
    """How many rungs a search needs at the most where every verdict is clear, right and valid."""
    doublings = max(0, math.ceil(math.log(max(1.0, span.most / span.start), _RISE))) + 1
    first_gap = min(0.5, 1 - span.start / span.most) if span.most > span.start else 0.0
    halvings = max(0, math.ceil(math.log2(first_gap / span.precision))) + 1 if first_gap > span.precision else 0
    return doublings + halvings + 2 + (span.at_least is not None)


def _upwards(levels: Sequence[_Level], bracket: Bracket, span: Span, impossible: float | None) -> Step | Ended:
    """Nothing has broken yet; `impossible` is the lowest level above those that hold that cannot be tried here."""
    reached = bracket.holds
    if reached is not None and (impossible is not None or reached >= span.most) and not _at(levels, reached).settled:
        return Step(reached, "repeating")
    if impossible is not None:
        return Ended(outcome="generator_was_the_limit", bracket=bracket, not_judged=impossible)
    if reached is None:  # every level was tried, and every one has a verdict
        return Step(span.start, "doubling")
    if reached >= span.most:
        return Ended(outcome="no_failure_in_range", bracket=bracket)
    return Step(min(span.most, _RISE * reached), "doubling")


def _inwards(levels: Sequence[_Level], bracket: Bracket, span: Span, impossible: float | None) -> Step | Ended:
    """The upper end of the bracket is known; without a lower one it is the least level of all."""
    low, high = bracket.holds, bracket.breaks
    assert high is not None  # noqa: S101 - for the type checker: the caller has looked
    between = impossible is not None and impossible < high
    level = None if between or low is None else _middle(low, high, span)
    if level is not None:
        return Step(level, "bisecting")
    for end in (low, high):
        if end is not None and not _at(levels, end).settled:
            return Step(end, "repeating")
    if low is None and not _at(levels, high).surely_bad:
        return Step(high, "repeating")
    return Ended(
        outcome="no_pass_in_range" if low is None else "found",
        bracket=bracket,
        not_judged=impossible if between else None,
        contradicted=max((entry.level for entry in levels if entry.well and entry.level > high), default=None),
    )


def _middle(low: float, high: float, span: Span) -> float | None:
    """A level between both ends; None where they are near enough, or there is none."""
    if span.at_least is not None and low < span.at_least < high:
        return span.at_least
    if high - low <= max(span.step, span.precision * high) * (1 + 1e-9):
        return None
    level = round(round(math.sqrt(low * high) / span.step) * span.step, 6)
    return min(max(level, round(low + span.step, 6)), round(high - span.step, 6))


def _contested(levels: Sequence[_Level]) -> float | None:
    """Of a level that breaks and a higher one that holds, the one to be tried again; None where nothing is gained."""
    bad = min((entry.level for entry in levels if entry.badly), default=math.inf)
    good = max((entry.level for entry in levels if entry.well), default=-math.inf)
    if bad > good:
        return None
    both = [entry for entry in (_at(levels, bad), _at(levels, good)) if not entry.settled]
    return min(both, key=lambda entry: (entry.verdicts, entry.level)).level if both else None


def _bracket(levels: Sequence[_Level]) -> Bracket:
    high = min((entry.level for entry in levels if entry.badly), default=None)
    wells = [entry.level for entry in levels if entry.well and (high is None or entry.level < high)]
    return Bracket(max(wells, default=None), high)


def _at(levels: Iterable[_Level], level: float) -> _Level:
    return next(entry for entry in levels if entry.level == level)


def _levels(heard: Sequence[Heard]) -> list[_Level]:
    """What was heard, by level, in ascending order."""
    found: dict[float, dict[str, int]] = {}
    for entry in heard:
        counts = found.setdefault(entry.level, {"holds": 0, "breaks": 0, "unclear": 0, "invalid": 0})
        counts[entry.verdict] += 1
    return [_Level(level, **found[level]) for level in sorted(found)]
