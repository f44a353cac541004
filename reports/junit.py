"""JUnit XML: a test suite for each profile, a test case for each requirement and each target."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from .capacity import junit as capacity_junit
from .check import junit as check_junit
from .checklist import junit as checklist_junit
from .gate import junit as gate_junit
from .junit_xml import document
from .kind import kind_of
from .load import junit as load_junit

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["render"]

_SUITES = {
    "check": check_junit.suites,
    "load": load_junit.suites,
    "capacity": capacity_junit.suites,
    "gate": gate_junit.suites,
    "checklist": checklist_junit.suites,
}


def render(run: Run) -> str:
    """
    The run as JUnit XML, valid whatever a backend answered.

    What concerns the run as a whole is in a suite of its own, the first.
    """
    root = Element("testsuites", name=f"chatproof {run.command}", time=f"{run.duration_seconds:.3f}")
    root.extend(_SUITES[kind_of(run)](run))
    return document(root)
