"""The exit code of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.comparison.figures import WORSE
from chatproof.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.comparison.facts import Change, FigureChange

__all__ = ["outcome"]

_MOST_NAMES = 5


def outcome(
    changes: Sequence[Change],
    figures: Sequence[FigureChange],
    *,
    unfit: str = "",
    lost: Sequence[str] = (),
    blind: str = "",
    judged: int,
) -> tuple[ExitCode, str]:
    """
    The code and the reason for it in one phrase; the first that applies, from the top.

    `unfit` says which run has no verdict, `lost` names what was good and is not known any more, `blind` says why
    no figure of two loads has an interval, `judged` counts what both runs have a verdict or an interval on: where there
    is none, nothing was compared.
    """
    if unfit:
        return ExitCode.NO_VERDICT, unfit
    weighing = [entry.name for entry in changes if entry.weighs]
    worse = [entry.name for entry in figures if entry.verdict == WORSE]
    if weighing or worse:
        parts = [
            _told(len(weighing), "verdict", "went from good to bad", weighing),
            _told(len(worse), "figure", "worse than noise explains", worse),
        ]
        return ExitCode.NOT_MET, ", ".join(part for part in parts if part)
    if lost:
        return ExitCode.NO_VERDICT, _told(len(lost), "verdict", "good before and not known now", lost)
    if blind:
        return ExitCode.NO_VERDICT, blind
    if not judged:
        return ExitCode.NO_VERDICT, "nothing could be compared: no verdict of both runs, and no figure with an interval"
    return ExitCode.MET, "nothing is worse than noise explains"


def _told(number: int, noun: str, what: str, names: Sequence[str]) -> str:
    if not number:
        return ""
    named = ", ".join(names[:_MOST_NAMES]) + (", ..." if number > _MOST_NAMES else "")
    return f"{number} {noun}{'' if number == 1 else 's'} {what} ({named})"
