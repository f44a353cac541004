"""A history as Markdown, for a comment or the summary of a CI step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..markdown_text import cell, plain, prose
from ..text import duration, encodable
from .changes import changes, last_change
from .figures import tracks
from .words import build, counts_line, empty_text, headline, moment, outcome, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.history.facts import History

__all__ = ["render"]

MOST_ROWS = 200


def render(history: History) -> str:
    """The runs, the newest first, the verdicts that changed or are not met, and the key figures."""
    return encodable("".join(_blocks(history)))


def _blocks(history: History) -> Iterator[str]:
    yield f"# chatproof history: {plain(headline(history))}\n"
    if not history.runs:
        yield f"\n{prose(empty_text(history))}\n"
        return
    yield "\n| run | outcome | command | build | started | took | found |\n|---|---|---|---|---|---|---|\n"
    for number, run in reversed(list(enumerate(history.runs, start=1))):
        told = (outcome(run), run.command, build(run), moment(run), duration(run.duration_seconds), counts_line(run))
        yield f"| {number} | {' | '.join(map(cell, told))} |\n"
    yield from _changes(history)
    yield from _figures(history)


def _changes(history: History) -> Iterator[str]:
    rows = changes(history)
    yield "\n## Verdicts that changed or are not met\n\n"
    if not rows:
        yield "Every verdict of these runs is in order, and none has changed.\n"
        return
    yield "| now | requirement or target | profile | last change |\n|---|---|---|---|\n"
    for row in rows[:MOST_ROWS]:
        change = last_change(row)
        said = f"run {change[0] + 1}: {word(change[1])}, then {word(change[2])}" if change else "none"
        now = f"**{word(row.last)}**" if row.last == "not_met" else word(row.last)
        yield f"| {now} | {cell(row.name)} | {cell(row.profile)} | {cell(said)} |\n"
    if len(rows) > MOST_ROWS:
        yield f"\n{len(rows) - MOST_ROWS} more are in the database.\n"


def _figures(history: History) -> Iterator[str]:
    every = tracks(history)
    if not every:
        return
    yield "\n## Figures\n\n| figure | last | before, in the same settings |\n|---|---|---|\n"
    for track in every[:MOST_ROWS]:
        last = track.points[-1]
        before = [one.said for one in track.points[:-1] if one.settings and one.settings == last.settings]
        earlier = before[-1] if before else "none"
        yield f"| {cell(track.name)} | {cell(f'run {last.place + 1}: {last.said}')} | {cell(earlier)} |\n"
