"""The grid of a history: each requirement and target that changed, or is not met, against the runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.history.facts import History, PastRun

__all__ = ["Row", "changes", "last_change"]

_QUIET = {"met", "not_claimed", "waived", ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One requirement or target, for one profile: its verdict in each run, empty where the run did not judge it.

    `level` is empty for a target.
    """

    name: str
    profile: str
    level: str
    verdicts: tuple[str, ...]

    @property
    def last(self) -> str:
        """The latest verdict."""
        return next((verdict for verdict in reversed(self.verdicts) if verdict), "")


def changes(history: History) -> list[Row]:
    """
    The rows that are worth a look: those with two verdicts or more, and those whose latest is not in order.

    What is not met comes first, then by name. A run that did not judge something is no change of it.
    """
    known: dict[tuple[str, str], str] = {}
    verdicts: list[dict[tuple[str, str], str]] = []
    for run in history.runs:
        found = _verdicts(run)
        known.update({key: level for key, (level, _verdict) in found.items()})
        verdicts.append({key: verdict for key, (_level, verdict) in found.items()})
    rows = [
        Row(
            name=name,
            profile=profile,
            level=known[profile, name],
            verdicts=tuple(found.get((profile, name), "") for found in verdicts),
        )
        for profile, name in known
    ]
    shown = [row for row in rows if row.last not in _QUIET or len(set(row.verdicts) - {""}) > 1]
    return sorted(shown, key=lambda row: (row.last != "not_met", row.last in _QUIET, row.profile, row.name))


def last_change(row: Row) -> tuple[int, str, str] | None:
    """The latest change of a row: the place of the run, and the verdicts before and after; None where none was."""
    judged = [(place, verdict) for place, verdict in enumerate(row.verdicts) if verdict]
    for (_place, before), (place, after) in reversed(list(pairwise(judged))):
        if before != after:
            return place, before, after
    return None


def _verdicts(run: PastRun) -> dict[tuple[str, str], tuple[str, str]]:
    """The level and verdict of each requirement, and of each target of a run whose load may be judged."""
    found = {(entry.profile, entry.requirement): (entry.level, entry.verdict) for entry in run.verdicts}
    if run.valid is not False:
        found |= {(entry.profile, entry.target): ("", entry.verdict) for entry in run.targets}
    return found
