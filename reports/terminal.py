"""The outcome on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .capacity import terminal as capacity_terminal
from .check import terminal as check_terminal
from .checklist import terminal as checklist_terminal
from .gate import terminal as gate_terminal
from .kind import kind_of
from .load import terminal as load_terminal
from .terminal_style import Style

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["render"]

NARROWEST = 30
_SUMMARIES = {
    "check": check_terminal.summary,
    "load": load_terminal.summary,
    "capacity": capacity_terminal.summary,
    "gate": gate_terminal.summary,
    "checklist": checklist_terminal.summary,
}


def render(
    run: Run,
    *,
    colour: bool = False,
    width: int = 80,
    verbose: bool = False,
    quiet: bool = False,
    report: str = "",
) -> str:
    """
    The summary of a run, wrapped to `width` columns; only lines to be copied, and the last one, may be longer.

    `quiet` leaves what is not met, what concerns the whole run, and the last line; `verbose` adds all else. `report`
    is where the report lies, and is named in the last line.
    """
    style = Style(colour=colour, width=max(width, NARROWEST))
    return _SUMMARIES[kind_of(run)](run, style, verbose=verbose, quiet=quiet, report=report)
