"""What a judge says of a hand-made case, asked for by name: `not_met(judge, case(...))` is the failure it raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable
from support.outcome import outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.case import Case

    Judge = Callable[[Case], None]

__all__ = ["met", "not_claimed", "not_met", "not_testable"]


def met(judge: Judge, case: Case) -> None:
    """The judge returns, having looked at a scenario that its requirement declares, and at no other."""
    said = outcome(judge, case)
    assert said is None, said


def not_met(judge: Judge, case: Case) -> Failure:
    """The failure that the judge raises; it says what was found and expected, and at which exchange."""
    said = outcome(judge, case)
    assert isinstance(said, Failure), said
    assert said.found
    assert said.expected
    assert said.at is not None
    return said


def not_claimed(judge: Judge, case: Case) -> NotClaimed:
    """The absence of a claim that the judge raises."""
    said = outcome(judge, case)
    assert isinstance(said, NotClaimed), said
    return said


def not_testable(judge: Judge, case: Case) -> NotTestable:
    """The lack of an observation that the judge raises."""
    said = outcome(judge, case)
    assert isinstance(said, NotTestable), said
    return said
