"""The end of a checklist in a terminal: what is not ticked, what is not judged and why, the counts last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text import cut, duration, one_line, visible
from .boxes import by_needs, checklist_facts, documents, label, needed, not_ticked, of, state_of, ticked_line, word
from .evidence import place, shown, told
from .outcome import counts_line, notes, notices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.checklist_facts import Box
    from chatproof.run import Run

    from ..terminal_style import Style

__all__ = ["summary"]

LONGEST_TEXT = 1000
_MARKS = {
    "ticked": "met",
    "not_ticked": "not_met",
    "not_judged": "not_testable",
    "not_testable": "not_claimed",
}


def summary(run: Run, style: Style, *, verbose: bool, quiet: bool, report: str) -> str:
    """
    The summary of a checklist.

    `quiet` leaves what is not ticked or not judged, what concerns the whole run, and the last line; `verbose` adds
    every box with its evidence, and the runs.
    """
    lines: list[str] = []
    if verbose:
        lines += [*_all(run, style), *_runs(run, style)]
    for box in not_ticked(run):
        lines += _not_ticked(box, style)
    lines += _not_judged(run, style)
    if not quiet:
        lines += [*_not_testable(run, style, verbose=verbose), *_left_out(run, style), *_by_document(run, style)]
        for text in notes(run):
            lines += [*style.paragraph(_line(text), first="note: ", rest="  "), ""]
    for text in (*notices(run), *_refused(run)):
        lines += [*style.paragraph(_line(text), first="! ", rest="  "), ""]
    lines.append(style.bold(_last(run, report)))
    return "\n".join(lines)


def _not_ticked(box: Box, style: Style) -> Iterator[str]:
    yield from _titled(box, style)
    if box.reason:
        yield from style.field("reason", _line(box.reason))
    for said in shown(box).entries:
        if said.entry.verdict != "met" and said.entry.name not in box.reason:
            yield from style.field("evidence", _line(told(said)))
    if box.remedy:
        yield from style.field("remedy", visible(cut(box.remedy, LONGEST_TEXT)))
    yield ""


def _titled(box: Box, style: Style) -> Iterator[str]:
    where = ", ".join(part for part in (box.document, box.section) if part)
    text = _line(f"{state_of(box).upper()} {box.id}: {label(box)}")
    yield from style.paragraph(text, rest="  ", bold=not box.held_back_by_waivers, mark=_MARKS["not_ticked"])
    yield from style.paragraph(_line(where), first="  ", rest="  ")


def _not_judged(run: Run, style: Style) -> Iterator[str]:
    """The boxes that the same thing would judge together, and below them what that is."""
    for needs, boxes in by_needs(of(run, "not_judged")):
        for box in boxes:
            text = _line(f"{word(box.state).upper()} {box.id}: {label(box)}")
            yield from style.paragraph(text, rest="  ", mark=_MARKS[box.state])
        yield from style.paragraph(visible(cut(f"needs {needs}", LONGEST_TEXT)), first="  ", rest="    ")
        yield ""


def _not_testable(run: Run, style: Style, *, verbose: bool) -> Iterator[str]:
    boxes = of(run, "not_testable")
    if not boxes:
        return
    names = ", ".join(box.id for box in boxes)
    text = _line(f"NOT TESTABLE {len(boxes)}: {names}{'' if verbose else ' (-v says what each would take)'}")
    yield from style.paragraph(text, rest="  ", mark=_MARKS["not_testable"])
    yield ""


def _left_out(run: Run, style: Style) -> Iterator[str]:
    for document, line in checklist_facts(run).left_out:
        yield from style.paragraph(_line(f"LEFT OUT {document}: its profile is not declared"), rest="  ")
        yield from style.verbatim(visible(cut(line, LONGEST_TEXT)), indent="    ")
        yield ""


def _by_document(run: Run, style: Style) -> Iterator[str]:
    found = documents(checklist_facts(run).boxes)
    for document in found:
        yield from style.paragraph(_line(f"{document.name}: {ticked_line(document)}"), rest="  ")
    yield from [""] if found else []


def _all(run: Run, style: Style) -> Iterator[str]:
    """Every box with its evidence, but for those that are told below."""
    runs = checklist_facts(run).runs
    for document in documents(checklist_facts(run).boxes):
        yield from style.paragraph(_line(document.name), bold=True)
        for box in document.boxes:
            seen = shown(box, most_met=len(box.evidence))
            where = place(seen.runs, runs)
            text = _line(f"{state_of(box)}: {box.id}: {label(box)}{f' ({where})' if where else ''}")
            yield from style.paragraph(text, first="  ", rest="    ", mark=_MARKS.get(box.state, ""))
            if box.state in {"not_testable", "manual"} and needed(box):
                yield from style.paragraph(visible(cut(needed(box), LONGEST_TEXT)), first="    ", rest="      ")
            for said in seen.entries:
                where = place(said.runs, runs)
                text = f"{told(said)}{f' ({where})' if where else ''}"
                yield from style.paragraph(_line(text), first="    ", rest="      ")
        yield ""


def _runs(run: Run, style: Style) -> Iterator[str]:
    facts = checklist_facts(run)
    for number, entry in enumerate(facts.runs, start=1):
        build = f"build {entry.build}" if entry.build else "build not named"
        text = (
            f"run {number}: {entry.command}{f' {entry.file}' if entry.file else ''}, {entry.started_at}, "
            f"{duration(entry.duration_seconds)}, {build}, fingerprint {entry.fingerprint or 'none'}: {entry.outcome}"
        )
        yield from style.paragraph(_line(text), rest="  ")
    yield from [""] if facts.runs else []


def _refused(run: Run) -> list[str]:
    return [f"refused as evidence: {file}: {reason}" for file, reason in checklist_facts(run).refused]


def _last(run: Run, report: str) -> str:
    prefix = "interrupted: " if run.interrupted else "chatproof failed: " if run.crash else ""
    where = f" - report: {report}" if report else ""
    took = f" in {duration(run.duration_seconds)}" if checklist_facts(run).boxes else ""
    return f"{prefix}{counts_line(run)}{took}{where}"


def _line(text: str) -> str:
    return one_line(cut(text, LONGEST_TEXT))
