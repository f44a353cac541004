"""Makes the plan of a load run: the workload's own values, `[load]` laid over them, and flags over both."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from chatproof.closest import closest
from chatproof.config.load_checks import STAGE
from chatproof.config.values import KeyType, convert
from chatproof.load_plan import Plan, Stage
from chatproof.load_plan_checks import PlanError, check_plan
from chatproof.workload_table import WORKLOADS, default_workload, workloads_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Config
    from chatproof.config.load_keys import Load
    from chatproof.workload_table import Workload

__all__ = ["heartbeat_seconds", "plan_of"]

_FIELDS = {entry.name for entry in fields(Plan)}
_DURATIONS = {
    "run_time": "run_time_seconds",
    "warm_up": "warm_up_seconds",
    "stream_time": "stream_seconds",
    "publish_interval": "publish_interval_seconds",
    "poll_interval": "poll_interval_seconds",
    "probe_interval": "probe_interval_seconds",
}
_RAMP_SECONDS = 10.0
_WARM_UP_SHARE = 0.25


def plan_of(
    config: Config,
    *,
    workload: str | None = None,
    profile: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Plan:
    """
    The plan of a run; `overrides` are fields of `Plan` by name, None where a flag was not given.

    Without a workload that of `[load]` holds, else the default of the profile; without a profile the first one
    declared that the workload is for. More users than usual start faster, so that all are there within 10 s, and
    a short run has a short warm-up, unless either is given. Raises `PlanError` for what makes no sense.
    """
    entry, name = _chosen(config, workload or config.load.workload or None, profile)
    given = {field: value for field, value in (overrides or {}).items() if value is not None}
    unknown = sorted(set(given) - _FIELDS)
    if unknown:
        raise TypeError(f"a plan has no {unknown[0]!r}")
    declared = _declared(config.load)
    said = {**declared, **given}
    if "rate" in said and "arrivals" not in said:
        said["arrivals"] = "poisson"
    plan = replace(Plan(workload=entry.name, profile=name), **{**entry.defaults, **said})
    plan = _with_think(plan, config.load, said)
    plan = replace(plan, **_derived(plan, said))
    if entry.name == "mixed":
        plan = replace(plan, weights=_weights(config, plan.weights))
    check_plan(plan, config.load, given)
    _check_long_turn(config, plan)
    return plan


def _check_long_turn(config: Config, plan: Plan) -> None:
    """Raises `PlanError` where streams are to stay open and no turn is declared that does."""
    soaked = plan.workload == "soak" or plan.weights.get("soak", 0) > 0
    settings = config.profiles.get("ai-chat")
    if soaked and plan.profile == "ai-chat" and getattr(settings, "long_turn", None) is None:
        hint = 'below [profiles.ai-chat] write long_turn = { message = "Tell me a long story" }'
        raise PlanError("--workload", "`soak`, and no `long_turn`", "a turn that stays open", hint=hint)


def heartbeat_seconds(config: Config, profile: str) -> float | None:
    """The heartbeat's interval that a profile declares; None for one without heartbeats."""
    interval = getattr(config.profiles.get(profile), "heartbeat", None)
    return float(interval) if interval else None


def _chosen(config: Config, workload: str | None, profile: str | None) -> tuple[Workload, str]:
    """The workload and the profile that it is put on."""
    if workload is not None and workload not in WORKLOADS:
        hint = f"the workloads are {', '.join(WORKLOADS)}"
        raise PlanError(
            "--workload", f"`{workload}`", "the name of a workload", hint=hint, near=closest(workload, WORKLOADS)
        )
    if profile is not None and profile not in config.profiles:
        near = closest(profile, config.profiles)
        hint = f"add a table [profiles.{profile}], or give --profile {profile}"
        raise PlanError("--profile", f"`{profile}`", "a profile of the configuration", hint=hint, near=near)
    names = [profile] if profile is not None else list(config.profiles)
    if workload is None:
        found = next(((default_workload(name), name) for name in names if default_workload(name)), None)
        if found is None:
            hint = f"the profiles with workloads are {', '.join(WORKLOADS['mixed'].profiles)}"
            raise PlanError("--profile", f"`{', '.join(names)}`", "a profile with a workload", hint=hint)
        return WORKLOADS[found[0]], found[1]
    entry = WORKLOADS[workload]
    fit = next((name for name in names if name in entry.profiles), None)
    if fit is None:
        others = ", ".join(other.name for name in names for other in workloads_of(name)) or "none"
        hint = f"give --profile {entry.profiles[0]}, or one of these workloads: {others}"
        raise PlanError("--workload", f"`{workload}`", f"a workload of {', '.join(names)}", hint=hint)
    return entry, fit


