"""The plan of a capacity run in rows, its numbers written as the script of the page writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from chatproof.capacity_model.planning import by_arrivals, plan_row, turn_noun

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts

__all__ = ["PlanInput", "figure", "plan_head", "plan_inputs", "plan_rows"]

_DECIMALS = ((100.0, "1"), (10.0, "0.1"))
_FINEST = "0.01"
_TOO_LONG = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInput:
    """A number of the plan that the reader may change: its name in the script, its label, its value."""

    name: str
    label: str
    value: str


def plan_head(facts: CapacityFacts) -> tuple[str, ...]:
    """The names of the columns; where arrivals decide, how long one is held is of no account."""
    first = ("users", f"{turn_noun(facts.unit)}s a second")
    if by_arrivals(facts.unit):
        return (*first, "replicas")
    return (*first, "held at once", "replicas", "if held 20 % shorter", "20 % longer")


def plan_rows(facts: CapacityFacts) -> list[tuple[str, ...]]:
    """A row of texts for each number of users; empty where there is no plan."""
    plan = facts.planning
    if plan is None:
        return []
    found = []
    for users in plan.users:
        row = plan_row(
            users,
            turns_per_hour=plan.turns_per_hour,
            hold_seconds=plan.hold_seconds,
            peak_factor=plan.peak_factor,
            per_replica=plan.per_replica,
            arrivals_decide=by_arrivals(facts.unit),
        )
        cells: tuple[float | None, ...] = (row.users, row.arrivals, row.replicas)
        if not by_arrivals(facts.unit):
            cells = (row.users, row.arrivals, row.streams, row.replicas, row.fewer, row.more)
        found.append(tuple(map(figure, cells)))
    return found


def plan_inputs(facts: CapacityFacts) -> list[PlanInput]:
    """The numbers that the reader may change, in the order in which they are used."""
    plan = facts.planning
    if plan is None:
        return []
    found = [
        PlanInput(name="users", label="your own number of users", value="5000"),
        PlanInput(
            name="turnsPerHour",
            label=f"{turn_noun(facts.unit)}s of a user in an hour",
            value=_exact(plan.turns_per_hour),
        ),
        PlanInput(name="peakFactor", label="peak factor", value=_exact(plan.peak_factor)),
    ]
    if not by_arrivals(facts.unit):
        found.insert(2, PlanInput(name="holdSeconds", label="hold time, s", value=_exact(plan.hold_seconds)))
    if facts.capacity is not None and facts.capacity > 0:
        found.append(PlanInput(name="headroom", label="headroom, %", value=_exact(100 * facts.headroom)))
    found.append(
        PlanInput(name="perReplica", label=f"one replica carries, {facts.unit}", value=_exact(plan.per_replica))
    )
    return found


def figure(value: float | None) -> str:
    """A number with as many decimals as it can bear; `figure` in `planning.js` writes the same."""
    if value is None or not math.isfinite(value):
        return "\N{EN DASH}"
    if abs(value) >= _TOO_LONG:
        return f"{value:.2e}"
    step = next((step for least, step in _DECIMALS if abs(value) >= least), _FINEST)
    rounded = Decimal(value).quantize(Decimal(step), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(value: float) -> str:
    return f"{value:.10g}"
