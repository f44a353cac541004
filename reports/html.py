"""The report as one HTML file that needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .capacity import page as capacity_page
from .check import page as check_page
from .checklist import page as checklist_page
from .gate import page as gate_page
from .kind import kind_of
from .load import page as load_page

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["render"]

_PAGES = {
    "check": check_page.render,
    "load": load_page.render,
    "capacity": capacity_page.render,
    "gate": gate_page.render,
    "checklist": checklist_page.render,
}


def render(run: Run) -> str:
    """The run as a page; what it holds is up to the kind of run."""
    return _PAGES[kind_of(run)](run)
