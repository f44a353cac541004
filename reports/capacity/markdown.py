"""The capacity run in Markdown: the outcome, what gave out, the plan; rungs and fit below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..markdown_text import LONGEST_CELL, cell, plain, prose
from ..text import duration
from .fit import FIT_HEAD, fit_rows
from .outcome import capacity_facts, headline, key_rows, notices, said
from .plan import plan_head, plan_rows
from .rungs import rung_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.capacity_facts import CapacityFacts
    from chatproof.run import Run

__all__ = ["blocks"]


def blocks(run: Run) -> Iterator[str]:
    """The document in pieces; it may end after any of them."""
    facts = capacity_facts(run)
    yield f"# chatproof {plain(run.command)}: {plain(headline(facts))}\n\n"
    yield f"{prose(said(run))}\n\n"
    where = plain(str(run.backend.get("url", "")))
    build = f" - build {plain(run.build)}" if run.build else ""
    what = f"{plain(facts.workload)} ({plain(facts.profile)}){build}"
    yield f"{where} - {what} - {plain(run.started_at)}, {duration(run.duration_seconds)} - chatproof {run.version}\n"
    for notice in notices(run):
        yield f"\n> {plain(notice)}\n"
    yield _table(("what", "found"), ((cell(name), cell(text)) for name, text in key_rows(facts)))
    yield from _shortages(facts)
    yield from _plan(facts)
    yield from _rungs(facts)
    yield from _fit(facts)
    for note in facts.notes:
        yield f"\n{prose(note)}\n"


def _shortages(facts: CapacityFacts) -> Iterator[str]:
    if facts.shortages:
        rows = (
            (f"**{cell(entry.what)}**", prose(entry.evidence, LONGEST_CELL), prose(entry.remedy, LONGEST_CELL))
            for entry in facts.shortages
        )
        yield _table(("gave out", "evidence", "remedy"), rows)


def _plan(facts: CapacityFacts) -> Iterator[str]:
    if facts.planning is None:
        return
    table = _table(plan_head(facts), plan_rows(facts))
    listed = "".join(f"- {prose(text)}\n" for text in facts.planning.assumptions)
    yield f"\n## Plan\n{table}\nAssumptions:\n\n{listed}"


def _rungs(facts: CapacityFacts) -> Iterator[str]:
    columns, rows = rung_rows(facts)
    if not rows:
        return
    table = _table(
        ("rung", "level", "verdict", *columns, "why"),
        (
            (
                f"{row.number} ({cell(row.phase)})",
                cell(row.level),
                cell(row.verdict),
                *(cell(text) for text in row.cells),
                prose(row.why, LONGEST_CELL),
            )
            for row in rows
        ),
    )
    yield f"\n<details><summary>Rungs: {len(rows)}</summary>\n{table}\n</details>\n"


def _fit(facts: CapacityFacts) -> Iterator[str]:
    rows = fit_rows(facts)
    if rows:
        yield _table(FIT_HEAD, ((cell(text) for text in row) for row in rows))
    if facts.fit_note:
        yield f"\n{prose(facts.fit_note)}\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = [plain(name) for name in head]
    lines = [_row(names), f"|{'---|' * len(names)}\n", *(_row(row) for row in rows)]
    return "\n" + "".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(text or ' ' for text in cells)} |\n"
