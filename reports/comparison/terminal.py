"""A comparison in a terminal: verdicts that changed, figures as a table, the outcome last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.comparison.figures import NO_DIFFERENCE

from ..terminal_style import Style
from ..text import columns, cut, one_line
from .words import (
    MARKS,
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

NARROWEST = 30
LONGEST_TEXT = 1000


def render(comparison: Comparison, *, colour: bool = False, width: int = 80, quiet: bool = False) -> str:
    """The comparison, wrapped to `width` columns; `quiet` leaves what changed, what is doubtful and the outcome."""
    style = Style(colour=colour, width=max(width, NARROWEST))
    lines: list[str] = []
    for name, side in (("base", comparison.base), ("run", comparison.run)):
        lines += style.paragraph(_line(side_text(side)), first=f"{name:5}", rest="     ")
    for number, (first, second) in enumerate(comparison.pairs, 1):
        text = f"{side_text(first)} and {side_text(second)}"
        lines += style.paragraph(_line(text), first=f"A/A {number}: ", rest="     ")
    lines += _changes(comparison.changes, style)
    shown = [entry for entry in comparison.figures if not quiet or entry.verdict != NO_DIFFERENCE]
    lines += _figures(shown, style)
    if not quiet:
        for text in (confidence_line(comparison), *comparison.notes):
            lines += style.paragraph(_line(text)) if text else ()
    for text in comparison.warnings:
        lines += style.paragraph(_line(text), first="! ", rest="  ")
    reason = f"{headline(comparison)}: {comparison.exit_reason}"
    lines += ["", *style.paragraph(_line(counts_line(comparison)))]
    lines += style.paragraph(_line(f"{reason} (exit code {comparison.exit_code})"), bold=True)
    return "\n".join(lines)


def _changes(changes: Sequence[Change], style: Style) -> Iterator[str]:
    if changes:
        yield ""
    for entry in changes:
        level = f" {entry.level}" if entry.level else ""
        why = f": {entry.reason}" if entry.reason and entry.verdict in {"worse", "changed"} else ""
        text = f"{verdict_text(entry)} {entry.name}{level} ({entry.profile}) {moved(entry)}{why}"
        yield from style.paragraph(_line(text), rest="  ", bold=entry.weighs, mark=MARKS.get(entry.verdict, ""))


def _figures(figures: Sequence[FigureChange], style: Style) -> Iterator[str]:
    """A table below each verdict where there is room for it, else a paragraph for each figure."""
    if not figures:
        return
    banded = any(band_text(entry) for entry in figures)
    head = ["figure", "base", "run", "change", "interval", *(["A/A band"] if banded else [])]
    rows = [_row(entry, banded=banded) for entry in figures]
    widths = [max(columns(row[index]) for row in (head, *rows)) for index in range(len(head))]
    roomy = 2 + sum(widths) + 2 * (len(widths) - 1) <= style.width
    yield from ["", style.bold(f"  {_aligned(head, widths)}")] if roomy else [""]
    seen = ""
    for entry, row in zip(figures, rows, strict=True):
        mark = MARKS[entry.verdict] if entry.verdict != NO_DIFFERENCE else ""
        if entry.verdict != seen:
            seen = entry.verdict
            yield from style.paragraph(seen, bold=True, mark=mark)
        if roomy:
            yield from style.paragraph(_aligned(row, widths), first="  ", mark=mark)
            continue
        found = f" ({row[4]})" if row[4] else ""
        noise = f", A/A band {row[5]}" if banded and row[5] else ""
        text = f"{row[0]} {row[1]} -> {row[2]}, {row[3]}{found}{noise}"
        yield from style.paragraph(text, first="  ", rest="    ", mark=mark)
    yield from _reasons(figures, style)


def _reasons(figures: Sequence[FigureChange], style: Style) -> Iterator[str]:
    """Why figures have no interval, each reason once."""
    found: dict[str, list[str]] = {}
    for entry in figures:
        if not entry.interval:
            found.setdefault(entry.reason, []).append(entry.name)
    if found:
        yield ""
    for reason, names in found.items():
        yield from style.paragraph(_line(f"no interval of {', '.join(names)}: {reason}"), rest="  ")


def _row(entry: FigureChange, *, banded: bool) -> list[str]:
    cells = [
        entry.name,
        value_text(entry.base, entry.unit),
        value_text(entry.run, entry.unit),
        change_text(entry),
        interval_text(entry),
        *([band_text(entry)] if banded else []),
    ]
    return [_line(cell) for cell in cells]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first cell to the left, the others to the right."""
    first, *others = (" " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True))
    placed = [cells[0] + first, *(pad + cell for pad, cell in zip(others, cells[1:], strict=True))]
    return "  ".join(placed).rstrip()


def _line(text: str) -> str:
    return one_line(cut(text, LONGEST_TEXT))
