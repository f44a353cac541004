"""The end of a gate in a terminal: requirements, then the smoke load, the outcome last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..check import terminal as of_check
from ..load import terminal as of_load
from ..text import duration
from .outcome import headline, load_line, notices, requirements_line

if TYPE_CHECKING:
    from chatproof.run import Run

    from ..terminal_style import Style

__all__ = ["summary"]


def summary(run: Run, style: Style, *, verbose: bool, quiet: bool, report: str) -> str:
    """The summary of a gate; `quiet` and `verbose` are as in those of a check and of a load."""
    lines = of_check.body(run, style, verbose=verbose, quiet=quiet)
    if run.load is not None:
        lines += of_load.body(run, style, verbose=verbose, quiet=quiet)
    lines += of_check.notes(notices(run), style)
    if quiet:
        lines += of_check.unseen(run, style)
    elif run.load is not None:
        lines += of_load.remarks(run.load, style)
    where = f" - report: {report}" if report else ""
    took = duration(run.duration_seconds)
    lines.append(style.bold(f"{headline(run)}. Check: {requirements_line(run)}. Load: {load_line(run)}. {took}{where}"))
    return "\n".join(lines)
