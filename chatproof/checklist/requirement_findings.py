"""What runs say of a requirement that a box names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.checklist.finding import Finding, to_declare
from chatproof.checklist_facts import BoxEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.run import RequirementVerdict, Run

__all__ = ["requirement_findings"]


def requirement_findings(name: str, profile: str, runs: Sequence[Run]) -> tuple[Finding, ...]:
    """
    What each run says of a requirement for a profile, in the order of the runs.

    Without a profile that is one finding for each profile for which it was judged.
    """
    return tuple(
        _finding(entry, place)
        for place, run in enumerate(runs)
        for entry in run.verdicts
        if entry.requirement == name and profile in {"", entry.profile}
    )


def _finding(entry: RequirementVerdict, place: int) -> Finding:
    evidence = BoxEvidence(
        kind="requirement",
        name=entry.requirement,
        profile=entry.profile,
        verdict=entry.verdict,
        text=_text(entry),
        run=place,
    )
    match entry.verdict:
        case "not_claimed":
            return Finding(word="not_claimed", evidence=evidence, needs=_declared(entry))
        case "not_testable":
            needs = f"needs {entry.requirement} to be testable: {entry.reason}"
            return Finding(word="not_testable", evidence=evidence, needs=needs, remedy=entry.remedy)
        case _:
            return Finding(word=entry.verdict, evidence=evidence, remedy=entry.remedy)


def _text(entry: RequirementVerdict) -> str:
    match entry.verdict:
        case "met":
            return entry.statement
        case "not_met":
            return f"found {entry.found}; expected {entry.expected}"
        case _:
            return entry.reason


def _declared(entry: RequirementVerdict) -> str:
    return to_declare(entry.declare) if entry.declare else f"needs means for {entry.requirement}: {entry.reason}"
