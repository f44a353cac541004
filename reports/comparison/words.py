"""What a comparison says, in words: the same in every format."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.exit_code import ExitCode

from ..quantity import quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.comparison.facts import Change, Comparison, FigureChange, Side

__all__ = [
    "MARKS",
    "band_text",
    "change_text",
    "confidence_line",
    "counts_line",
    "headline",
    "interval_text",
    "moved",
    "side_text",
    "value_text",
    "verdict_text",
    "word",
]

MARKS: Final[Mapping[str, str]] = {
    "worse": "not_met",
    "better": "met",
    "changed": "not_testable",
    "vanished": "not_testable",
    "appeared": "not_claimed",
    "no difference shown": "same",
}
"""The verdict whose mark and colour a word has; `same` is a mark of the page's own, of no colour."""

_WORDS: Final[Mapping[str, str]] = {"": "not there", "not_judged": "not judged", "not_ticked": "not ticked"}
_WHOLE: Final = 100.0
_TWICE: Final = 2.0
_SMALL: Final = 10.0


def word(verdict: str) -> str:
    """A word of a verdict, or of a box, as people read it."""
    return _WORDS.get(verdict, verdict.replace("_", " "))


def headline(comparison: Comparison) -> str:
    """The outcome in a few words."""
    if comparison.exit_code == ExitCode.NO_VERDICT:
        return "Not compared"
    if comparison.exit_code == ExitCode.NOT_MET:
        return "Worse"
    return "Better, and nothing worse" if comparison.counts["better"] else "Nothing worse"


def counts_line(comparison: Comparison) -> str:
    """How many of what, in one line."""
    changes = [entry.verdict for entry in comparison.changes]
    parts = [f"{changes.count(name)} {name}" for name in ("worse", "better", "changed", "vanished", "appeared")]
    verdicts = ", ".join([part for part in parts if not part.startswith("0 ")] + [f"{comparison.same} as before"])
    figures = [entry.verdict for entry in comparison.figures]
    if not figures:
        return f"verdicts: {verdicts}"
    counted = ", ".join(f"{figures.count(name)} {name}" for name in ("worse", "better", "no difference shown"))
    return f"verdicts: {verdicts}; figures: {counted}"


def side_text(side: Side) -> str:
    """Which run it is."""
    build = f"build {side.build}" if side.build else "no build told"
    return f"{side.name} ({build}, {side.started_at.replace('T', ' ').replace('+00:00', ' UTC')})"


def moved(change: Change) -> str:
    """From what to what a verdict went."""
    return f"{word(change.base)} -> {word(change.run)}"


def verdict_text(change: Change) -> str:
    """The word for a change, with what does not weigh told so."""
    light = change.verdict == "worse" and not change.weighs
    return f"{change.verdict} (does not count)" if light else change.verdict


def value_text(value: float | None, unit: str) -> str:
    """A figure with its unit."""
    return quantity(math.inf if value is None else value, unit)


def change_text(figure: FigureChange) -> str:
    """By how much it changed."""
    if figure.change is None:
        return "to a failure" if figure.run is None else "from a failure" if figure.base is None else "from 0"
    return _amount(figure.change, figure)


def interval_text(figure: FigureChange) -> str:
    """Its interval, or nothing."""
    if not figure.interval:
        return ""
    return _span(figure.lower, figure.upper, figure)


def band_text(figure: FigureChange) -> str:
    """What lies within the noise of one build, or nothing."""
    if figure.band_lower is None and figure.band_upper is None:
        return ""
    if figure.band_upper is None or figure.band_lower is None:
        return "no bound"
    return _span(figure.band_lower, figure.band_upper, figure)


def confidence_line(comparison: Comparison) -> str:
    """What the intervals are; empty where there are none."""
    if not comparison.judged:
        return ""
    together, each = comparison.confidence, 1 - (1 - comparison.confidence) / comparison.judged
    return (
        f"Intervals hold together with {_WHOLE * together:g} % confidence ({comparison.judged} figures, each "
        f"{_WHOLE * each:.4g} %; {comparison.replicates:,} replicates, seed {comparison.seed}); a change of less than "
        f"{_WHOLE * comparison.tolerance:g} % (of shares {_SMALL * comparison.tolerance:g} points) is none"
        f"{_of_times(comparison)}."
    )


def _of_times(comparison: Comparison) -> str:
    """What is no change of times, where that is more."""
    wider = comparison.time_tolerance
    if wider == comparison.tolerance:
        return ""
    return (
        f", nor is one of less than {_WHOLE * wider:g} % ({_SMALL * wider:g} points) in what depends on times: without "
        "A/A runs it is not known how far two runs of one build differ"
    )


def _span(lower: float | None, upper: float | None, figure: FigureChange) -> str:
    if lower is None and figure.compares == "ratio":
        return "a failure"
    first, second = ("no bound" if end is None else _amount(end, figure) for end in (lower, upper))
    return f"{first.removesuffix(' points')} to {second}"


def _amount(change: float, figure: FigureChange) -> str:
    """A ratio as a change in percent, from twice on as a factor; a difference in points or in its unit."""
    if figure.compares == "difference":
        change += 0.0  # of -0.0 it makes 0.0
        sign = "+" if change > 0 else ""
        return f"{sign}{change:.3g} points" if figure.unit == "%" else f"{sign}{quantity(change, figure.unit)}"
    if not 1 / _TWICE < change < _TWICE:
        return f"x {change:.3g}"
    percent = f"{_WHOLE * (change - 1):+.1f} %"
    return "0 %" if percent in {"+0.0 %", "-0.0 %"} else percent