def _declared(load: Load) -> dict[str, Any]:
    """The fields of a plan that `[load]` gives."""
    found: dict[str, Any] = {}
    for entry in fields(load):
        value = getattr(load, entry.name)
        field = _DURATIONS.get(entry.name, entry.name)
        if field in _FIELDS and field != "workload" and value not in (None, (), {}, ""):
            found[field] = value
    if load.stages:
        found["stages"] = tuple(_stage(text) for text in load.stages)
    return found


def _stage(text: str) -> Stage:
    """A stage as it is written; the configuration has checked it."""
    match = STAGE.fullmatch(text.strip())
    if match is None:
        raise PlanError("[load] stages", f'"{text}"', "a duration and a level", hint='stages = ["30s 50", "30s 20/s"]')
    seconds = convert(f"{match['number']}{match['unit']}", KeyType(annotation=float, kind="duration"))
    level = float(match["level"])
    return Stage(seconds=seconds, rate=level) if match["rate"] else Stage(seconds=seconds, users=int(level))


def _with_think(plan: Plan, load: Load, said: Mapping[str, Any]) -> Plan:
    """The pauses between turns: one given bound moves the other where it must."""
    if "think_seconds" in said:
        return replace(plan, think_seconds=tuple(said["think_seconds"]))
    low, high = plan.think_seconds
    if load.think_min is not None:
        low, high = load.think_min, max(high, load.think_min)
    if load.think_max is not None:
        low, high = min(low, load.think_max), load.think_max
    return replace(plan, think_seconds=(low, high))


def _derived(plan: Plan, said: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from other values where it is not given itself."""
    found: dict[str, Any] = {}
    if plan.stages and any(stage.rate for stage in plan.stages) and "arrivals" not in said:
        found["arrivals"] = "poisson"
    run_time = plan.run_time_seconds
    if plan.stages and "run_time_seconds" not in said:
        run_time = found["run_time_seconds"] = sum(stage.seconds for stage in plan.stages)
    if "spawn_rate" not in said:
        found["spawn_rate"] = max(plan.spawn_rate, plan.users / _RAMP_SECONDS)
    if "warm_up_seconds" not in said:
        found["warm_up_seconds"] = min(plan.warm_up_seconds, run_time * _WARM_UP_SHARE)
    return found


def _weights(config: Config, weights: Mapping[str, Any]) -> dict[str, float]:
    """The parts of a mixed load: those given, else the default workload of each declared profile."""
    if not weights:
        defaults = (default_workload(name) for name in config.profiles)
        return {name: 1.0 for name in defaults if name}
    parts = [name for name in WORKLOADS if name != "mixed"]
    for name in weights:
        if name not in parts:
            hint = f"the workloads that can be mixed are {', '.join(parts)}"
            near = closest(name, parts)
            raise PlanError("weights", f"`{name}`", "the name of a workload", hint=hint, near=near)
        if not set(WORKLOADS[name].profiles) & set(config.profiles):
            owner = WORKLOADS[name].profiles[0]
            hint = f"add a table [profiles.{owner}], or drop {name} from the weights"
            raise PlanError("weights", f"`{name}`", f"workloads of {', '.join(config.profiles)}", hint=hint)
    if not sum(weights.values()) > 0:
        raise PlanError(
            "weights", "no weight above 0", "one at least", hint="weights = { chat-turns = 3, polling = 1 }"
        )
    return {name: float(weight) for name, weight in weights.items()}
