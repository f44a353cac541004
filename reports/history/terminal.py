"""A history on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..terminal_style import Style
from ..text import one_line
from .changes import changes, last_change
from .figures import tracks
from .words import build, counts_line, empty_text, headline, moment, outcome, tone, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.history.facts import History

__all__ = ["render"]

NARROWEST = 30
MOST_RUNS = 10


def render(
    history: History, *, colour: bool = False, width: int = 80, verbose: bool = False, quiet: bool = False
) -> str:
    """
    The runs, the verdicts that changed or are not met, the latest figures; the outcome of the last run at the end.

    `quiet` leaves what is not met and the last line; `verbose` shows every run.
    """
    style = Style(colour=colour, width=max(width, NARROWEST))
    lines: list[str] = []
    if not history.runs:
        lines += style.paragraph(one_line(empty_text(history)))
    elif not quiet:
        lines += [*_runs(history, style, most=len(history.runs) if verbose else MOST_RUNS), ""]
    lines += _changes(history, style, quiet=quiet)
    if not quiet:
        lines += _figures(history, style)
    lines.append(style.bold(headline(history)))
    return "\n".join(lines)


def _runs(history: History, style: Style, *, most: int) -> Iterator[str]:
    numbered = list(enumerate(history.runs, start=1))
    if len(numbered) > most:
        yield from style.paragraph(f"{len(numbered) - most} older runs: -v shows them")
    for number, run in numbered[-most:]:
        first = f"{number:>4}  "
        named = f" {build(run)}" if run.build else ""
        said = f"{moment(run)}  {run.command}{named}: {outcome(run)}; {counts_line(run)}"
        yield from style.paragraph(one_line(said), first=first, rest=" " * len(first), mark=tone(run))


def _changes(history: History, style: Style, *, quiet: bool) -> Iterator[str]:
    rows = [row for row in changes(history) if not quiet or row.last == "not_met"]
    for row in rows:
        change = last_change(row)
        since = f", since run {change[0] + 1} (before: {word(change[1])})" if change else ""
        said = f"{word(row.last).upper()}  {row.name} ({row.profile}){since}"
        yield from style.paragraph(one_line(said), rest="  ", mark=row.last)
    if rows:
        yield ""


def _figures(history: History, style: Style) -> Iterator[str]:
    every = tracks(history)
    for track in every:
        last = track.points[-1]
        before = [one.said for one in track.points[:-1] if one.settings and one.settings == last.settings]
        earlier = f"; before: {before[-1]}" if before else ""
        said = f"{track.name}  {last.said} in run {last.place + 1}{earlier}"
        yield from style.paragraph(one_line(said), rest="  ")
    if every:
        yield ""
