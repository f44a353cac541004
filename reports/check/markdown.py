"""Markdown of a check: a table of all that is not plainly met, then the details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.verdict import Verdict

from ..markdown_text import LONGEST_CELL, LONGEST_TEXT, cell, fenced, plain, prose
from ..text import cut, duration
from .outcome import by_declaration, by_reason, counts_line, fails, headline, named, not_met, notices, of, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.run import RequirementVerdict, Run

__all__ = ["blocks", "body"]

LONGEST_CURL = 8000


def blocks(run: Run) -> Iterator[str]:
    """The document in pieces; it may end after any of them."""
    yield f"# chatproof {plain(run.command)}: {plain(headline(run)).lower()}\n\n"
    yield f"**{counts_line(run)}** - exit code {run.exit_code}: {plain(run.exit_reason)}\n\n"
    where = plain(str(run.backend.get("url", "")))
    took = duration(run.duration_seconds)
    yield f"{where} - {plain(', '.join(run.profiles))} - {plain(run.started_at)}, {took} - chatproof {run.version}\n"
    for notice in notices(run):
        yield f"\n> {plain(notice)}\n"
    yield from body(run)


def body(run: Run) -> Iterator[str]:
    """The requirements: a table of all that is not plainly met, the details, what is not claimed, what is met."""
    yield from _table(run)
    for entry in not_met(run):
        yield _details(entry)
    yield from _not_claimed(run)
    yield from _ids(run, "Met", of(run, Verdict.MET))


def _table(run: Run) -> Iterator[str]:
    rows = [*not_met(run), *of(run, Verdict.WAIVED)]
    untestable = by_reason(of(run, Verdict.NOT_TESTABLE))
    if not rows and not untestable:
        return
    yield "\n| verdict | level | requirement | what was found |\n|---|---|---|---|\n"
    for entry in rows:
        mark = "**not met**" if entry.verdict == Verdict.NOT_MET and fails(entry, strict=run.strict) else None
        said = entry.found if entry.verdict == Verdict.NOT_MET else (entry.waiver or {}).get("reason", entry.reason)
        name = f"{plain(entry.requirement)}<br>{prose(entry.statement, LONGEST_CELL)}"
        yield f"| {mark or word(entry.verdict)} | {entry.level} | {name} | {cell(said)} |\n"
    for group in untestable:
        levels = ", ".join(sorted({entry.level for entry in group.verdicts}))
        names = ", ".join(named(run, entry) for entry in group.verdicts)
        yield f"| not testable | {levels} | {cell(names)} | {prose(group.name, LONGEST_CELL)} |\n"


def _details(entry: RequirementVerdict) -> str:
    lines = [f"\n<details><summary>{plain(entry.requirement)} ({plain(entry.profile)}): not met</summary>\n"]
    lines.append(f"{prose(entry.statement)}\n")
    lines.append(f"- found: {plain(cut(entry.found, LONGEST_TEXT))}")
    rows = {"expected": entry.expected, "remedy": entry.remedy, "evidence": entry.evidence}
    lines.extend(f"- {name}: {prose(text)}" for name, text in rows.items() if text)
    if entry.curl:
        lines.append(f"\n{fenced(cut(entry.curl, LONGEST_CURL))}")
    return "\n".join([*lines, "\n</details>\n"])


def _not_claimed(run: Run) -> Iterator[str]:
    groups = by_declaration(of(run, Verdict.NOT_CLAIMED))
    if not groups:
        return
    yield f"\n## Not claimed: {run.counts[Verdict.NOT_CLAIMED]}\n"
    for group in groups:
        names = ", ".join(plain(named(run, entry)) for entry in group.verdicts)
        yield f"\n{names}: {prose(group.verdicts[0].reason)}\n"
        if group.name:
            yield f"\n{fenced(cut(group.name, LONGEST_TEXT))}\n"


def _ids(run: Run, title: str, entries: Iterable[RequirementVerdict]) -> Iterator[str]:
    names = [plain(named(run, entry)) for entry in entries]
    if names:
        yield f"\n<details><summary>{title}: {len(names)}</summary>\n\n{', '.join(names)}\n\n</details>\n"
