"""What capacity runs say of a number of streams that a box asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.checklist.finding import Finding
from chatproof.checklist.target_findings import target_of
from chatproof.checklist_facts import BoxEvidence
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.targets.expression import TargetError, parse_target
from chatproof.targets.keeping import more_is_better

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.capacity_facts import CapacityFacts
    from chatproof.run import Run

__all__ = ["capacity_findings"]


def capacity_findings(streams: int, profile: str, runs: Sequence[Run]) -> tuple[Finding, ...]:
    """
    What each capacity run of the profile says of so many streams, in the order of the runs.

    One whose configuration loosens a document's limit, or leaves it out, held them within targets that are not the
    document's, and says nothing good.
    """
    return tuple(
        _finding(streams, run.capacity, place, loosened=_loosened(run, profile))
        for place, run in enumerate(runs)
        if run.capacity is not None and run.capacity.unit == "streams" and run.capacity.profile == profile
    )


def _finding(streams: int, found: CapacityFacts, place: int, *, loosened: str) -> Finding:
    word, text = _word(streams, found)
    if word == "met" and loosened:
        word, text = "inconclusive", f"{text}; but [targets] loosens {loosened}"
    evidence = BoxEvidence(
        kind="capacity", name=f"streams >= {streams}", profile=found.profile, verdict=word, text=text, run=place
    )
    needs = f"needs a capacity run that decides {streams} streams: `chatproof capacity`, then --evidence"
    return Finding(word=word, evidence=evidence, needs=needs)


def _word(streams: int, found: CapacityFacts) -> tuple[str, str]:
    tried = f"tried up to {found.tested_to:g} in {len(found.rungs)} rungs"
    if found.outcome != "unfinished" and found.capacity is not None and found.capacity >= streams:
        return "met", f"holds {found.capacity:g} streams within its targets, {tried}"
    if found.breaks_at is not None and found.breaks_at <= streams:
        return "not_met", f"breaks at {found.breaks_at:g} streams, {tried}"
    held = f"{found.capacity:g} streams are held" if found.capacity is not None else "no level is held"
    return "inconclusive", f"{held}, {tried}: {found.sentence}"


def _loosened(run: Run, profile: str) -> str:
    """The document's target of this profile that the run's configuration loosens; empty where there is none."""
    declared = run.settings.get("targets", {})
    for entry in DOCUMENT_TARGETS:
        if entry.profile != profile or entry.name not in declared or "{" in entry.condition:
            continue
        wanted = target_of(f"{entry.name} {entry.condition}")
        try:
            given = parse_target(entry.name, str(declared[entry.name]))
        except TargetError:  # "off" is no condition
            return entry.name
        looser = given.limit < wanted.limit if more_is_better(wanted) else given.limit > wanted.limit
        if looser or more_is_better(given) != more_is_better(wanted):
            return entry.name
    return ""
