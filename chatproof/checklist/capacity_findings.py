"""What capacity runs say of a number of streams that a box asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.checklist.finding import Finding
from chatproof.checklist.target_findings import looseness, target_of
from chatproof.checklist_facts import BoxEvidence
from chatproof.targets.documents import DOCUMENT_TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatproof.capacity_facts import CapacityFacts, Rung
    from chatproof.load_facts import TargetVerdict
    from chatproof.run import Run

__all__ = ["capacity_findings"]

_JUDGED_BY = ("error_rate", "ttft.p95")
"""What a rung must have been judged by: without them streams that fail, or bring nothing, are held as well."""
_LEAST_SHARE = 0.95
"""Of a level that users take up one after another, so much is under way in the mean at the least."""


def capacity_findings(streams: int, profile: str, runs: Sequence[Run]) -> tuple[Finding, ...]:
    """
    What each capacity run of the profile says of so many streams, in the order of the runs.

    They are held where a rung of so many holds, saw them under way, and was judged by the document's own targets: where
    the configuration loosens one, or it was left out, they were held within other targets. Likewise they are not held
    where a rung of so many or fewer breaks one of those.
    """
    return tuple(
        _finding(streams, run.capacity, place)
        for place, run in enumerate(runs)
        if run.capacity is not None and run.capacity.unit == "streams" and run.capacity.profile == profile
    )


def _finding(streams: int, found: CapacityFacts, place: int) -> Finding:
    word, text = _word(streams, found)
    evidence = BoxEvidence(
        kind="capacity", name=f"streams >= {streams}", profile=found.profile, verdict=word, text=text, run=place
    )
    needs = f"needs a capacity run that decides {streams} streams: `chatproof capacity`, then --evidence"
    return Finding(word=word, evidence=evidence, needs=needs)


def _word(streams: int, found: CapacityFacts) -> tuple[str, str]:
    tried = f"tried up to {found.tested_to:g} in {len(found.rungs)} rungs"
    most = found.capacity if found.capacity is not None and found.outcome != "unfinished" else 0.0
    held = [rung for rung in found.rungs if rung.verdict == "holds" and streams <= rung.level <= most]
    doubts = {rung.number: _doubt(streams, rung, found.profile) for rung in held}
    sound = [rung for rung in held if not doubts[rung.number]]
    if sound:
        return "met", f"holds {most:g} streams within its targets, {tried}; {_seen(max(sound, key=_level))}"
    if found.breaks_at is not None and found.breaks_at <= streams and _broken(found):
        return "not_met", f"breaks at {found.breaks_at:g} streams, {tried}"
    if held:
        return "inconclusive", f"holds {most:g} streams, {tried}; but {doubts[held[0].number]}"
    level = f"{found.capacity:g} streams are held" if found.capacity is not None else "no level is held"
    return "inconclusive", f"{level}, {tried}: {found.sentence}"


def _level(rung: Rung) -> float:
    return rung.level


def _seen(rung: Rung) -> str:
    """What a rung that holds rests on: with the targets that too few streams decide."""
    by_value = [f"{entry.target} (n = {entry.n:,})" for entry in rung.targets if entry.verdict == "inconclusive"]
    value = f", by its value alone {' and '.join(by_value)}" if by_value else ""
    return f"at {rung.level:g} were {rung.level_seen:g} under way in the mean, {rung.samples:,} streams{value}"


def _doubt(streams: int, rung: Rung, profile: str) -> str:
    """Why a rung that holds does not show that so many streams are held; empty where it does."""
    if rung.level_seen < _LEAST_SHARE * streams:
        return f"{rung.level_seen:g} were under way in the mean"
    judged = {name for name, entry, _side in _documented(rung, profile) if entry.n}
    missing = [name for name in _JUDGED_BY if name not in judged]
    if missing:
        return f"it was not judged by {' and '.join(missing)}"
    loosened = [name for name, _entry, side in _documented(rung, profile) if side > 0]
    return f"[targets] loosens {' and '.join(loosened)}" if loosened else ""


def _broken(found: CapacityFacts) -> bool:
    """A rung at the level that breaks misses a target of the document, with its limit or a looser one."""
    return any(
        entry.verdict == "not_met" and side >= 0
        for rung in found.rungs
        if rung.verdict == "breaks" and rung.level == found.breaks_at
        for _name, entry, side in _documented(rung, found.profile)
    )


def _documented(rung: Rung, profile: str) -> Iterator[tuple[str, TargetVerdict, int]]:
    """The document's targets that a rung was judged by: name, verdict, and how its limit compares (above 0: looser)."""
    stated = {it.name: it.condition for it in DOCUMENT_TARGETS if it.profile == profile and "{" not in it.condition}
    for entry in rung.targets:
        name = entry.target.partition(" ")[0]
        if name in stated:
            yield name, entry, looseness(entry, target_of(f"{name} {stated[name]}"))
