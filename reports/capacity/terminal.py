"""The end of a capacity run in a terminal: the outcome first, what gave out, the rungs, the last line for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text import cut, duration, one_line
from .fit import fit_rows
from .outcome import capacity_facts, headline, key_rows, notices, outcome_word, tone
from .plan import plan_head, plan_rows
from .rungs import rung_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.capacity_facts import CapacityFacts
    from chatproof.run import Run

    from ..terminal_style import Style
    from .rungs import RungRow

__all__ = ["summary"]

LONGEST_TEXT = 1000
_SHORT_CELLS = ("p95", "failed", "ended")
_NONE_FAILED = "0 %"
_HIDDEN_KEYS = ("capacity", "rungs")


def summary(run: Run, style: Style, *, verbose: bool, quiet: bool, report: str) -> str:
    """
    The summary of a capacity run.

    `quiet` leaves the outcome, what gave out, what concerns the whole run, and the last line; `verbose` adds why each
    rung has its verdict, all of its figures, the fit's parameters and the assumptions of the plan.
    """
    facts = capacity_facts(run)
    lines = list(_outcome(run, facts, style))
    if not quiet:
        lines += [*_keys(facts, style), ""]
    lines += _shortages(facts, style)
    if not quiet:
        lines += [*_rungs(facts, style, verbose=verbose), *_fit(facts, style, verbose=verbose)]
        lines += _plan(facts, style, verbose=verbose)
    for text in notices(run):
        lines += [*style.paragraph(_line(text), first="! ", rest="  "), ""]
    if not quiet:
        for text in facts.notes:
            lines += style.paragraph(_line(text), first="note: ", rest="  ")
        lines += [""] if facts.notes else []
    lines.append(style.bold(_last(run, facts, report)))
    return "\n".join(lines)


def _outcome(run: Run, facts: CapacityFacts, style: Style) -> Iterator[str]:
    text = f"{outcome_word(facts).upper()}: {facts.sentence or headline(facts)}"
    yield from style.paragraph(_line(text), rest="  ", bold=True, mark=tone(run))


def _keys(facts: CapacityFacts, style: Style) -> Iterator[str]:
    for name, text in key_rows(facts):
        if name not in _HIDDEN_KEYS:
            yield from style.paragraph(_line(f"{name}: {text}"), first="  ", rest="    ")


def _shortages(facts: CapacityFacts, style: Style) -> Iterator[str]:
    for entry in facts.shortages:
        yield from style.paragraph(_line(f"gave out: {entry.what}: {entry.evidence}"), rest="  ", mark="not_met")
        if entry.remedy:
            yield from style.paragraph(_line(f"remedy: {entry.remedy}"), first="  ", rest="  ")
    if facts.shortages:
        yield ""


def _rungs(facts: CapacityFacts, style: Style, *, verbose: bool) -> Iterator[str]:
    columns, rows = rung_rows(facts)
    width = max((len(row.level) for row in rows), default=0)
    for row in rows:
        cells = zip(columns, row.cells, strict=True)
        told = [f"{name} {text}" for name, text in cells if text and (verbose or _short(name, text))]
        text = f"{row.level.ljust(width)}  {row.verdict.ljust(7)}  {', '.join(told)}"
        yield from style.paragraph(_line(text), rest="    ", mark=row.tone)
        if verbose or row.verdict != "holds":
            yield from _why(row, style)
    if rows:
        yield ""


def _short(name: str, text: str) -> bool:
    return name in _SHORT_CELLS and (name != "failed" or text != _NONE_FAILED)


def _why(row: RungRow, style: Style) -> Iterator[str]:
    if row.why:
        yield from style.paragraph(_line(row.why), first="    ", rest="    ")


def _fit(facts: CapacityFacts, style: Style, *, verbose: bool) -> Iterator[str]:
    rows = fit_rows(facts)
    for name, value, interval, meaning in rows if verbose else rows[:1]:
        yield from style.paragraph(f"{name} {value} ({interval}): {meaning}", rest="  ")
    if facts.fit_note and (verbose or not rows):
        yield from style.paragraph(_line(facts.fit_note), rest="  ")
    if rows or facts.fit_note:
        yield ""


def _plan(facts: CapacityFacts, style: Style, *, verbose: bool) -> Iterator[str]:
    rows = plan_rows(facts)
    _users, arriving, *_rest = plan_head(facts)
    for users, arrivals, *rest in rows:
        *held, replicas = rest[:2] if len(rest) > 1 else rest
        noun = "replica" if replicas == "1" else "replicas"
        at_once = f", {held[0]} held at once" if held else ""
        spread = f" ({' to '.join(rest[2:])} where the hold time differs by 20 %)" if len(set(rest[1:])) > 1 else ""
        text = f"{users} users: {arrivals} {arriving}{at_once}, {replicas} {noun}{spread}"
        yield from style.paragraph(_line(text), rest="  ")
    if verbose and facts.planning is not None:
        for text in facts.planning.assumptions:
            yield from style.paragraph(_line(text), first="  - ", rest="    ")
    if rows:
        yield ""


def _last(run: Run, facts: CapacityFacts, report: str) -> str:
    prefix = "interrupted: " if run.interrupted else "chatproof failed: " if run.crash else ""
    where = f" - report: {report}" if report else ""
    number = len(facts.rungs)
    rungs = f"{number} rung{'s' * (number != 1)} in {duration(run.duration_seconds)}"
    return one_line(f"{prefix}{cut(headline(facts), LONGEST_TEXT)}; {rungs}{where}")


def _line(text: str) -> str:
    return one_line(cut(text, LONGEST_TEXT))
