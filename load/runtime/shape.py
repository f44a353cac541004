"""Steps and ramps of users as Locust's own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locust import LoadTestShape

from .stages import level_at, pieces_of

if TYPE_CHECKING:
    from chatproof.load_plan import Plan

__all__ = ["PlanShape"]

_SLACK_SECONDS = 2.0
"""The runtime ends the run, on its own clock; the shape's clock began earlier."""

_BEFORE = 1e-6


class PlanShape(LoadTestShape):
    """
    Follows the stages of a plan: asked each second, it says how many users there should be.

    What changes within a second is spread over it, by the load users themselves.
    """

    abstract = True  # it is given to Locust by hand: found in a workload's file it would hold without stages too

    def __init__(self, plan: Plan) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Locust's
        self._pieces = pieces_of(plan, "users")
        self._end = plan.run_time_seconds + _SLACK_SECONDS
        self._last = (0, 1.0)

    def tick(self) -> tuple[int, float] | None:
        """Users, and how many are made or stopped a second; None when the run is over."""
        seconds = self.get_run_time()  # type: ignore[no-untyped-call]  # Locust's
        if seconds >= self._end:
            return None
        users = round(level_at(self._pieces, min(seconds, self._end - _SLACK_SECONDS - _BEFORE)))
        if users != self._last[0]:
            self._last = (users, float(abs(users - self._last[0])))
        return self._last
