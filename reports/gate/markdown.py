"""A gate in Markdown: the outcome, the requirements, the smoke load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..check import markdown as of_check
from ..kind import load_facts
from ..load import markdown as of_load
from ..load.instrument import plan_sentence
from ..load.outcome import invalid, validity_line
from ..markdown_text import plain, prose
from ..text import duration
from .outcome import headline, load_line, notices, requirements_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.run import Run

__all__ = ["blocks"]


def blocks(run: Run) -> Iterator[str]:
    """The document in pieces; it may end after any of them."""
    yield f"# chatproof gate: {plain(headline(run)).lower()}\n\n"
    yield f"**Check: {requirements_line(run)}. Load: {load_line(run)}** - "
    yield f"exit code {run.exit_code}: {plain(run.exit_reason)}\n\n"
    where = plain(str(run.backend.get("url", "")))
    took = duration(run.duration_seconds)
    yield f"{where} - {plain(', '.join(run.profiles))} - {plain(run.started_at)}, {took} - chatproof {run.version}\n"
    if run.build:
        yield f"\nBuild: {plain(run.build)}\n"
    for notice in notices(run):
        yield f"\n> {plain(notice)}\n"
    yield "\n## Requirements\n"
    yield from of_check.body(run)
    if run.load is not None:
        yield from _load(run)


def _load(run: Run) -> Iterator[str]:
    facts = load_facts(run)
    yield f"\n## Smoke load\n\n{plain(facts.workload)}: {plain(plan_sentence(facts.plan))}; {validity_line(run)}\n"
    if invalid(run):
        reasons = "".join(f"\n> - {prose(reason)}" for reason in (run.validity.reasons if run.validity else ()))
        yield f"\n> **The load run is invalid: no target below says anything about the backend.**{reasons}\n"
    yield from of_load.body(run)
