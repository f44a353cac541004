"""The verdicts of several checks as one: what is not met in any of them counts, a box or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.checklist.finding import worst

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chatproof.run import RequirementVerdict, Run, WaiverState

__all__ = ["waivers_of", "worst_verdicts"]


def worst_verdicts(runs: Iterable[Run], profiles: Collection[str]) -> tuple[RequirementVerdict, ...]:
    """For each pair of requirement and profile the worst verdict of the runs, in the order of the first that has it."""
    found: dict[tuple[str, str], RequirementVerdict] = {}
    for run in runs:
        for entry in run.verdicts:
            if entry.profile not in profiles:
                continue
            before = found.setdefault((entry.requirement, entry.profile), entry)
            if entry.verdict != before.verdict and worst([entry.verdict, before.verdict]) == entry.verdict:
                found[entry.requirement, entry.profile] = entry
    return tuple(found.values())


def waivers_of(runs: Iterable[Run]) -> tuple[WaiverState, ...]:
    """What became of the waivers of the runs, each state once."""
    return tuple(dict.fromkeys(state for run in runs for state in run.waivers))
