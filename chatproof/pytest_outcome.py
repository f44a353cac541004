"""Verdicts as the outcomes of pytest: what a test raises, and the words of a run of our own."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from chatproof.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.requirement import Requirement

__all__ = ["STATUS", "ChatWarning", "end_test", "failure_text"]

STATUS: Mapping[str, tuple[str, str, str]] = {
    Verdict.MET: ("met", ".", "MET"),
    Verdict.NOT_MET: ("not met", "F", "NOT MET"),
    Verdict.WAIVED: ("waived", "x", "WAIVED"),
    Verdict.NOT_CLAIMED: ("not claimed", "s", "NOT CLAIMED"),
    Verdict.NOT_TESTABLE: ("not testable", "E", "NOT TESTABLE"),
}


class ChatWarning(UserWarning):
    """A SHOULD or MAY that is not met."""


def end_test(entry: Requirement, judgement: Judgement, *, weighs: bool, hint: str) -> None:
    """
    Ends the running test as the verdict asks: returns where it is met, else fails, skips or warns.

    `weighs`: what is not met fails the test, else it warns. `hint` is what to do about a control turn that did not
    work; empty where it did.
    """
    match judgement.verdict:
        case Verdict.NOT_CLAIMED:
            claim = f"; to claim it: {judgement.declare}" if judgement.declare else ""
            pytest.skip(f"not claimed: {judgement.reason}{claim}")
        case Verdict.NOT_TESTABLE:
            advice = f"\nhint: {hint}" if hint else ""
            pytest.fail(f"Not testable: {judgement.reason}{advice}", pytrace=False)
        case Verdict.NOT_MET if weighs:
            pytest.fail(failure_text(entry, judgement), pytrace=False)
        case Verdict.NOT_MET:
            warnings.warn(ChatWarning(failure_text(entry, judgement)), stacklevel=1)


def failure_text(entry: Requirement, judgement: Judgement) -> str:
    """Found, expected, remedy, evidence and replay, in that order."""
    lines = [
        f"{entry.id} ({entry.level}): {entry.statement}",
        f"  found     {judgement.found}",
        f"  expected  {judgement.expected}",
        f"  remedy    {judgement.remedy}",
        f"  evidence  recording {judgement.evidence}" if judgement.evidence else "",
        f"  replay    {judgement.curl}" if judgement.curl else "",
        f"  source    {entry.sources[0]}" if entry.sources else "",
    ]
    return "\n".join(line for line in lines if line)
