"""The exit code of a run: one pure function over what it found out."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from chatproof.verdict import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.load_facts import TargetVerdict, Validity
    from chatproof.run import RequirementVerdict, WaiverState

__all__ = ["ExitCode", "exit_code"]

_INCONCLUSIVE = "inconclusive"
_FAILING_WAIVERS = ("stale", "expired", "unmatched")


class ExitCode(IntEnum):
    """
    What the process says to its caller; the first that applies, from the top.

    A load run that is not valid has no verdict either, and goes before what its targets say.
    """

    INTERRUPTED = 130
    CRASHED = 4
    USAGE = 2
    NOT_MET = 1
    NO_VERDICT = 3
    MET = 0


def exit_code(  # noqa: C901, PLR0911 - a table of precedence reads best as one return a row
    *,
    verdicts: Iterable[RequirementVerdict] = (),
    targets: Iterable[TargetVerdict] = (),
    validity: Validity | None = None,
    waivers: Iterable[WaiverState] = (),
    gate: Mapping[str, Mapping[str, str]] | None = None,
    strict: bool = False,
    interrupted: bool = False,
    crash: str = "",
) -> tuple[ExitCode, str]:
    """
    The code and the reason for it in one phrase.

    A SHOULD weighs as a MUST under `strict`. Nothing met and nothing broken is no verdict: what
    was not seen is never green. `targets` and `validity` are those of a load run: a target weighs whatever the level of
    its row, since it was declared or left standing for this run; and a run that is not valid has no verdict.
    """
    verdicts, targets = list(verdicts), list(targets)
    if interrupted:
        return ExitCode.INTERRUPTED, "interrupted"
    if crash:
        return ExitCode.CRASHED, f"chatproof itself failed: {crash}"
    if validity is not None and not validity.valid:
        return ExitCode.NO_VERDICT, f"the run is not valid: {'; '.join(validity.reasons) or 'no reason is known'}"
    weights = {Level.MUST, Level.SHOULD} if strict else {Level.MUST}
    weighty = [entry for entry in verdicts if entry.level in weights]
    broken = [entry.requirement for entry in weighty if entry.verdict == Verdict.NOT_MET]
    if broken:
        return ExitCode.NOT_MET, f"{_count(len(broken), 'requirement')} not met"
    missed = [entry.target for entry in targets if entry.verdict == Verdict.NOT_MET]
    if missed:
        return ExitCode.NOT_MET, f"{_count(len(missed), 'target')} not met: {', '.join(missed)}"
    failing = [state for state in waivers if state.state in _FAILING_WAIVERS]
    if failing:
        return ExitCode.NOT_MET, f"{_count(len(failing), 'waiver')} to delete"
    for profile, closed in (gate or {}).items():
        return ExitCode.NO_VERDICT, f"{profile}: {closed['reason']}"
    unseen = [entry.requirement for entry in weighty if entry.verdict == Verdict.NOT_TESTABLE]
    if unseen:
        return ExitCode.NO_VERDICT, f"{_count(len(unseen), 'requirement')} not testable"
    open_targets = [entry.target for entry in targets if entry.verdict == _INCONCLUSIVE]
    if open_targets:
        return ExitCode.NO_VERDICT, f"{_count(len(open_targets), 'target')} inconclusive: {', '.join(open_targets)}"
    seen = {Verdict.MET, Verdict.WAIVED}
    if not any(entry.verdict in seen for entry in verdicts) and not any(entry.verdict in seen for entry in targets):
        return ExitCode.NO_VERDICT, "nothing was judged"
    return ExitCode.MET, f"every {'target' if targets else 'MUST'} that is claimed is met"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
