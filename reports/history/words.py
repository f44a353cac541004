"""Past runs in words that every report of a history shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode

from ..text import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.history.facts import History, PastRun

__all__ = ["build", "counts_line", "empty_text", "headline", "letters", "moment", "outcome", "tone", "word"]

LONGEST_BUILD = 40
_OUTCOMES: Mapping[int, tuple[str, str]] = {
    ExitCode.MET: ("met", "met"),
    ExitCode.NOT_MET: ("not_met", "not met"),
    ExitCode.USAGE: ("not_claimed", "wrong usage"),
    ExitCode.NO_VERDICT: ("inconclusive", "no verdict"),
    ExitCode.CRASHED: ("not_testable", "chatproof failed"),
    ExitCode.INTERRUPTED: ("not_claimed", "interrupted"),
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def word(verdict: str) -> str:
    """The verdict as people write it: `not met`."""
    return verdict.replace("_", " ")


def tone(run: PastRun) -> str:
    """The verdict whose colour and mark a run has."""
    return _OUTCOMES.get(run.exit_code, ("not_testable", ""))[0]


def outcome(run: PastRun) -> str:
    """What a run came to, in two words at the most."""
    return _OUTCOMES.get(run.exit_code, ("", f"exit code {run.exit_code}"))[1]


def build(run: PastRun) -> str:
    """The build of a run in one line; empty where it was not told."""
    return one_line(cut(run.build, LONGEST_BUILD))


def moment(run: PastRun) -> str:
    """When a run began: `2026-11-21 09:30 UTC`."""
    text = run.started_at.replace("T", " ")
    return one_line(f"{text[:16]} UTC" if text.endswith("+00:00") else cut(text, LONGEST_BUILD))


def counts_line(run: PastRun) -> str:
    """What a run counted: requirements, targets, boxes of a checklist, a capacity."""
    parts = [f"{number} {word(name)}" for name, number in run.counts.items() if number]
    met = sum(entry.verdict == "met" for entry in run.targets)
    judged = sum(entry.verdict != "not_claimed" for entry in run.targets)
    parts += [f"{met} of {judged} targets met"] if judged else []
    if run.checklist:
        boxes = sum(run.checklist.values()) - run.checklist["manual"]
        parts.append(f"{run.checklist['ticked']} of {boxes} boxes ticked")
    if run.capacity is not None:
        found = run.capacity.capacity
        held = "none" if found is None else f"{found:,.10g}"
        parts.append(f"capacity {held} {run.capacity.unit} ({word(run.capacity.outcome)})")
    return ", ".join(parts) or "nothing was judged"


def headline(history: History) -> str:
    """The history in a phrase: how many runs, and what the last one came to."""
    if not history.runs:
        return "No run yet" if not history.of else "No run is shown"
    number = len(history.runs)
    shown = f"{number} run{'s' if number != 1 else ''}"
    return f"{shown}, the last {outcome(history.runs[-1])}"


def empty_text(history: History) -> str:
    """Why there is nothing to show, and what to do."""
    asked = [f"of the command {history.command!r}"] if history.command else []
    asked += [f"with the profile {history.profile!r}"] if history.profile else []
    if asked:
        return f"No run {' and '.join(asked)} is in this history; leave the filter out to see all."
    return "No run is in this history yet: `chatproof check --history FILE` appends one, as do the other commands."


def letters(history: History) -> dict[str, str]:
    """A short name for each of the settings that runs share, in the order of their first run: A, B, ... Z, A2, ..."""
    found: dict[str, str] = {}
    for run in history.runs:
        if run.settings and run.settings not in found:
            again, place = divmod(len(found), len(_LETTERS))
            found[run.settings] = _LETTERS[place] + (str(again + 1) if again else "")
    return found
