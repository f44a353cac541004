"""What a checklist came to, in words and order that every report of it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode

from ..check.outcome import fails, to_delete
from .boxes import checklist_facts, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.run import Run

__all__ = ["STATES", "counts_line", "headline", "notes", "notices", "unboxed"]

STATES = ("ticked", "not_ticked", "not_judged", "not_testable", "manual")
_EVERY = "Every box is ticked"
_PHRASES: Mapping[int, str] = {
    int(ExitCode.CRASHED): "chatproof itself failed",
    int(ExitCode.INTERRUPTED): "Interrupted",
}


def counts_line(run: Run) -> str:
    """`24 ticked, 2 not ticked, 5 not judged`: what there is none of is left out, but for `ticked`."""
    facts = checklist_facts(run)
    if not facts.boxes:
        return "no box was walked"
    found = facts.counts
    return ", ".join(f"{found[state]} {word(state)}" for state in STATES if found[state] or state == "ticked")


def headline(run: Run) -> str:
    """The outcome in one sentence without its full stop, from the exit code."""
    if run.exit_code == ExitCode.NOT_MET:
        return _not_ready(run)
    if run.exit_code == ExitCode.NO_VERDICT:
        return _not_complete(run)
    if run.exit_code == ExitCode.MET:
        return _ready(run)
    return _PHRASES.get(run.exit_code, f"Ended with exit code {run.exit_code}")


def _not_ready(run: Run) -> str:
    waived = _waived(run)
    failing = checklist_facts(run).counts["not_ticked"] - waived
    rest = f", {waived} more {'is' if waived == 1 else 'are'} held back by a waiver" if waived else ""
    return f"Not ready: {_are(failing, 'not ticked')}{rest}" if failing else "Not ready"


def _not_complete(run: Run) -> str:
    found = checklist_facts(run).counts
    if not found["ticked"]:
        return "Not complete: no box is ticked"
    return f"Not complete: {_are(found['not_judged'], 'not judged')}" if found["not_judged"] else "Not complete"


def _ready(run: Run) -> str:
    found, waived = checklist_facts(run).counts, _waived(run)
    every = "Every box that can be judged here is ticked" if found["not_testable"] or found["manual"] else _EVERY
    rest = f", but for {waived} that a waiver holds back" if waived else ""
    by_hand = f"; {_are(found['manual'], 'left to tick by hand')}" if found["manual"] else ""
    return every + rest + by_hand


def _waived(run: Run) -> int:
    return sum(box.held_back_by_waivers for box in checklist_facts(run).boxes)


def notices(run: Run) -> list[str]:
    """What the reader must know beside the boxes, most important first."""
    found = []
    if run.crash:
        found.append(f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        found.append("The run was interrupted: what had been seen by then is judged.")
    for profile, closed in run.gate.items():
        hint = f"; hint: {closed['hint']}" if closed.get("hint") else ""
        found.append(f"{profile}: {closed.get('reason', 'the control turn did not work')}{hint}")
    if run.validity is not None and not run.validity.valid:
        reasons = "; ".join(run.validity.reasons) or "no reason is known"
        found.append(f"The load run is invalid, so it ticks no box: {reasons}")
    alone = unboxed(run)
    if alone:
        found.append(f"Not met, and no box stands on it: {', '.join(alone)}. The report of the check says more.")
    found.extend(f"Waiver of {state.requirement} is {state.state}: {state.message}" for state in to_delete(run))
    if not checklist_facts(run).boxes:
        found.append("No box was walked: nothing here says that anything is ready.")
    return found


def notes(run: Run) -> list[str]:
    """What a signer should know, and fails nothing."""
    return [] if run.build else ["The build is not named: declare `[backend] build`, or give `--build`."]


def unboxed(run: Run) -> list[str]:
    """The requirements that fail the run, and are evidence of no box."""
    named = {entry.name for box in checklist_facts(run).boxes for entry in box.evidence}
    failing = (entry for entry in run.verdicts if entry.verdict == "not_met" and fails(entry, strict=run.strict))
    return list(dict.fromkeys(entry.requirement for entry in failing if entry.requirement not in named))


def _are(number: int, what: str) -> str:
    return f"{number} box{'' if number == 1 else 'es'} {'is' if number == 1 else 'are'} {what}"
