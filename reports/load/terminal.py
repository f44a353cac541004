"""The end of a load run in a terminal: verdicts of targets first, then validity, the outcome last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kind import load_facts
from ..text import cut, duration, one_line, visible
from .figures import distributions, singles
from .instrument import plan_sentence
from .outcome import (
    broken_checks,
    counts_line,
    found_text,
    invalid,
    notices,
    ordered,
    requirement_text,
    samples_text,
    validity_line,
    value_text,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.load_facts import LoadFacts, TargetVerdict
    from chatproof.run import Run

    from ..terminal_style import Style

__all__ = ["body", "remarks", "summary"]

LONGEST_TEXT = 1000
LONGEST_SAMPLE = 200
_VERDICT_COLUMNS = 12
_ROOMY = 60
_STATES = {"ok": "met", "broken": "not_met", "not_observed": "not_claimed"}
_STATE_WORDS = {"ok": "holds", "broken": "broken", "not_observed": "not observed"}


def summary(run: Run, style: Style, *, verbose: bool, quiet: bool, report: str) -> str:
    """
    The summary of a load run.

    `quiet` leaves what is not met or inconclusive, what concerns the whole run, and the last line; `verbose` adds the
    checks of the generator that hold, and the figures of every metric.
    """
    facts = load_facts(run)
    lines = body(run, style, verbose=verbose, quiet=quiet)
    for text in notices(run):
        lines += [*style.paragraph(_line(text), first="! ", rest="  "), ""]
    if not quiet:
        lines += remarks(facts, style)
    lines.append(style.bold(_last(run, facts, report)))
    return "\n".join(lines)


def body(run: Run, style: Style, *, verbose: bool, quiet: bool) -> list[str]:
    """The lines on targets, the generator and failures, an empty one after each part."""
    facts = load_facts(run)
    lines: list[str] = []
    if invalid(run):
        lines += [*_invalid(run, style), ""]
    shown = ("not_met", "inconclusive") if quiet else ("not_met", "inconclusive", "met")
    for target in ordered(run, *shown):
        lines += _target(run, target, style)
    if not quiet:
        lines += _unclaimed(run, style)
    lines += [""] if lines and lines[-1] else []
    if not quiet:
        lines += [*_errors(facts, style), *_validity(run, style, verbose=verbose)]
    if verbose:
        lines += [*_figures(facts, style), *_plan(facts, style)]
    return lines


def remarks(facts: LoadFacts, style: Style) -> Iterator[str]:
    """The notes of the load."""
    for text in facts.notes:
        yield from style.paragraph(_line(text), first="note: ", rest="  ")
    if facts.notes:
        yield ""


def _invalid(run: Run, style: Style) -> Iterator[str]:
    text = "INVALID RUN: no verdict of it says anything about the backend"
    yield from style.paragraph(text, bold=True, mark="not_met")
    for reason in run.validity.reasons if run.validity else ():
        yield from style.paragraph(_line(reason), first="  ", rest="  ")


def _target(run: Run, target: TargetVerdict, style: Style) -> Iterator[str]:
    """The verdict in one line, wrapped; why, and what would decide it, below where that is not plain."""
    bounds = found_text(target)
    found = f"{value_text(target)}{f' (bounds: {bounds})' if bounds else ''}"
    row = requirement_text(target)
    name = f"; {row}" if row else ""
    profile = f" {target.profile}" if len(run.profiles) > 1 and target.profile else ""
    void = " (invalid run)" if invalid(run) else ""
    samples = f", {samples_text(target)}" if target.n else ""
    text = f"{_marked(target.verdict, style)} {target.target}: {found}{samples}{name}{profile}"
    yield from style.paragraph(_line(text + void), rest="  ", bold=target.verdict == "not_met", mark=target.verdict)
    if target.verdict != "met":
        if target.reason:
            yield from style.paragraph(_line(target.reason), first="  ", rest="  ")
        if target.missing:
            yield from style.paragraph(_line(f"to decide it: {target.missing}"), first="  ", rest="  ")


def _unclaimed(run: Run, style: Style) -> Iterator[str]:
    for target in ordered(run, "not_claimed"):
        measured = f"; measured {value_text(target)}" if target.n else ""
        text = f"{_marked(target.verdict, style)} {target.target}: {target.reason}{measured}"
        yield from style.paragraph(_line(text), rest="  ", mark="not_claimed")
        if target.declare:
            yield from style.verbatim(visible(cut(target.declare, LONGEST_TEXT)), indent="    ")


def _errors(facts: LoadFacts, style: Style) -> Iterator[str]:
    for error in facts.errors:
        sample = f": {cut(error.samples[0], LONGEST_SAMPLE)}" if error.samples else ""
        first, last = duration(error.first_seconds), duration(error.last_seconds)
        seen = f"after {first}" if error.count == 1 else f"{first} to {last}"
        yield from style.paragraph(_line(f"{error.count:,} x {error.cause} ({seen}){sample}"), rest="  ")
    if facts.errors:
        yield ""


def _validity(run: Run, style: Style, *, verbose: bool) -> Iterator[str]:
    mark = "not_met" if invalid(run) else "met" if run.validity else "not_claimed"
    yield from style.paragraph(_line(f"run {validity_line(run)}"), rest="  ", mark=mark)
    checks = run.validity.checks if run.validity else ()
    for check in checks if verbose else broken_checks(run):
        state = _STATE_WORDS.get(check.state, check.state)
        text = f"{check.name.replace('_', ' ')} {state}: {check.found} (limit: {check.limit})"
        yield from style.paragraph(_line(text), first="  ", rest="    ", mark=_STATES.get(check.state, ""))
        if check.state == "broken" and check.remedy:
            yield from style.paragraph(_line(f"remedy: {check.remedy}"), first="    ", rest="    ")
    yield ""


def _figures(facts: LoadFacts, style: Style) -> Iterator[str]:
    head, rows = distributions(facts.figures)
    for row in rows:
        cells = ", ".join(f"{name} {cell}" for name, cell in zip(head, row.cells, strict=True) if cell)
        yield from style.paragraph(_line(f"{row.name}: {cells}; n = {row.n:,}"), rest="  ")
    for entry in singles(facts.figures):
        note = f" - {entry.note}" if entry.note else ""
        yield from style.paragraph(_line(f"{entry.name}: {entry.value}; n = {entry.n:,}{note}"), rest="  ")
    if facts.figures:
        yield ""


def _plan(facts: LoadFacts, style: Style) -> Iterator[str]:
    yield from style.paragraph(_line(f"plan: {facts.workload}, {plan_sentence(facts.plan)}"), rest="  ")
    if facts.left_out:
        yield from style.paragraph(_line(f"left out: {', '.join(facts.left_out)}"), rest="  ")
    yield ""


def _last(run: Run, facts: LoadFacts, report: str) -> str:
    prefix = "interrupted: " if run.interrupted else "chatproof failed: " if run.crash else ""
    prefix += "invalid run: " if invalid(run) else ""
    where = f" - report: {report}" if report else ""
    samples = f"{facts.samples:,} sample{'s' * (facts.samples != 1)} in {duration(facts.seconds)}"
    return f"{prefix}{counts_line(run)}; {samples}{where}"


def _marked(verdict: str, style: Style) -> str:
    """The verdict in a column of its own, where there is room for one."""
    return word(verdict).upper().ljust(_VERDICT_COLUMNS if style.width >= _ROOMY else 0)


def _line(text: str) -> str:
    return one_line(cut(text, LONGEST_TEXT))
