"""GitHub Actions: annotations on a workflow run, and the step's summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import markdown
from .capacity import github as capacity_github
from .check import github as check_github
from .checklist import github as checklist_github
from .gate import github as gate_github
from .kind import kind_of
from .load import github as load_github
from .text import cut, visible

if TYPE_CHECKING:
    import os

    from chatproof.run import Run

    from .annotation import Annotation

__all__ = ["append_step_summary", "render"]

MOST_ANNOTATIONS = 10
LONGEST_MESSAGE = 2000
STEP_SUMMARY_BYTES = 1_000_000
_ANNOTATIONS = {
    "check": check_github.annotated,
    "load": load_github.annotated,
    "capacity": capacity_github.annotated,
    "gate": gate_github.annotated,
    "checklist": checklist_github.annotated,
}


def render(run: Run) -> str:
    """
    Workflow commands, one in each line: at most ten errors, ten warnings and ten notices.

    GitHub shows no more of a step; the tenth stands for all that are left.
    """
    found = _ANNOTATIONS[kind_of(run)](run)
    return "".join(f"{line}\n" for kind in found for line in _commands(kind, found[kind]))


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
