"""Annotations of a checklist: boxes that are not ticked or not judged, and what is left to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .boxes import by_needs, checklist_facts, label, not_ticked, of, state_of
from .evidence import shown, told
from .outcome import headline, notes, notices

if TYPE_CHECKING:
    from chatproof.checklist_facts import Box
    from chatproof.run import Run

    from ..annotation import Annotation

__all__ = ["annotated"]


def annotated(run: Run) -> dict[str, list[Annotation]]:
    """
    The annotations of a checklist, each a title and a message.

    A box that is not ticked, and each thing that boxes not judged need, is an error; a box that a waiver holds back,
    and a run refused as evidence, is a warning; boxes that are not testable or manual are notices. Those two fail
    nothing.
    """
    errors = [(f"chatproof: {headline(run)}", text) for text in notices(run)]
    errors += [_not_ticked(box) for box in not_ticked(run) if not box.held_back_by_waivers]
    errors += [
        (f"{_boxes(boxes)} not judged", f"needs {needs}\n{_list(boxes)}")
        for needs, boxes in by_needs(of(run, "not_judged"))
    ]
    waived = [_not_ticked(box) for box in not_ticked(run) if box.held_back_by_waivers]
    refused = [(f"{file} is refused as evidence", reason) for file, reason in checklist_facts(run).refused]
    said = [(f"chatproof: {headline(run)}", text) for text in notes(run)]
    said += [
        (f"{_boxes(boxes)} not testable", f"it takes: {needs}\n{_list(boxes)}")
        for needs, boxes in by_needs(of(run, "not_testable"))
    ]
    manual = of(run, "manual")
    if manual:
        said.append((f"{_boxes(manual)} for a person to tick", _list(manual)))
    return {"error": errors, "warning": [*waived, *refused], "notice": said}


def _not_ticked(box: Box) -> Annotation:
    entries = [said for said in shown(box).entries if said.entry.verdict != "met"]
    against = [told(said) for said in entries if said.entry.name not in box.reason]
    lines = [box.reason, *against, f"remedy: {box.remedy}" if box.remedy else ""]
    return f"{box.id} {state_of(box)}: {label(box)}", "\n".join(line for line in lines if line)


def _boxes(boxes: list[Box]) -> str:
    return f"{len(boxes)} box{'' if len(boxes) == 1 else 'es'}"


def _list(boxes: list[Box]) -> str:
    return "\n".join(f"{box.id}: {label(box)}" for box in boxes)
