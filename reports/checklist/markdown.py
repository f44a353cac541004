"""The checklist in Markdown, for a release ticket: a task list for each document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..markdown_text import LONGEST_CELL, cell, fenced, plain, prose
from ..text import cut, duration
from .boxes import (
    by_needs,
    checklist_facts,
    documents,
    label,
    needed,
    not_ticked,
    of,
    state_of,
    ticked_line,
    unmarked,
    word,
)
from .evidence import place, shown
from .outcome import counts_line, headline, notes, notices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatproof.checklist_facts import Box, EvidenceRun
    from chatproof.run import Run

    from .evidence import Said

__all__ = ["blocks"]

MOST_MET = 3
LONGEST_EVIDENCE = 160
LONGEST_LINE = 600
_WANTING = {"not_judged": "Needs", "not_testable": "It takes", "manual": "For a person to tick"}


def blocks(run: Run) -> Iterator[str]:
    """The document in pieces; it may end after any of them."""
    facts = checklist_facts(run)
    yield f"# Production checklist: {plain(headline(run)).lower()}\n\n"
    yield f"**{counts_line(run)}** - exit code {run.exit_code}: {cell(run.exit_reason)}\n\n"
    build = f"build {cell(run.build)}" if run.build else "build not named"
    yield f"{cell(str(run.backend.get('url', '')))} - {build} - fingerprint {cell(run.fingerprint) or 'none'}"
    yield f" - {plain(run.started_at)}, {duration(run.duration_seconds)} - chatproof {plain(run.version)}\n"
    for notice in (*notices(run), *notes(run)):
        yield f"\n> {prose(notice)}\n"
    yield from _open(run)
    for document in documents(facts.boxes):
        yield f"\n## {cell(document.name)}: {ticked_line(document)}\n"
        for section in document.sections:
            yield f"\n### {cell(section.name)}\n\n" if section.name else "\n"
            for box in section.boxes:
                yield from _box(box, facts.runs)
    yield from _runs(facts.runs)
    yield from _refused(facts.refused)
    yield from _left_out(facts.left_out)


def _open(run: Run) -> Iterator[str]:
    """What keeps the checklist from being complete, most important first."""
    crossed, not_judged = not_ticked(run), by_needs(of(run, "not_judged"))
    if crossed or not_judged:
        yield "\n## What keeps it from being complete\n\n"
    for box in crossed:
        reason = f" - {prose(box.reason, LONGEST_CELL)}" if box.reason else ""
        yield f"- **{state_of(box)}** {_label(box)}{reason}\n"
    for needs, boxes in not_judged:
        yield f"- **not judged** {'; '.join(_label(box) for box in boxes)} - needs {prose(needs, LONGEST_CELL)}\n"


def _box(box: Box, runs: Sequence[EvidenceRun]) -> Iterator[str]:
    """One task with what belongs to it; a manual one is left for a person to tick."""
    state = "" if box.state == "ticked" else f"**{cell(state_of(box))}** "
    seen = shown(box, most_met=MOST_MET)
    where = place(seen.runs, runs)
    original = f" ({prose(unmarked(box.text), LONGEST_CELL)})" if box.translation else ""
    lines = [
        f"- [{'x' if box.state == 'ticked' else ' '}] {state}{_label(box)}{original}{f' ({where})' if where else ''}"
    ]
    if box.reason:
        lines.append(f"  - {prose(box.reason, LONGEST_LINE)}")
    if box.remedy:
        lines.append(f"  - Remedy: {prose(box.remedy, LONGEST_LINE)}")
    if box.state in _WANTING:
        wanted = prose(needed(box), LONGEST_LINE)
        lines.append(f"  - {_WANTING[box.state]}{': ' if wanted else ''}{wanted}")
    lines += [f"  - {_told(said, runs)}" for said in seen.entries]
    if seen.also_met:
        names = ", ".join(cell(said.name) for said in seen.also_met)
        lines.append(f"  - {len(seen.also_met)} more met: {names}")
    yield "".join(f"{line}\n" for line in lines)


def _label(box: Box) -> str:
    return prose(label(box), LONGEST_CELL)


def _told(said: Said, runs: Sequence[EvidenceRun]) -> str:
    text = f": {prose(said.entry.text, LONGEST_EVIDENCE)}" if said.entry.text else ""
    where = place(said.runs, runs)
    return f"{cell(said.name)} {cell(word(said.entry.verdict))}{text}{f' ({where})' if where else ''}"


def _runs(runs: Sequence[EvidenceRun]) -> Iterator[str]:
    if not runs:
        return
    yield "\n## The runs it stands on\n\n| run | command | file | started | took | build | fingerprint | outcome |\n"
    yield f"|{'---|' * 8}\n"
    for number, entry in enumerate(runs, start=1):
        told = (
            str(number),
            cell(entry.command),
            cell(entry.file) or "of this checklist",
            cell(entry.started_at),
            duration(entry.duration_seconds),
            cell(entry.build) or "not named",
            cell(entry.fingerprint) or "none",
            prose(entry.outcome, LONGEST_CELL) or " ",
        )
        yield f"| {' | '.join(told)} |\n"


def _refused(refused: Sequence[tuple[str, str]]) -> Iterator[str]:
    if refused:
        yield "\n## Refused as evidence\n\n"
    for file, reason in refused:
        yield f"- {cell(file)}: {prose(reason, LONGEST_LINE)}\n"


def _left_out(left_out: Sequence[tuple[str, str]]) -> Iterator[str]:
    if left_out:
        yield "\n## Documents left out\n"
    for document, line in left_out:
        yield f"\n{cell(document)}: its profile is not declared; this line would declare it:\n"
        yield f"\n{fenced(cut(line, LONGEST_LINE))}\n"
