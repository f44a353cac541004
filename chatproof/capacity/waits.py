"""Turns that still waited when a rung ended: those that had waited beyond a limit have broken it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from chatproof.metrics.groups import REQUESTS, group
from chatproof.metrics.measured import Series
from chatproof.targets.keeping import more_is_better

if TYPE_CHECKING:
    from chatproof.metrics.measured import Measured
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["with_waits"]

_ENDS: Final = {"ttft": ("turn", "token_ns"), "e2e": ("turn", "terminal_ns")} | {
    name: (name, "end_ns") for name in REQUESTS if name != "probe"
}


def with_waits(collected: Collected, target: Target, measured: Measured) -> Measured:
    """
    A series with those turns among its failures that we ended when they had waited for longer than the target's limit.

    A load run leaves them out, since they say nothing of how long it would have been. A short rung with too much load
    would look well without them: all that came in time is there, and all that was late is not.
    """
    if not isinstance(measured, Series) or more_is_better(target) or target.metric not in _ENDS:
        return measured
    operation, last = _ENDS[target.metric]
    found = group(collected, (operation,), target.tag)
    waiting = sum(
        entry.censored
        and entry.sent_ns is not None
        and (operation != "turn" or getattr(entry, last) is None)
        and entry.end_ns - entry.sent_ns > target.limit
        for entry in found.left
    )
    return replace(measured, infinite=max(measured.infinite, len(found.failed) + waiting))
