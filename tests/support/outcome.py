"""What one judge says of one case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.requirement import requirement_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.case import Case

Outcome = Failure | NotClaimed | NotTestable


def outcome(judge: Callable[[Case], None], case: Case) -> Outcome | None:
    """What the judge raises on the scenarios it declares; None stands for met, and it must have seen something."""
    entry = requirement_of(judge)
    assert entry is not None
    limited = replace(case, allowed=entry.reads, seen=set())
    try:
        judge(limited)
    except (Failure, NotClaimed, NotTestable) as raised:
        return raised
    assert limited.seen, "met without a recording"
    return None


def found(judge: Callable[[Case], None], case: Case) -> str:
    """What a judge found that does not meet its requirement."""
    raised = outcome(judge, case)
    assert isinstance(raised, Failure), raised
    return raised.found
