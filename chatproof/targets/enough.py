"""The flags with which a run observes enough: each is tried on the plan before it is told."""

from __future__ import annotations

import math
from collections.abc import Callable  # noqa: TC003 - the fields of a dataclass
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from chatproof.load_plan import Plan
from chatproof.targets.possible import possible
from chatproof.workload_table import WORKLOADS

if TYPE_CHECKING:
    from chatproof.targets.expression import Target

__all__ = ["enough"]

_LONGEST_SECONDS: Final = 24 * 3600
_MOST_USERS: Final = 100_000
_MOST_RATE: Final = 10_000
_RAMP_SECONDS: Final = 10.0
_LARGEST_WARM_UP: Final = 0.25


def enough(target: Target, plan: Plan, floor: int) -> str:
    """The smallest changes of one flag with which so many observations are possible; what else to do without any."""
    if target.tag in {"memory", "plain"} and plan.memory_share in {0.0, 1.0}:
        return "--memory-share 0.5"
    if plan.max_turns and (possible(target, replace(plan, max_turns=0)) or floor) >= floor:
        return "--max-turns 0, which is no limit"
    if plan.stages:
        return "longer stages in --stages"
    more = _USERS if plan.arrivals == "closed" else _RATE
    told = (flag.told(value) for flag in (_RUN_TIME, more) if (value := _least(target, plan, floor, flag)) is not None)
    return ", or ".join(told) or "another workload"


def _longer(plan: Plan, seconds: int) -> Plan:
    """The same for so long; a warm-up that nobody set is longer in a longer run."""
    usual = float(WORKLOADS[plan.workload].defaults.get("warm_up_seconds", Plan().warm_up_seconds))
    warm_up = max(plan.warm_up_seconds, min(usual, _LARGEST_WARM_UP * seconds))
    return replace(plan, run_time_seconds=float(seconds), warm_up_seconds=warm_up)


def _more_users(plan: Plan, users: int) -> Plan:
    return replace(plan, users=users, spawn_rate=max(plan.spawn_rate, users / _RAMP_SECONDS))


def _faster(plan: Plan, rate: int) -> Plan:
    return replace(plan, rate=float(rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flag:
    """A flag with whole values: what it is now, what it changes, and the highest value that is tried."""

    name: str
    unit: str = ""
    now: Callable[[Plan], float]
    changed: Callable[[Plan, int], Plan]
    most: int

    def told(self, value: int) -> str:
        """The flag as it is written."""
        return f"{self.name} {value}{self.unit}"


_RUN_TIME = _Flag(
    name="--run-time", unit="s", now=lambda plan: plan.run_time_seconds, changed=_longer, most=_LONGEST_SECONDS
)
_USERS = _Flag(name="--users", now=lambda plan: plan.users, changed=_more_users, most=_MOST_USERS)
_RATE = _Flag(name="--rate", now=lambda plan: plan.rate, changed=_faster, most=_MOST_RATE)


def _least(target: Target, plan: Plan, floor: int, flag: _Flag) -> int | None:
    """The least value with which there is enough, found by bisection; None where the highest does not do."""

    def does(value: int) -> bool:
        count = possible(target, flag.changed(plan, value))
        return count is None or count >= floor

    low = math.floor(flag.now(plan))
    high = max(1, low)
    while high < flag.most and not does(high):
        low, high = high, min(flag.most, high * 2)
    if not does(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return high
