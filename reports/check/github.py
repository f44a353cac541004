"""Annotations of a check: what is not met, what is not testable, what concerns the whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.verdict import Level, Verdict

from .outcome import by_reason, fails, headline, named, not_met, notices, of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.run import RequirementVerdict, Run

    from ..annotation import Annotation

__all__ = ["annotated", "of_requirements"]


def annotated(run: Run) -> dict[str, list[Annotation]]:
    """
    Titles and messages by kind: `error`, `warning`, `notice`.

    A requirement that fails the run is an error, a SHOULD that does not a warning, a MAY a notice.
    """
    found = of_requirements(run)
    return {**found, "error": [*_run_level(run), *found["error"]]}


def of_requirements(run: Run) -> dict[str, list[Annotation]]:
    """The same without what concerns the run as a whole."""
    return {
        "error": [*_not_met(run, "error"), *_not_testable(run, "error")],
        "warning": [*_not_met(run, "warning"), *_not_testable(run, "warning")],
        "notice": _not_met(run, "notice"),
    }


def _run_level(run: Run) -> list[Annotation]:
    return [(f"chatproof: {headline(run)}", text) for text in notices(run)]


def _not_met(run: Run, kind: str) -> list[Annotation]:
    return [
        (
            f"{entry.requirement} {entry.level} not met ({entry.profile})",
            f"{entry.statement}\nfound: {entry.found}\nexpected: {entry.expected}\nremedy: {entry.remedy}",
        )
        for entry in not_met(run)
        if _kind(entry, strict=run.strict) == kind
    ]


def _not_testable(run: Run, kind: str) -> list[Annotation]:
    """One annotation for each reason; what the control turn explains is said once, by the run."""
    closed = {gate.get("reason", "") for gate in run.gate.values()}
    entries = [entry for entry in of(run, Verdict.NOT_TESTABLE) if _kind(entry, strict=run.strict) == kind]
    return [
        (f"{len(group.verdicts)} not testable", f"{group.name}\n{_ids(run, group.verdicts)}")
        for group in by_reason(entries)
        if group.name not in closed
    ]


def _kind(entry: RequirementVerdict, *, strict: bool) -> str:
    if fails(entry, strict=strict):
        return "error"
    return "warning" if entry.level == Level.SHOULD else "notice"


def _ids(run: Run, entries: Iterable[RequirementVerdict]) -> str:
    return ", ".join(named(run, entry) for entry in entries)
