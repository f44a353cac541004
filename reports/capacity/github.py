"""Annotations of a capacity run: what was found, or why there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode

from .outcome import capacity_facts, headline, limited_by, notices

if TYPE_CHECKING:
    from chatproof.run import Run

    from ..annotation import Annotation

__all__ = ["annotated"]


def annotated(run: Run) -> dict[str, list[Annotation]]:
    """One annotation: a notice where the run has the exit code 0, else an error."""
    facts = capacity_facts(run)
    lines = [
        facts.sentence,
        *notices(run),
        f"limited by: {limited_by(facts)}" if facts.limiting else "",
        *(f"gave out: {entry.what}: {entry.evidence}" for entry in facts.shortages),
    ]
    kind = "notice" if run.exit_code == ExitCode.MET else "error"
    return {kind: [(f"chatproof capacity: {headline(facts)}", "\n".join(line for line in lines if line))]}
