"""What is said before a load starts: the plan in words, and why it is not started."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_plan import Plan
    from chatproof.targets import Refusal

__all__ = ["plan_in_words", "refusals_in_words", "seconds_of", "span"]

_MINUTE = 60


def seconds_of(plan: Plan) -> float:
    """How long the load lasts."""
    return max(plan.run_time_seconds, sum(stage.seconds for stage in plan.stages))


def span(seconds: float) -> str:
    """A time for people: seconds up to two minutes, then minutes."""
    return f"{seconds:g} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.4g} min"


def plan_in_words(plan: Plan, url: str) -> list[str]:
    """Two lines: what will be done to the backend, and what bounds it."""
    first = f"load on {url}: {plan.workload} on {plan.profile}, {_level(plan)}, seed {plan.seed}"
    bounds = [
        f"{span(seconds_of(plan))}" + (f" ({span(plan.warm_up_seconds)} warm-up)" if plan.warm_up_seconds else ""),
        f"at most {plan.max_turns} turns" if plan.max_turns else "turns without bound (--max-turns)",
        f"at most {plan.max_cost_usd:g} USD" if plan.max_cost_usd else "cost without bound (--max-cost-usd)",
    ]
    if plan.leave_out:
        bounds.append(f"not judged: {', '.join(plan.leave_out)}")
    return [first, f"bounds: {', '.join(bounds)}"]


def _level(plan: Plan) -> str:
    """How many users there are, or how many turns start a second."""
    spread = f" in {plan.processes} processes" if plan.processes > 1 else ""
    if plan.arrivals == "closed":
        if plan.stages:
            most = max(stage.users for stage in plan.stages)
            return f"up to {most} users in {_count(len(plan.stages), 'stage')}{spread}"
        return f"{_count(plan.users, 'user')}, {plan.spawn_rate:g} more each second{spread}"
    rate = max((stage.rate for stage in plan.stages), default=plan.rate)
    up_to = "up to " if plan.stages else ""
    return f"{up_to}{rate:g} starts a second ({plan.arrivals}), at most {plan.users} at once{spread}"


def refusals_in_words(refused: Sequence[Refusal]) -> str:
    """Every target that this plan can never decide (at least one), with what it needs; ends in a hint."""
    lines = [f"{_count(len(refused), 'target')} cannot be decided by this load, so it is not started"]
    enough = ""
    for entry in refused:
        enough = entry.hint.partition("; or leave it out")[0]
        lines.append(f"  {entry.target.text}: {entry.reason}; it needs {entry.needed}")
        if len(refused) > 1:
            lines.append(f"    enough: {enough}")
    leave_out = " ".join(f"--leave-out {shlex.quote(name)}" for name in dict.fromkeys(it.target.name for it in refused))
    more = "take the most that is enough" if len(refused) > 1 else enough
    lines.append(f"hint: {more}, or do without: {leave_out}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
