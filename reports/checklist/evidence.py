"""The evidence of a box in the order and length in which reports show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .boxes import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.checklist_facts import Box, BoxEvidence, EvidenceRun

__all__ = ["Said", "Shown", "place", "shown", "told"]

MOST_MET = 4


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of evidence, and the runs that all say just this, from 0; `name` has its profile where that is open."""

    entry: BoxEvidence
    name: str
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown with its text, what is met as well, by name alone, and the runs where all is of the same ones."""

    entries: tuple[Said, ...]
    also_met: tuple[Said, ...]
    runs: tuple[int, ...]

    @property
    def everything(self) -> tuple[Said, ...]:
        """All of it."""
        return (*self.entries, *self.also_met)


def shown(box: Box, *, most_met: int = MOST_MET) -> Shown:
    """
    The evidence of a box, what speaks against it first.

    Where more than `most_met` requirements are met, the rest of those is named without its text. Targets and
    capacities always keep theirs, since it holds the number of samples. A text that the box's reason says already is
    not said again, what several runs say alike is said once, and runs are named once where all is of the same.
    """
    entries = _merged(box)
    against = [said for said in entries if said.entry.verdict != "met"]
    met = [said for said in entries if said.entry.verdict == "met"]
    measured = [said for said in met if said.entry.kind != "requirement"]
    plain = [said for said in met if said.entry.kind == "requirement"]
    room = max(0, most_met - len(measured))
    room = room if len(plain) > room + 1 else len(plain)
    common = {said.runs for said in entries}
    if len(common) == 1:
        [runs] = common
        everything = [replace(said, runs=()) for said in (*against, *measured, *plain)]
    else:
        runs, everything = (), [*against, *measured, *plain]
    told_whole = len(everything) - len(plain) + room
    return Shown(tuple(everything[:told_whole]), tuple(everything[told_whole:]), runs)


def told(said: Said) -> str:
    """`ttft.p95 < 350ms met: 331.2 ms, n = 1,240`."""
    text = f": {said.entry.text}" if said.entry.text else ""
    return f"{said.name} {word(said.entry.verdict)}{text}"


def place(numbers: Sequence[int], runs: Sequence[EvidenceRun]) -> str:
    """`run 2` or `runs 1 and 3`, by their places in the list of runs, from 1; empty where there is but one run."""
    names = [str(number + 1) for number in numbers if 0 <= number < len(runs)]
    if len(runs) < 2 or not names:  # noqa: PLR2004 - a single run needs no number
        return ""
    return f"run {names[0]}" if len(names) == 1 else f"runs {', '.join(names[:-1])} and {names[-1]}"


def _merged(box: Box) -> list[Said]:
    several = len({entry.profile for entry in box.evidence}) > 1
    found: dict[BoxEvidence, list[int]] = {}
    for entry in box.evidence:
        text = "" if entry.text in box.reason else entry.text
        found.setdefault(replace(entry, text=text, run=0), []).append(entry.run)
    return [
        Said(entry, f"{entry.name} ({entry.profile})" if several and entry.profile else entry.name, tuple(runs))
        for entry, runs in found.items()
    ]
