"""The exit code of a run: one pure function over what it found out."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from chatproof.verdict import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.capacity_facts import CapacityFacts
    from chatproof.checklist_facts import Box
    from chatproof.load_facts import TargetVerdict, Validity
    from chatproof.run import RequirementVerdict, WaiverState

__all__ = ["ExitCode", "capacity_code", "checklist_code", "exit_code"]

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
    kinds = [*(["MUST"] if verdicts or not targets else []), *(["target"] if targets else [])]
    return ExitCode.MET, f"every {' and every '.join(kinds)} that is claimed is met"


def capacity_code(facts: CapacityFacts, *, interrupted: bool = False, crash: str = "") -> tuple[ExitCode, str]:
    """
    The code of a search for the capacity, and the reason for it.

    What was asked for with `at_least` is a target of its own: it is met where so many were shown to hold, though the
    generator gave out above, and not met where so many, or fewer, were shown not to. Between the two it is not known,
    as it is where a search did not come to its end: that is no verdict.
    """
    if interrupted:
        return ExitCode.INTERRUPTED, "interrupted"
    if crash:
        return ExitCode.CRASHED, f"chatproof itself failed: {crash}"
    if facts.outcome in {"found", "no_failure_in_range", "generator_was_the_limit"} and facts.at_least is not None:
        return _asked_code(facts, facts.at_least)
    if facts.outcome not in {"found", "no_failure_in_range", "no_pass_in_range"}:
        return ExitCode.NO_VERDICT, facts.sentence
    if facts.outcome == "no_pass_in_range" or facts.capacity is None:
        return ExitCode.NOT_MET, facts.sentence
    return ExitCode.MET, facts.sentence


def _asked_code(facts: CapacityFacts, asked: float) -> tuple[ExitCode, str]:
    """Whether so many hold, by the two ends of a search that came to its end."""
    held = facts.capacity or 0.0
    if held >= asked:
        told = f"at least {asked:g} {facts.unit} were asked for, and {held:g} hold"
        return ExitCode.MET, told if facts.outcome == "generator_was_the_limit" else facts.sentence
    if facts.breaks_at is not None and facts.breaks_at <= asked:
        return ExitCode.NOT_MET, f"at least {asked:g} {facts.unit} were asked for, {held:g} hold"
    return ExitCode.NO_VERDICT, f"at least {asked:g} {facts.unit} were asked for, {held:g} hold; more was not judged"


def checklist_code(  # noqa: PLR0911 - a table of precedence reads best as one return a row
    boxes: Iterable[Box],
    *,
    verdicts: Iterable[RequirementVerdict] = (),
    waivers: Iterable[WaiverState] = (),
    gate: Mapping[str, Mapping[str, str]] | None = None,
    strict: bool = False,
    interrupted: bool = False,
    crash: str = "",
) -> tuple[ExitCode, str]:
    """
    The code of a checklist, and the reason for it.

    A box that is not ticked weighs as a MUST that is not met, unless waivers alone hold it back; one that is not judged
    is no verdict. What is not testable or manual does not count, but nothing ticked at all is no verdict. `verdicts`,
    `waivers` and `gate` are those of the checklist's own check, which counts as any check does, boxes or not.
    """
    boxes, verdicts = list(boxes), list(verdicts)
    code, reason = exit_code(
        verdicts=verdicts, waivers=waivers, gate=gate, strict=strict, interrupted=interrupted, crash=crash
    )
    if code in {ExitCode.INTERRUPTED, ExitCode.CRASHED}:
        return code, reason
    failing = [box.id for box in boxes if box.state == "not_ticked" and not box.held_back_by_waivers]
    if failing:
        return ExitCode.NOT_MET, f"{_boxes(len(failing))} not ticked"
    if code is ExitCode.NOT_MET or gate:
        return code, reason
    unseen = [box.id for box in boxes if box.state == "not_judged"]
    if unseen:
        return ExitCode.NO_VERDICT, f"{_boxes(len(unseen))} not judged"
    if verdicts and code is not ExitCode.MET:
        return code, reason
    if not any(box.state == "ticked" for box in boxes):
        return ExitCode.NO_VERDICT, "no box is ticked"
    return ExitCode.MET, "every box that can be judged is ticked"


def _boxes(number: int) -> str:
    return f"{number} box" if number == 1 else f"{number} boxes"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
