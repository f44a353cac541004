"""Targets that a plan can never decide: refused before the start, with what they would need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.metrics.table import METRICS
from chatproof.targets.declared import judged_targets
from chatproof.targets.enough import enough
from chatproof.targets.floors import floor_of
from chatproof.targets.keeping import keeps, more_is_better
from chatproof.targets.missing import counted
from chatproof.targets.possible import peak_users, possible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.load_plan import Plan
    from chatproof.targets.expression import Target

__all__ = ["Refusal", "refusals"]

_FIVE_MINUTES_SECONDS = 300.0
_FIVE_MINUTES = {"survival_5m"}
_NANOSECONDS = 1_000_000_000
_MARGIN = 1.1  # answers need some time, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """
    A target that the plan cannot decide, whatever the backend does.

    `reason` says why, `needed` what it takes ("299 streams", "a run of 15 s"), `hint` the flags that would do.
    """

    target: Target
    reason: str
    needed: str
    hint: str

    def __str__(self) -> str:
        return f"{self.target.text}: {self.reason}; it needs {self.needed}\nhint: {self.hint}"


def refusals(targets: Iterable[Target], plan: Plan, *, heartbeat_seconds: float | None = None) -> tuple[Refusal, ...]:
    """
    The targets that this plan can never decide, each with what it would need.

    Those that it leaves out by name are not looked at, nor those that the configuration gives no means to observe:
    they are not claimed. `heartbeat_seconds` is the profile's interval.
    """
    observed = (target for target in judged_targets(targets, plan) if not target.declare)
    found = (_not_scheduled(target, plan) or _refusal(target, plan, heartbeat_seconds) for target in observed)
    return tuple(refusal for refusal in found if refusal is not None)


def _not_scheduled(target: Target, plan: Plan) -> Refusal | None:
    if not target.metric.endswith("_sched") or plan.arrivals != "closed":
        return None
    return _refused(
        target,
        reason="in a closed loop nothing is scheduled",
        needed="an open loop",
        hint=f"--arrivals poisson --rate {max(1, peak_users(plan) // 5)}",
    )


def _refusal(target: Target, plan: Plan, heartbeat_seconds: float | None) -> Refusal | None:
    kind = METRICS[target.metric].kind
    if target.metric in {"concurrency", "concurrency.mean"}:
        return _too_few_users(target, plan)
    if target.metric.startswith("heartbeat.") and (refusal := _too_short_for_a_gap(target, plan, heartbeat_seconds)):
        return refusal
    if target.metric in _FIVE_MINUTES and (refusal := _too_short_for_streams(target, plan)):
        return refusal
    floor = floor_of(target, kind=kind)
    if floor is None:
        return _refused(
            target,
            reason="no number of observations can show that without any doubt",
            needed="another limit",
            hint=f'set "{target.name}" = "{_softer(target)}" in [targets]',
        )
    most = possible(target, plan)
    if most is None or most >= floor:
        return None
    return _refused(
        target,
        reason=f"this run observes at most {counted(most, target.metric)}",
        needed=f"at least {counted(floor, target.metric)}",
        hint=enough(target, plan, math.ceil(floor * _MARGIN)),
    )


def _too_few_users(target: Target, plan: Plan) -> Refusal | None:
    users = peak_users(plan)
    if not more_is_better(target) or keeps(target, users):
        return None
    wanted = int(target.limit) + (target.comparison == ">")
    return _refused(
        target,
        reason=f"there are never more than {users:,} users",
        needed=f"{wanted:,} users at once",
        hint=f"--users {wanted}",
    )


def _too_short_for_a_gap(target: Target, plan: Plan, heartbeat_seconds: float | None) -> Refusal | None:
    """A gap as long as the limit, or one interval where that is longer, must fit into the judged part of the run."""
    limit = target.limit / _NANOSECONDS if target.unit == "s" else 0.0
    needed = max(limit, heartbeat_seconds or 0.0)
    window = plan.run_time_seconds - plan.warm_up_seconds
    if plan.workload == "soak":
        window = min(window, plan.stream_seconds)
    if window > needed:
        return None
    longer = plan.warm_up_seconds + needed * 2
    flags = f"--run-time {_seconds(longer)}"
    if plan.workload == "soak" and plan.stream_seconds <= needed:
        flags += f" --stream-time {_seconds(needed * 2)}"
    return _refused(
        target,
        reason=f"no stream is watched for longer than {_seconds(window)}",
        needed=f"streams that are watched for more than {_seconds(needed)}",
        hint=flags,
    )


def _too_short_for_streams(target: Target, plan: Plan) -> Refusal | None:
    """A stream must be planned for five minutes, in the run's own time, and end before the run does."""
    needed = _FIVE_MINUTES_SECONDS / plan.scale
    window = plan.run_time_seconds - plan.warm_up_seconds
    if plan.stream_seconds >= needed and window >= plan.stream_seconds:
        return None
    flags = f"--run-time {_seconds(plan.warm_up_seconds + max(needed, plan.stream_seconds) * 1.05)}"
    if plan.stream_seconds < needed:
        flags += f" --stream-time {_seconds(needed)}"
    return _refused(
        target,
        reason=f"streams of {_seconds(plan.stream_seconds)} in a run of {_seconds(plan.run_time_seconds)}",
        needed=f"streams that can stay open for {_seconds(needed)}",
        hint=f"{flags}, or --scale for scaled time",
    )


def _softer(target: Target) -> str:
    return "> 99%" if more_is_better(target) else "< 1%"


def _refused(target: Target, *, reason: str, needed: str, hint: str) -> Refusal:
    out = f"{hint}; or leave it out: --leave-out {target.name}"
    return Refusal(target=target, reason=reason, needed=needed, hint=out)


def _seconds(seconds: float) -> str:
    rounded = -(-seconds // 1) if seconds > 1 else seconds
    return f"{rounded:.3g}s" if rounded < 1000 else f"{rounded:.0f}s"  # noqa: PLR2004 - four digits of seconds
