"""How many turns a run may make, and what they may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.load_plan import Plan
    from chatproof.samples.records import Sample

__all__ = ["COSTLY", "Budget", "Spending"]

COSTLY = frozenset({"turn", "generate"})
"""The operations that cost money: they count as turns."""


class Budget:
    """
    What one process may spend: its part of `max_turns`, until it is told that the run's money is spent.

    The parts of all workers add up to `max_turns` exactly; one that comes late has none.
    """

    def __init__(self, plan: Plan, *, worker: int = 0, workers: int = 1) -> None:
        most = plan.max_turns
        self.turns = most // workers + (worker < most % workers) if worker < workers else 0
        self.limited = bool(most)
        self.begun = 0
        self.over = False

    def may_start(self) -> bool:
        """Whether one more turn may start."""
        return not self.over and not (self.limited and self.begun >= self.turns)

    def begin(self, sample: Sample) -> None:
        """Counts what begins."""
        if sample.operation in COSTLY:
            self.begun += 1


class Spending:
    """What all processes have spent, as the one that leads the run counts it."""

    def __init__(self, plan: Plan) -> None:
        self._most_turns = plan.max_turns
        self._most_usd = plan.max_cost_usd
        self.turns = 0
        self.cost_usd = 0.0

    def add(self, turns: int, cost_usd: float) -> None:
        """Counts turns that ended, and what they cost."""
        self.turns += turns
        self.cost_usd += cost_usd

    @property
    def spent(self) -> str:
        """What is spent, in words; empty where nothing is."""
        if self._most_turns and self.turns >= self._most_turns:
            return f"{self.turns} turns were made, and {self._most_turns} are allowed"
        if self._most_usd and self.cost_usd >= self._most_usd:
            return f"{self.cost_usd:.4f} USD were spent, and {self._most_usd:g} USD are allowed"
        return ""
