"""What a run came to, in words and groups that every report shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode
from chatproof.verdict import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chatproof.run import Evidence, RequirementVerdict, Run, WaiverState

__all__ = [
    "Group",
    "by_declaration",
    "by_profile_and_clause",
    "by_reason",
    "counts_line",
    "evidence_for",
    "fails",
    "headline",
    "named",
    "not_met",
    "notices",
    "of",
    "to_delete",
    "word",
]

_WORDS: Mapping[str, str] = {
    Verdict.MET: "met",
    Verdict.NOT_MET: "not met",
    Verdict.WAIVED: "waived",
    Verdict.NOT_CLAIMED: "not claimed",
    Verdict.NOT_TESTABLE: "not testable",
}
_LEVELS = tuple(Level)
_ORDER = (Verdict.MET, Verdict.NOT_MET, Verdict.NOT_TESTABLE, Verdict.NOT_CLAIMED, Verdict.WAIVED)
_FAILING_WAIVERS = ("stale", "expired", "unmatched")


@dataclass(frozen=True, slots=True)
class Group:
    """Verdicts that share something: `name` is what, such as a clause, a reason or a line of configuration."""

    name: str
    verdicts: tuple[RequirementVerdict, ...]


def word(verdict: str) -> str:
    """The verdict as people write it: `not met`."""
    return _WORDS.get(verdict, verdict)


def fails(entry: RequirementVerdict, *, strict: bool) -> bool:
    """The level is one that fails the run: a MUST, and a SHOULD under `--strict`."""
    return entry.level == Level.MUST or (strict and entry.level == Level.SHOULD)


def of(run: Run, verdict: Verdict) -> tuple[RequirementVerdict, ...]:
    """The entries of one verdict in the run's order."""
    return tuple(entry for entry in run.verdicts if entry.verdict == verdict)


def not_met(run: Run) -> tuple[RequirementVerdict, ...]:
    """What is not met, MUST before SHOULD before MAY, else in the run's order."""
    return tuple(sorted(of(run, Verdict.NOT_MET), key=lambda entry: _LEVELS.index(Level(entry.level))))


def named(run: Run, entry: RequirementVerdict) -> str:
    """The id, with the profile where several were judged by it."""
    several = any(other.requirement == entry.requirement and other.profile != entry.profile for other in run.verdicts)
    return f"{entry.requirement} ({entry.profile})" if several else entry.requirement


def by_profile_and_clause(entries: Iterable[RequirementVerdict]) -> list[tuple[str, list[Group]]]:
    """For each profile its clauses, both in the order of their first entry, with what belongs to them."""
    return [
        (profile.name, _grouped(profile.verdicts, lambda entry: entry.clause))
        for profile in _grouped(entries, lambda entry: entry.profile)
    ]


def by_reason(entries: Iterable[RequirementVerdict]) -> list[Group]:
    """Entries with the same reason together, the largest group first."""
    return sorted(_grouped(entries, lambda entry: entry.reason), key=lambda group: -len(group.verdicts))


def by_declaration(entries: Iterable[RequirementVerdict]) -> list[Group]:
    """Entries that the same line of configuration would claim together; those without a line last, by reason."""
    groups = _grouped(entries, lambda entry: (entry.declare, "" if entry.declare else entry.reason))
    return sorted(groups, key=lambda group: not group.name)


def evidence_for(run: Run, entry: RequirementVerdict) -> Evidence | None:
    """The exchange that a verdict points at, if the run holds it."""
    return run.evidence.get(entry.evidence) if entry.evidence else None


def to_delete(run: Run) -> tuple[WaiverState, ...]:
    """The waivers that fail the run: stale, expired or unmatched."""
    return tuple(state for state in run.waivers if state.state in _FAILING_WAIVERS)


def headline(run: Run) -> str:
    """The outcome in one phrase, from the exit code."""
    if run.exit_code == ExitCode.NOT_MET and not any(
        entry.verdict == Verdict.NOT_MET and fails(entry, strict=run.strict) for entry in run.verdicts
    ):
        return "A waiver no longer holds"
    phrases = {
        int(ExitCode.MET): "The contract is kept",
        int(ExitCode.NOT_MET): "The contract is not kept",
        int(ExitCode.NO_VERDICT): "No verdict",
        int(ExitCode.CRASHED): "chatproof itself failed",
        int(ExitCode.INTERRUPTED): "Interrupted",
    }
    return phrases.get(run.exit_code, f"Ended with exit code {run.exit_code}")


def counts_line(run: Run) -> str:
    """`12 met, 1 not met (1 SHOULD), 2 not testable`: what there is none of is left out, but for `met`."""
    if not run.verdicts:
        return "nothing was judged"
    parts = []
    for verdict in _ORDER:
        number = run.counts[verdict]
        if not number and verdict != Verdict.MET:
            continue
        part = f"{number} {word(verdict)}"
        if verdict == Verdict.NOT_MET:
            part += _lesser(run)
        parts.append(part)
    failing = len(to_delete(run))
    if failing:
        parts.append(f"{failing} waiver{'s' * (failing != 1)} to delete")
    return ", ".join(parts)


def notices(run: Run) -> list[str]:
    """What the reader must know beside the verdicts, most important first."""
    found = []
    if run.interrupted:
        found.append("The run was interrupted: what had not been recorded by then is not testable.")
    if run.crash:
        found.append(f"chatproof itself failed: {run.crash}")
    for profile, closed in run.gate.items():
        hint = f"; hint: {closed['hint']}" if closed.get("hint") else ""
        found.append(f"{profile}: {closed.get('reason', 'the control turn did not work')}{hint}")
    found.extend(f"Waiver of {state.requirement} is {state.state}: {state.message}" for state in to_delete(run))
    if not run.verdicts and not found:
        found.append("Nothing was judged.")
    return found


def _lesser(run: Run) -> str:
    """How many of those not met do not fail the run, by level."""
    lesser = [entry.level for entry in of(run, Verdict.NOT_MET) if not fails(entry, strict=run.strict)]
    parts = [f"{lesser.count(level)} {level}" for level in _LEVELS if level in lesser]
    return f" ({', '.join(parts)})" if parts else ""


def _grouped(
    entries: Iterable[RequirementVerdict], key: Callable[[RequirementVerdict], str | tuple[str, str]]
) -> list[Group]:
    groups: dict[str | tuple[str, str], list[RequirementVerdict]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return [Group(name if isinstance(name, str) else name[0], tuple(found)) for name, found in groups.items()]
