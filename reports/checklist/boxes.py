"""The boxes of a checklist: grouped by document and by need, and in words that every report of it shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.checklist_facts import Box, ChecklistFacts
    from chatproof.run import Run

__all__ = [
    "Document",
    "Section",
    "by_needs",
    "checklist_facts",
    "documents",
    "label",
    "needed",
    "not_ticked",
    "of",
    "state_of",
    "ticked_line",
    "unmarked",
    "word",
]

_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


@dataclass(frozen=True, slots=True)
class Section:
    """Boxes of a document that stand below one heading."""

    name: str
    boxes: tuple[Box, ...]

    @property
    def language(self) -> str:
        """The language of the heading, which is that of its boxes; empty where it is not told."""
        return self.boxes[0].language


@dataclass(frozen=True, slots=True)
class Document:
    """A document that holds boxes, its sections in their order."""

    name: str
    sections: tuple[Section, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes of the document."""
        return tuple(box for section in self.sections for box in section.boxes)


def checklist_facts(run: Run) -> ChecklistFacts:
    """What a checklist found out; TypeError for any other run."""
    if run.checklist is None:
        raise TypeError(f"a run of {run.command!r} holds no checklist")
    return run.checklist


def word(state: str) -> str:
    """A state or a verdict as people write it: `not ticked`."""
    return state.replace("_", " ")


def label(box: Box) -> str:
    """The box's text in English, in one style."""
    return unmarked(box.translation or box.text)


def unmarked(text: str) -> str:
    """A document's text without the asterisks by which it sets words in bold."""
    return _BOLD.sub(r"\1", text)


def state_of(box: Box) -> str:
    """The state in words; with the waiver where that alone holds the box back, since it then fails nothing."""
    return f"{word(box.state)}, waived" if box.held_back_by_waivers else word(box.state)


def needed(box: Box) -> str:
    """What would judge a box, or what it would take: without the word `needs` before it, or what the reason says."""
    before, found, after = box.needs.partition("needs ")
    if found and before.rstrip("; ") in box.reason:
        return after
    return box.needs or ("" if box.state == "manual" else box.reason or "evidence that is not there")


def of(run: Run, *states: str) -> list[Box]:
    """The boxes in one of these states, in the order of their documents."""
    return [box for box in checklist_facts(run).boxes if box.state in states]


def not_ticked(run: Run) -> list[Box]:
    """The boxes that are not ticked: those that fail the checklist before those that a waiver alone holds back."""
    return sorted(of(run, "not_ticked"), key=lambda box: box.held_back_by_waivers)


def documents(boxes: Iterable[Box]) -> list[Document]:
    """The documents in the order of their first box, their sections and boxes likewise."""
    groups: dict[str, dict[str, list[Box]]] = {}
    for box in boxes:
        groups.setdefault(box.document, {}).setdefault(box.section, []).append(box)
    return [
        Document(name, tuple(Section(title, tuple(found)) for title, found in sections.items()))
        for name, sections in groups.items()
    ]


def ticked_line(document: Document) -> str:
    """`9 of 12 ticked, 1 manual`: a box that a person ticks is none of ours."""
    by_hand = sum(box.state == "manual" for box in document.boxes)
    ours = len(document.boxes) - by_hand
    ticked = sum(box.state == "ticked" for box in document.boxes)
    parts = [f"{ticked} of {ours} ticked" if ours else "", f"{by_hand} manual" if by_hand else ""]
    return ", ".join(part for part in parts if part)


def by_needs(boxes: Iterable[Box]) -> list[tuple[str, list[Box]]]:
    """Boxes that the same thing would judge together, in the order of their first."""
    groups: dict[str, list[Box]] = {}
    for box in boxes:
        groups.setdefault(needed(box), []).append(box)
    return list(groups.items())
