"""What one run says of one thing that a box names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.checklist_facts import BoxEvidence

__all__ = ["ABSENT", "UNFIT", "Finding", "Item", "to_declare", "worst"]

ABSENT: Final = "absent"
"""No run judged it."""

UNFIT: Final = "unfit"
"""A run judged something else: another limit, scaled time, too few streams."""

_FROM_WORST: Final = (
    *("not_met", "waived", "not_testable"),
    *("met", "inconclusive", UNFIT, "not_claimed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    What a run says: `word` is its verdict, or `unfit` where that verdict is not the one that the box asks for.

    `needs` says what would judge it, `remedy` what to do where it is not met.
    """

    word: str
    evidence: BoxEvidence
    needs: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a box names, with all that was found of it; `essential` where the box stands on it."""

    name: str
    essential: bool
    findings: tuple[Finding, ...]

    @property
    def word(self) -> str:
        """The verdict that counts: the worst of those that say something, else why there is none."""
        return worst(entry.word for entry in self.findings)

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings with that verdict."""
        return tuple(entry for entry in self.findings if entry.word == self.word)

    @property
    def contradicted(self) -> bool:
        """One run says that it is met, and another that it is not."""
        words = {entry.word for entry in self.findings}
        return "met" in words and bool(words & {"not_met", "not_testable"})


def worst(words: Iterable[str]) -> str:
    """The word that counts; `absent` where there is none."""
    found = set(words)
    return next((word for word in _FROM_WORST if word in found), ABSENT)


def to_declare(lines: str) -> str:
    """What to declare, in one line: the header of a table comes after the key that stands below it."""
    header, _end, below = lines.partition("\n")
    if header.startswith("[") and header.endswith("]") and below and "\n" not in below:
        return f"declare {below} under {header}"
    return f"declare {' '.join(lines.split())}"
