"""Boxes of the sample checklist, alone or in a run of their own."""

from __future__ import annotations

from dataclasses import replace

from chatproof.checklist_facts import Box, ChecklistFacts
from chatproof.reports.checklist.boxes import checklist_facts
from chatproof.run import Run
from support.checklists import checklist_run


def open_run() -> Run:
    """Boxes of every state; what the check found apart from them is left out."""
    return replace(checklist_run(), verdicts=())


def with_boxes(*boxes: Box, exit_code: int = 3) -> Run:
    run = open_run()
    return replace(run, exit_code=exit_code, checklist=ChecklistFacts(boxes=boxes, runs=checklist_facts(run).runs))


def box(name: str) -> Box:
    [found] = [entry for entry in checklist_facts(open_run()).boxes if entry.id == name]
    return found
