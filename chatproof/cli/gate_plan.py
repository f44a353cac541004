"""The plan of a gate's smoke load: small, short, and with as many turns as an error rate below 1 % needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatproof.targets import parse_target
from chatproof.targets.possible import possible
from chatproof.workload_table import default_workload
from chatproof.workloads import PlanError, plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Config
    from chatproof.load_plan import Plan

__all__ = ["SMOKE_SECONDS", "plan_words", "smoke_plan", "smoke_profile"]

SMOKE_SECONDS = 20.0
_FIRST = "ai-chat"
_MOST_TURNS = 1000
_COMMON: Mapping[str, Any] = {
    "run_time_seconds": SMOKE_SECONDS,
    "warm_up_seconds": 2.0,
    "users": 60,
    "spawn_rate": 60.0,
}
_OF_WORKLOAD: Mapping[str, Mapping[str, Any]] = {
    # Turns of 2 s still give the 299 that show fewer than 1 %; a prompt backend gets about 50 turns a second.
    "chat-turns": {"think_seconds": (0.8, 1.4), "judged_share": 1.0, "max_turns": _MOST_TURNS},
    # A subscription lasts as long as the run: there are as many streams as users, and a warm-up would leave none.
    "fan-out": {"users": 320, "spawn_rate": 160.0, "warm_up_seconds": 0.0},
}
_NOT_OF_A_GATE: Mapping[str, Any] = {
    **dict.fromkeys(("users", "spawn_rate", "run_time", "warm_up", "arrivals", "rate", "think_min", "think_max")),
    **dict.fromkeys(("abort_share", "slow_share", "drop_share", "judged_share", "processes", "stream_time", "scale")),
    "workload": "",
    "stages": (),
    "weights": {},
}
"""What `[load]` says of the size of a load is meant for `chatproof load`."""


def smoke_profile(config: Config) -> str:
    """The profile that is put under load: ai-chat, else the first declared one that has a workload, else none."""
    names = [name for name in config.profiles if default_workload(name)]
    return _FIRST if _FIRST in names else next(iter(names), "")


def smoke_plan(
    config: Config, *, users: int | None = None, run_time: float | None = None, max_turns: int | None = None
) -> Plan:
    """
    The plan of the smoke load: the profile's own workload, at the size of a gate, with the flags over it.

    Of `[load]` hold the bounds (`max_users`, `max_turns`, `max_cost_usd`), who the users are, and what a turn is like.
    Raises `PlanError` for what makes no sense.
    """
    profile = smoke_profile(config)
    if not profile:
        hint = "`chatproof check` judges a backend without any load"
        raise PlanError("gate", ", ".join(config.profiles) or "no profile", "a profile with a workload", hint=hint)
    workload = default_workload(profile)
    lean = replace(config, load=replace(config.load, **_NOT_OF_A_GATE))
    values = {**_COMMON, **_OF_WORKLOAD.get(workload, {})}
    values["users"] = min(values["users"], config.load.max_users)
    if config.load.max_turns and "max_turns" in values:
        values["max_turns"] = min(values["max_turns"], config.load.max_turns)
    if users is not None:
        values |= {"users": users, "spawn_rate": max(values["spawn_rate"], users / 2)}
    if run_time is not None:
        values |= {"run_time_seconds": run_time, "warm_up_seconds": min(values["warm_up_seconds"], run_time / 4)}
    if max_turns is not None:
        values["max_turns"] = max_turns
    return plan_of(lean, workload=workload, profile=profile, overrides=values)


def plan_words(plan: Plan, url: str) -> str:
    """What will be sent, and how much of it at the most; said before anything is."""
    what = f"{plan.workload} on {plan.profile}, {plan.users} users for {plan.run_time_seconds:g} s"
    return f"gate on {url}: check, then a smoke load: {what}, {_bound(plan)}"


def _bound(plan: Plan) -> str:
    if plan.max_turns:
        return f"at most {plan.max_turns} turns"
    most = possible(parse_target("error_rate", "< 1%"), replace(plan, warm_up_seconds=0.0))
    return "turns without bound" if most is None else f"at most {most:,} streams or requests"
