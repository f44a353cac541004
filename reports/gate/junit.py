"""JUnit XML of a gate: a suite for each profile, with its requirements and the targets of its smoke load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..check import junit as of_check
from ..load import junit as of_load

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from chatproof.run import Run

__all__ = ["suites"]


def suites(run: Run) -> list[Element]:
    """
    The suites of a check, and the targets in that of the profile that was put under load.

    What concerns the run as a whole is in a suite of its own, the first.
    """
    found = of_check.suites(run)
    if run.load is None:
        return found
    by_name = {suite.get("name"): suite for suite in found}
    for suite in of_load.suites(run):
        profile = suite.get("name", "").removeprefix("load.").removesuffix(f".{run.load.workload}")
        if (same := by_name.get(profile)) is not None:
            known = {(case.get("classname"), case.get("name")) for case in same.iter("testcase")}
            same.extend(
                case for case in suite.iter("testcase") if (case.get("classname"), case.get("name")) not in known
            )
        else:
            found.append(suite)
    return sorted(found, key=lambda suite: suite.get("name") != "chatproof")
