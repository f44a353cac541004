"""The exit code of a run: one pure function over what it found out."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from chatproof.verdict import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.run import RequirementVerdict, WaiverState

__all__ = ["ExitCode", "exit_code"]

_FAILING_WAIVERS = ("stale", "expired", "unmatched")


class ExitCode(IntEnum):
    """What the process says to its caller; the first that applies, from the top."""

    INTERRUPTED = 130
    CRASHED = 4
    USAGE = 2
    NOT_MET = 1
    NO_VERDICT = 3
    MET = 0


def exit_code(  # noqa: PLR0911 - a table of precedence reads best as one return a row
    *,
    verdicts: Iterable[RequirementVerdict],
    waivers: Iterable[WaiverState] = (),
    gate: Mapping[str, Mapping[str, str]] | None = None,
    strict: bool = False,
    interrupted: bool = False,
    crash: str = "",
) -> tuple[ExitCode, str]:
    """
    The code and the reason for it in one phrase.

    A SHOULD weighs as a MUST under `strict`. Nothing met and nothing broken is no verdict: what
    was not seen is never green.
    """
    verdicts = list(verdicts)
    if interrupted:
        return ExitCode.INTERRUPTED, "interrupted"
    if crash:
        return ExitCode.CRASHED, f"chatproof itself failed: {crash}"
    weighty = [entry for entry in verdicts if entry.level == Level.MUST or (strict and entry.level == Level.SHOULD)]
    broken = [entry.requirement for entry in weighty if entry.verdict == Verdict.NOT_MET]
    if broken:
        return ExitCode.NOT_MET, f"{_count(len(broken), 'requirement')} not met"
    failing = [state for state in waivers if state.state in _FAILING_WAIVERS]
    if failing:
        return ExitCode.NOT_MET, f"{_count(len(failing), 'waiver')} to delete"
    for profile, closed in (gate or {}).items():
        return ExitCode.NO_VERDICT, f"{profile}: {closed['reason']}"
    unseen = [entry.requirement for entry in weighty if entry.verdict == Verdict.NOT_TESTABLE]
    if unseen:
        return ExitCode.NO_VERDICT, f"{_count(len(unseen), 'requirement')} not testable"
    if not any(entry.verdict in {Verdict.MET, Verdict.WAIVED} for entry in verdicts):
        return ExitCode.NO_VERDICT, "nothing was judged"
    return ExitCode.MET, "every MUST that is claimed is met"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
