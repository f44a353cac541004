"""The load run in Markdown: the targets as a table, validity, errors and figures below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kind import load_facts
from ..markdown_text import LONGEST_CELL, LONGEST_TEXT, cell, fenced, plain, prose
from ..quantity import exact
from ..text import cut, duration
from .figures import distributions, singles
from .instrument import plan_sentence
from .outcome import (
    counts_line,
    found_text,
    headline,
    invalid,
    notices,
    ordered,
    requirement_text,
    validity_line,
    value_text,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chatproof.load_facts import LoadFacts, TargetVerdict
    from chatproof.run import Run

__all__ = ["blocks", "body"]

MOST_ERRORS = 20
_STATES = {"ok": "holds", "broken": "**broken**", "not_observed": "not observed"}


def blocks(run: Run) -> Iterator[str]:
    """The document in pieces; it may end after any of them."""
    facts = load_facts(run)
    yield f"# chatproof {plain(run.command)}: {plain(headline(run)).lower()}\n\n"
    yield f"**{counts_line(run)}** - {validity_line(run)} - exit code {run.exit_code}: {plain(run.exit_reason)}\n\n"
    where = plain(str(run.backend.get("url", "")))
    what = f"{plain(facts.workload)} ({plain(', '.join(run.profiles))})"
    yield f"{where} - {what} - {plain(run.started_at)}, {duration(run.duration_seconds)} - chatproof {run.version}\n\n"
    yield f"{plain(plan_sentence(facts.plan))}; {facts.samples:,} samples\n"
    if invalid(run):
        reasons = "".join(f"\n> - {prose(reason)}" for reason in (run.validity.reasons if run.validity else ()))
        yield f"\n> **This run is invalid: no verdict below says anything about the backend.**{reasons}\n"
    for notice in notices(run):
        yield f"\n> {plain(notice)}\n"
    yield from body(run)


def body(run: Run) -> Iterator[str]:
    """The targets, the generator, errors, figures and notes."""
    facts = load_facts(run)
    yield from _targets(run)
    yield from _unclaimed(ordered(run, "not_claimed"))
    yield from _validity(run)
    yield from _errors(facts)
    yield from _figures(facts)
    for note in facts.notes:
        yield f"\n{prose(note)}\n"


def _targets(run: Run) -> Iterator[str]:
    rows = ordered(run, "not_met", "inconclusive", "met")
    if not rows:
        return
    yield from _head("verdict", "target", "found", "95 % bounds", "limit", "n", "why")
    for target in rows:
        yield _row(
            _verdict(run, target),
            _name(target),
            plain(value_text(target)),
            plain(found_text(target)),
            plain(f"{target.comparison} {exact(target.limit, target.unit)}"),
            f"{target.n:,}{f' ({target.infinite:,} failed)' if target.infinite else ''}",
            _why(target),
        )


def _verdict(run: Run, target: TargetVerdict) -> str:
    said = word(target.verdict)
    if invalid(run):
        return f"{said} (invalid run)"
    return f"**{said}**" if target.verdict in {"not_met", "inconclusive"} else said


def _name(target: TargetVerdict) -> str:
    return "<br>".join(cell(text) for text in (target.target, requirement_text(target)) if text)


def _why(target: TargetVerdict) -> str:
    missing = f"to decide it: {target.missing}" if target.missing else ""
    return "; ".join(prose(part, LONGEST_CELL) for part in (target.reason, missing) if part)


def _unclaimed(entries: Sequence[TargetVerdict]) -> Iterator[str]:
    if not entries:
        return
    yield f"\n## Not claimed: {len(entries)}\n"
    for target in entries:
        measured = f"; measured {plain(value_text(target))}" if target.n else ""
        yield f"\n{cell(target.target)}: {prose(target.reason)}{measured}\n"
        if target.declare:
            yield f"\n{fenced(cut(target.declare, LONGEST_TEXT))}\n"


def _validity(run: Run) -> Iterator[str]:
    if run.validity is None or not run.validity.checks:
        return
    lines = [*_head("check", "state", "found", "limit", "remedy")]
    lines += [
        _row(
            cell(check.name.replace("_", " ")),
            _STATES.get(check.state, plain(check.state)),
            cell(check.found),
            cell(check.limit),
            prose(check.remedy, LONGEST_CELL),
        )
        for check in run.validity.checks
    ]
    yield _folded(f"The generator: {validity_line(run)}", "".join(lines))


def _errors(facts: LoadFacts) -> Iterator[str]:
    if not facts.errors:
        return
    lines = [*_head("errors", "cause", "first and last after", "samples")]
    for error in facts.errors[:MOST_ERRORS]:
        seen = f"{duration(error.first_seconds)} - {duration(error.last_seconds)}"
        samples = "<br>".join(cell(text) for text in error.samples[:3])
        lines.append(_row(f"{error.count:,}", cell(error.cause), seen, samples))
    yield "".join(lines)


def _figures(facts: LoadFacts) -> Iterator[str]:
    head, rows = distributions(facts.figures)
    if rows:
        lines = [*_head("metric", "n", "failed", *head)]
        lines += [_row(cell(row.name), f"{row.n:,}", f"{row.infinite:,}", *row.cells) for row in rows]
        yield _folded("Distributions", "".join(lines))
    values = singles(facts.figures)
    if values:
        lines = [*_head("metric", "n", "value", "note")]
        lines += [_row(cell(row.name), f"{row.n:,}", row.value, prose(row.note, LONGEST_CELL)) for row in values]
        yield _folded("Single figures", "".join(lines))


def _folded(title: str, text: str) -> str:
    return f"\n<details><summary>{plain(title)}</summary>\n{text}\n</details>\n"


def _head(*names: str) -> Iterator[str]:
    yield f"\n{_row(*(plain(name) for name in names))}"
    yield f"|{'---|' * len(names)}\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(_padded(cells))} |\n"


def _padded(cells: Iterable[str]) -> Iterator[str]:
    return (text or " " for text in cells)
