"""What a gate came to, in words that every report of it shares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode
from chatproof.verdict import Verdict

from ..check import outcome as of_check
from ..load import outcome as of_load

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["failing", "headline", "load_line", "notices", "requirements_line", "why_no_load"]

_INCONCLUSIVE = "inconclusive"


def headline(run: Run) -> str:
    """The outcome in one phrase, from the exit code."""
    if run.exit_code == ExitCode.MET:
        return "The gate is passed"
    if run.exit_code == ExitCode.NOT_MET:
        return f"The gate is not passed: {failing(run) or 'a waiver no longer holds'}"
    if run.exit_code == ExitCode.NO_VERDICT:
        return f"No verdict: {_undecided(run)}"
    phrases = {int(ExitCode.CRASHED): "chatproof itself failed", int(ExitCode.INTERRUPTED): "Interrupted"}
    return phrases.get(run.exit_code, f"Ended with exit code {run.exit_code}")


def failing(run: Run) -> str:
    """What fails the run in numbers: `2 requirements and 1 target not met`; empty where nothing does."""
    broken = sum(of_check.fails(entry, strict=run.strict) for entry in of_check.not_met(run))
    missed = 0 if of_load.invalid(run) else len(of_load.ordered(run, Verdict.NOT_MET))
    found = [_count(broken, "requirement")] if broken else []
    found += [_count(missed, "target")] if missed else []
    return f"{' and '.join(found)} not met" if found else ""


def requirements_line(run: Run) -> str:
    """`326 met, 25 not claimed`: the verdicts of the check."""
    return of_check.counts_line(run)


def load_line(run: Run) -> str:
    """`3 met, 2 not claimed; 712 samples, valid`: the verdicts of the smoke load, or that there was none."""
    if run.load is None:
        return "no smoke load"
    samples = f"{run.load.samples:,} sample{'s' * (run.load.samples != 1)}"
    return f"{of_load.counts_line(run)}; {samples}, {of_load.validity_line(run).partition(':')[0]}"


def why_no_load(run: Run) -> str:
    """Why there was no smoke load, in a sentence; empty where there was one."""
    if run.load is not None:
        return ""
    if run.interrupted:
        return "The smoke load is not in this report: the run was interrupted."
    if run.crash:
        return "There was no smoke load, since chatproof itself failed."
    closed = next(iter(run.gate), "")
    return f"There was no smoke load, since a plain turn of {closed} did not work." if closed else "No smoke load."


def notices(run: Run) -> list[str]:
    """What the reader must know beside the verdicts, most important first."""
    found = [f"chatproof itself failed: {run.crash}"] if run.crash else []
    if run.interrupted:
        found.append("The run was interrupted: what had been seen by then is judged.")
    quiet = replace(run, crash="", interrupted=False)
    found += of_check.notices(quiet)
    if run.load is None:
        return [*found, why_no_load(run)]
    return found + [text for text in of_load.notices(quiet) if not (run.interrupted and "before its time" in text)]


def _undecided(run: Run) -> str:
    """What kept the run from a verdict: the first that applies, with what is not met all the same."""
    also = failing(run)
    if of_load.invalid(run):
        return f"the load run is invalid{f', and {also}' if also else ''}"
    if run.gate:
        return "a plain turn does not work" if run.load is None else "the smoke load could not be sent"
    untestable = sum(of_check.fails(entry, strict=run.strict) for entry in of_check.of(run, Verdict.NOT_TESTABLE))
    undecided = len(of_load.ordered(run, _INCONCLUSIVE))
    found = [f"{_count(untestable, 'requirement')} not testable"] if untestable else []
    found += [f"{_count(undecided, 'target')} inconclusive"] if undecided else []
    return " and ".join(found) or "nothing was judged"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
