"""GitHub Actions: annotations on a workflow run, and the step's summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chatproof.verdict import Level, Verdict

from . import load_github, markdown
from .outcome import by_reason, fails, headline, named, not_met, notices, of
from .text import cut, visible

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from chatproof.run import RequirementVerdict, Run

__all__ = ["append_step_summary", "render"]

MOST_ANNOTATIONS = 10
LONGEST_MESSAGE = 2000
STEP_SUMMARY_BYTES = 1_000_000

Annotation = tuple[str, str]


def render(run: Run) -> str:
    """
    Workflow commands, one in each line: at most ten errors, ten warnings and ten notices.

    GitHub shows no more of a step; the tenth stands for all that are left. A requirement that fails the
    run is an error, a SHOULD that does not a warning, a MAY a notice.
    """
    if run.load is not None:
        return "".join(f"{line}\n" for line in _commands("error", load_github.annotated(run)))
    lines = [
        *_commands("error", [*_run_level(run), *_not_met(run, "error"), *_not_testable(run, "error")]),
        *_commands("warning", [*_not_met(run, "warning"), *_not_testable(run, "warning")]),
        *_commands("notice", _not_met(run, "notice")),
    ]
    return "".join(f"{line}\n" for line in lines)


def append_step_summary(run: Run, path: str | os.PathLike[str]) -> None:
    """
    Appends the Markdown summary to the file that `GITHUB_STEP_SUMMARY` names.

    The whole file stays under 1 MB, since GitHub drops a larger one; raises OSError where it cannot be written.
    """
    file = Path(path)
    taken = file.stat().st_size if file.exists() else 0
    text = markdown.render(run, limit_bytes=max(0, STEP_SUMMARY_BYTES - taken - 2))
    with file.open("a", encoding="utf-8", newline="\n") as out:
        out.write(f"\n{text}\n" if taken else text)


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


def _commands(kind: str, annotations: list[Annotation]) -> list[str]:
    shown, rest = annotations, annotations[MOST_ANNOTATIONS - 1 :]
    if len(annotations) > MOST_ANNOTATIONS:
        shown = annotations[: MOST_ANNOTATIONS - 1]
        shown = [*shown, (f"{len(rest)} more", "\n".join(title for title, _message in rest))]
    return [f"::{kind} title={_property(title)}::{_data(message)}" for title, message in shown]


def _data(text: str) -> str:
    text = cut(visible(text), LONGEST_MESSAGE)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
