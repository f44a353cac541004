"""Targets that are judged while a load runs, so that it can end as soon as one is surely not met."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chatproof.load_run.proof import error_of
from chatproof.metrics.measured import Figure
from chatproof.metrics.values import measure
from chatproof.targets import decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.load_facts import TargetVerdict
    from chatproof.load_plan import Plan
    from chatproof.metrics.measured import Measured
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["Early"]

_EVERY_SECONDS = 1.0
_SHARE_OF_TIME = 0.1
_RISING = (">", ">=")
_MEANS = frozenset({"concurrency.mean", "goodput", "backend.cpu", "rss_per_connection", "rss_per_slow_reader"})
_CONFIDENCE = 0.9999
"""Of one look: so many looks as a run has would find something in a good backend at 95 % sooner or later."""


class Early:
    """Judges the targets of a run about every second, and takes at most a tenth of the time for it."""

    def __init__(
        self,
        targets: tuple[Target, ...],
        plan: Plan,
        *,
        heartbeat_seconds: float | None,
        proof: Mapping[str, Any] | None = None,
    ) -> None:
        self._targets = targets
        self._plan = plan
        self._heartbeat_seconds = heartbeat_seconds
        self._proof = proof
        self._next = time.monotonic() + _EVERY_SECONDS
        self.trouble = ""
        """Why targets are no longer judged early; empty as long as they are."""

    def broken(self, collected: Collected) -> TargetVerdict | None:
        """
        The first target that is surely not met by what is there; None while there is none, or it is not yet time.

        A figure of the whole run that must be high (the peak of streams) may still rise, and is judged at the end
        alone; so is what has no sample yet.
        """
        began = time.monotonic()
        if began < self._next or self.trouble:
            return None
        try:
            found = next((verdict for target in self._targets if (verdict := self._judged(target, collected))), None)
        except Exception as error:  # noqa: BLE001 - a defect of ours here must not cost the run: all is judged at its end
            self.trouble = f"{type(error).__name__}: {error}"
            return None
        took = time.monotonic() - began
        self._next = time.monotonic() + max(_EVERY_SECONDS, took / _SHARE_OF_TIME)
        return found

    def _judged(self, target: Target, collected: Collected) -> TargetVerdict | None:
        measured = measure(
            collected,
            self._plan,
            metric=target.metric,
            tag=target.tag,
            heartbeat_seconds=self._heartbeat_seconds,
            targets=self._targets,
        )
        if _may_turn(target, measured):
            return None
        error = error_of(self._proof, target.metric, self._plan.users)
        verdict = decide(target, measured, error_seconds=error, confidence=_CONFIDENCE)
        return verdict if verdict.verdict == "not_met" else None


def _may_turn(target: Target, measured: Measured) -> bool:
    """Whether what is not kept now may be kept at the end: a peak rises, a minimum falls, a mean does both."""
    rising = target.comparison in _RISING
    if target.statistic == "min":
        return not rising
    if target.statistic == "max":
        return rising
    return isinstance(measured, Figure) and (rising or target.metric in _MEANS)
