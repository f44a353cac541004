"""The end of a run in a terminal: what is not met first, the outcome last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.verdict import Verdict

from ..text import cut, duration, one_line, visible
from .outcome import (
    by_declaration,
    by_profile_and_clause,
    by_reason,
    counts_line,
    evidence_for,
    fails,
    named,
    not_met,
    notices,
    of,
    word,
)
from .time_line import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.run import RequirementVerdict, Run

    from ..terminal_style import Style

__all__ = ["body", "notes", "summary", "unseen"]

LONGEST_TEXT = 1000


def summary(run: Run, style: Style, *, verbose: bool, quiet: bool, report: str) -> str:
    """
    The summary of a check.

    `verbose` adds every requirement and scenario with its time. Where the control turn did not work, that is all there
    is to say: what else is not claimed waits for `verbose`.
    """
    lines = body(run, style, verbose=verbose, quiet=quiet)
    lines += notes(notices(run), style)
    if quiet:
        lines += unseen(run, style)
    lines.append(style.bold(_last(run, report)))
    return "\n".join(lines)


def body(run: Run, style: Style, *, verbose: bool, quiet: bool) -> list[str]:
    """The lines on requirements, an empty one after each part; none where all that counts is met."""
    lines: list[str] = []
    if verbose:
        lines += [*_all(run, style), *_scenarios(run, style)]
    drawn: set[str] = set()
    for entry in not_met(run):
        lines += _finding(run, entry, style, drawn)
    if not quiet:
        lines += _not_testable(run, style, verbose=verbose)
        if verbose or not run.gate:
            lines += _not_claimed(run, style)
        lines += _waivers(run, style)
    return lines


def notes(texts: Iterable[str], style: Style) -> list[str]:
    """What the reader must know beside the verdicts."""
    lines: list[str] = []
    for text in texts:
        lines += [*style.paragraph(one_line(cut(text, LONGEST_TEXT)), first="! ", rest="  "), ""]
    return lines


def _finding(run: Run, entry: RequirementVerdict, style: Style, drawn: set[str]) -> Iterator[str]:
    """One requirement; `drawn` holds the exchanges whose time line stands above, and is added to."""
    weight = "" if fails(entry, strict=run.strict) else " (does not fail the run)"
    yield from style.paragraph(
        f"NOT MET {entry.requirement} {entry.level}{weight} - {one_line(entry.profile)}",
        bold=True,
        mark=Verdict.NOT_MET,
    )
    yield from style.paragraph(one_line(entry.statement), first="  ", rest="  ")
    for name, text in (("found", one_line(entry.found)), ("expected", one_line(entry.expected))):
        if text:
            yield from style.field(name, cut(text, LONGEST_TEXT))
    if entry.remedy:
        yield from style.field("remedy", cut(visible(entry.remedy), LONGEST_TEXT))
    evidence = evidence_for(run, entry)
    if entry.evidence:
        offset = "" if entry.offset is None else f", byte {entry.offset} of the body"
        above = " (time line above)" if entry.evidence in drawn else ""
        yield from style.field("evidence", f"{one_line(entry.evidence)}{offset}{above}")
    if evidence is not None and entry.evidence not in drawn:
        drawn.add(entry.evidence)
        for moment, text in compact(evidence):
            yield from style.moment(moment, one_line(text))
    if entry.curl:
        yield from style.verbatim(visible(entry.curl), indent="  ")
    yield ""


def _not_testable(run: Run, style: Style, *, verbose: bool) -> Iterator[str]:
    """Grouped by reason; what the control turn explains is said once, by the notice below."""
    closed = {gate.get("reason", "") for gate in run.gate.values()}
    for group in by_reason(of(run, Verdict.NOT_TESTABLE)):
        if group.name in closed and not verbose:
            continue
        title = f"NOT TESTABLE {len(group.verdicts)}: {one_line(cut(group.name, LONGEST_TEXT))}"
        yield from style.paragraph(title, mark=Verdict.NOT_TESTABLE)
        yield from style.paragraph(_ids(run, group.verdicts), first="  ", rest="  ")
        yield ""


def _not_claimed(run: Run, style: Style) -> Iterator[str]:
    groups = by_declaration(of(run, Verdict.NOT_CLAIMED))
    if not groups:
        return
    yield from style.paragraph(f"NOT CLAIMED {run.counts[Verdict.NOT_CLAIMED]}", mark=Verdict.NOT_CLAIMED)
    for group in groups:
        names = f"{len(group.verdicts)}: {_ids(run, group.verdicts)}"
        if not group.name:
            names += f" - {one_line(cut(group.verdicts[0].reason, LONGEST_TEXT))}"
        yield from style.paragraph(names, first="  ", rest="    ")
        if group.name:
            yield from style.verbatim(visible(group.name), indent="    ")
    yield ""


def _waivers(run: Run, style: Style) -> Iterator[str]:
    entries = of(run, Verdict.WAIVED)
    for entry in entries:
        waiver = entry.waiver or {}
        until = f", until {waiver['expires']}" if waiver.get("expires") else ""
        owner = f" ({waiver['owner']}{until})" if waiver.get("owner") else ""
        text = f"WAIVED {entry.requirement} {entry.level}: {waiver.get('reason') or entry.reason}{owner}"
        yield from style.paragraph(one_line(cut(text, LONGEST_TEXT)), rest="  ", mark=Verdict.WAIVED)
    if entries:
        yield ""


def unseen(run: Run, style: Style) -> Iterator[str]:
    """What `-q` must not keep to itself: requirements that fail the run because they could not be observed."""
    closed = {gate.get("reason", "") for gate in run.gate.values()}
    for group in by_reason(entry for entry in of(run, Verdict.NOT_TESTABLE) if fails(entry, strict=run.strict)):
        if group.name not in closed:
            text = f"NOT TESTABLE {_ids(run, group.verdicts)}: {one_line(cut(group.name, LONGEST_TEXT))}"
            yield from style.paragraph(text, rest="  ", mark=Verdict.NOT_TESTABLE)
            yield ""


def _all(run: Run, style: Style) -> Iterator[str]:
    for profile, clauses in by_profile_and_clause(run.verdicts):
        for clause in clauses:
            yield from style.paragraph(f"{one_line(profile)} {one_line(clause.name)}", bold=True)
            for entry in clause.verdicts:
                title = f"{word(entry.verdict):<12} {entry.requirement:<16} {entry.level:<6} {duration(entry.seconds)}"
                yield from style.paragraph(title, first="  ", rest="    ", mark=Verdict(entry.verdict))
            yield ""


def _scenarios(run: Run, style: Style) -> Iterator[str]:
    for scenario in run.scenarios:
        note = f" - {one_line(cut(scenario.note, LONGEST_TEXT))}" if scenario.note else ""
        sent = f"{scenario.exchanges} exchange{'s' * (scenario.exchanges != 1)} in {duration(scenario.seconds)}"
        title = f"scenario {one_line(scenario.profile)}/{one_line(scenario.scenario)}: {sent}{note}"
        yield from style.paragraph(title, rest="  ")
    if run.scenarios:
        yield ""


def _last(run: Run, report: str) -> str:
    prefix = "interrupted: " if run.interrupted else "chatproof failed: " if run.crash else ""
    where = f" - report: {report}" if report else ""
    took = f" in {duration(run.duration_seconds)}" if run.verdicts else ""
    return f"{prefix}{counts_line(run)}{took}{where}"


def _ids(run: Run, entries: tuple[RequirementVerdict, ...]) -> str:
    return ", ".join(named(run, entry) for entry in entries)
