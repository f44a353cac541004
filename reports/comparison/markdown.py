"""A comparison in Markdown, for a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.comparison.figures import NO_DIFFERENCE

from ..markdown_text import LONGEST_CELL, cell, plain, prose
from ..text import encodable
from .words import (
    band_text,
    change_text,
    confidence_line,
    counts_line,
    headline,
    interval_text,
    moved,
    side_text,
    value_text,
    verdict_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatproof.comparison.facts import Change, Comparison, FigureChange

__all__ = ["render"]

LIMIT_CHARACTERS = 60_000
"""A comment on a pull request holds 65,536."""

CUT_NOTE = "\n*Cut here: `chatproof compare --json` prints the rest.*\n"


def render(comparison: Comparison) -> str:
    """What changed as tables, what did not folded away; fit for one comment."""
    room = LIMIT_CHARACTERS - len(CUT_NOTE)
    kept: list[str] = []
    for block in _blocks(comparison):
        text = encodable(block)
        if len(text) > room:
            return "".join(kept) + CUT_NOTE
        room -= len(text)
        kept.append(text)
    return "".join(kept)


def _blocks(comparison: Comparison) -> Iterator[str]:
    yield f"# chatproof compare: {plain(headline(comparison)).lower()}\n\n"
    yield f"**{plain(comparison.exit_reason)}** (exit code {comparison.exit_code})\n\n"
    yield f"{plain(counts_line(comparison))}\n\n"
    yield f"- base: {cell(side_text(comparison.base))}\n- run: {cell(side_text(comparison.run))}\n"
    for first, second in comparison.pairs:
        yield f"- A/A: {cell(side_text(first))} and {cell(side_text(second))}\n"
    for text in comparison.warnings:
        yield f"\n> {prose(text)}\n"
    if comparison.changes:
        yield _changes(comparison.changes)
    shown = [entry for entry in comparison.figures if entry.verdict != NO_DIFFERENCE]
    if shown:
        yield f"\n{_figures(shown)}"
    rest = [entry for entry in comparison.figures if entry.verdict == NO_DIFFERENCE]
    if rest:
        yield f"\n<details><summary>{len(rest)} figures: {NO_DIFFERENCE}</summary>\n\n{_figures(rest)}\n</details>\n"
    for text in (confidence_line(comparison), *comparison.notes):
        if text:
            yield f"\n{prose(text)}\n"


def _changes(changes: Sequence[Change]) -> str:
    lines = ["\n| verdict | what | profile | from | why |\n|---|---|---|---|---|\n"]
    for entry in changes:
        word = verdict_text(entry)
        lines.append(
            _row(
                f"**{word}**" if entry.weighs else word,
                f"{cell(entry.name)} {entry.level}".strip(),
                cell(entry.profile),
                plain(moved(entry)),
                prose(entry.reason, LONGEST_CELL),
            )
        )
    return "".join(lines)


def _figures(figures: Sequence[FigureChange]) -> str:
    lines = [
        "| verdict | figure | base | run | change | interval | A/A band | why |\n|---|---|---|---|---|---|---|---|\n"
    ]
    lines += [
        _row(
            f"**{entry.verdict}**" if entry.verdict == "worse" else entry.verdict,
            cell(entry.name),
            plain(value_text(entry.base, entry.unit)),
            plain(value_text(entry.run, entry.unit)),
            plain(change_text(entry)),
            plain(interval_text(entry)),
            plain(band_text(entry)),
            prose(entry.reason, LONGEST_CELL),
        )
        for entry in figures
    ]
    return "".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(text or ' ' for text in cells)} |\n"
