"""What the values of a plan ask of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.config.problems import ConfigError, Problem
from chatproof.targets.declared import judged_targets
from chatproof.targets.expression import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config.load_keys import Load
    from chatproof.load_plan import Plan

__all__ = ["PlanError", "check_plan"]

_KEYS = {
    "run_time_seconds": "run_time",
    "warm_up_seconds": "warm_up",
    "stream_seconds": "stream_time",
    "publish_interval_seconds": "publish_interval",
    "poll_interval_seconds": "poll_interval",
    "probe_interval_seconds": "probe_interval",
    "think_seconds": "think_min",
}
_SHARES = ("memory_share", "abort_share", "drop_share", "slow_share", "judged_share")


class PlanError(ConfigError):
    """A plan that makes no sense: which value, why, and a hint."""

    def __init__(self, where: str, found: str, expected: str, *, hint: str, near: str = "") -> None:
        super().__init__(Problem(where=where, key="", found=found, expected=expected, closest=near, hint=hint))


def check_plan(plan: Plan, load: Load, given: Mapping[str, Any]) -> None:
    """Raises `PlanError` for the first value that is out of its bounds, or that contradicts another."""
    levels = [stage.users for stage in plan.stages] or [plan.users]
    rates = [stage.rate for stage in plan.stages] or [plan.rate]
    for field, value, most, key in (
        ("users", max([plan.users, *levels]), load.max_users, "max_users"),
        ("rate", max([plan.rate, *rates]), load.max_rate, "max_rate"),
        ("run_time_seconds", plan.run_time_seconds, load.max_run_time, "max_run_time"),
    ):
        if value > most:
            unit = " s" if field.endswith("seconds") else ""
            example = f'"{value:g}s"' if unit else f"{value:g}"
            hint = f"raise the bound below [load]: {key} = {example}"
            raise PlanError(_where(field, given), f"{value:g}{unit}", f"at most {most:g}{unit}", hint=hint)
    _check_arrivals(plan, rates, given)
    if plan.run_time_seconds <= 0:
        raise PlanError(_where("run_time_seconds", given), "no time", "a run of some seconds", hint="--run-time 60s")
    if plan.warm_up_seconds >= plan.run_time_seconds:
        found = f"{plan.warm_up_seconds:g} s of a run of {plan.run_time_seconds:g} s"
        hint = "make the run longer (--run-time), or the warm-up shorter (--warm-up)"
        raise PlanError(_where("warm_up_seconds", given), found, "a warm-up shorter than the run", hint=hint)
    _check_numbers(plan, given)
    _check_left_out(plan, given)


def _check_arrivals(plan: Plan, rates: Iterable[float], given: Mapping[str, Any]) -> None:
    """An open loop has a rate, a closed one has none."""
    if plan.arrivals == "closed" and any(rates):
        hint = "drop the rate, or choose --arrivals poisson"
        raise PlanError(_where("rate", given), "a rate in a closed loop", "arrivals from a schedule", hint=hint)
    if plan.arrivals != "closed" and not any(rates):
        hint = "give --rate 20, or stages with rates such as 30s 20/s"
        raise PlanError(_where("arrivals", given), f"{plan.arrivals} arrivals without a rate", "a rate", hint=hint)


def _check_numbers(plan: Plan, given: Mapping[str, Any]) -> None:
    """Shares are shares, and what must be positive is."""
    for field in _SHARES:
        value = getattr(plan, field)
        if not 0 <= value <= 1:
            raise PlanError(_where(field, given), f"{value:g}", "a share between 0 and 1", hint=f"{field} = 0.5")
    for field in ("spawn_rate", "stream_seconds", "scale", "publish_interval_seconds", "poll_interval_seconds"):
        value = getattr(plan, field)
        if not value > 0:
            raise PlanError(_where(field, given), f"{value:g}", "more than 0", hint=f"{_KEYS.get(field, field)} = 1")
    low, high = plan.think_seconds
    if not 0 <= low <= high:
        found = f"{low:g} s to {high:g} s"
        raise PlanError(_where("think_seconds", given), found, "a pause from 0 s on", hint='think_min = "500ms"')


def _where(field: str, given: Mapping[str, Any]) -> str:
    """The flag where the value came from one, else the key."""
    key = _KEYS.get(field, field)
    return f"--{key.replace('_', '-')}" if field in given else f"[load] {key}"


def _check_left_out(plan: Plan, given: Mapping[str, Any]) -> None:
    """Only what there is can be left out."""
    try:
        judged_targets((), plan)
    except TargetError as error:
        hint = "`chatproof list targets` and `chatproof list metrics` show all names"
        raise PlanError(
            _where("leave_out", given), error.found, error.expected, hint=hint, near=error.closest
        ) from None
