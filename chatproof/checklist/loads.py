"""The loads that a checklist sends itself: one for each workload that the boxes' targets need, short unless asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from chatproof.checklist.target_findings import target_of
from chatproof.config import ConfigError, Load
from chatproof.load_plan import Plan
from chatproof.load_run.safety import LoadRefusedError, make_room_for_files, refuse_foreign_host
from chatproof.targets import declared_targets, refusals
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.workloads import WORKLOADS, default_workload, heartbeat_seconds, plan_of, workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.checklist.definition import BoxDefinition
    from chatproof.config import Config
    from chatproof.targets import Target

__all__ = ["OwnLoad", "own_loads"]

_LONG: Final = ("soak",)
_SECONDS: Final = 20.0
_TURNS: Final = {"users": 60, "spawn_rate": 60.0, "warm_up_seconds": 3.0, "max_turns": 1000}
"""So that turns of 2 s still give the 299 that show fewer than 1 %, and a prompt backend ends soon."""
_KEPT_KEYS: Final = (
    *("allow_hosts", "max_users", "max_rate", "max_run_time", "max_turns", "max_cost_usd", "think_min", "think_max"),
    *("judged_share", "keep_alive", "processes", "seed", "user_claims", "tokens_file"),
)
"""What of `[load]` holds here too: bounds and credentials. The shape of the load is the checklist's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLoad:
    """One load: its plan, and the targets that it can decide; `texts` are those as the boxes write them."""

    plan: Plan
    targets: tuple[Target, ...]
    texts: tuple[str, ...]


def own_loads(
    definitions: Sequence[BoxDefinition], config: Config, *, full: bool = False, scale: float = 1.0
) -> tuple[tuple[OwnLoad, ...], dict[str, str]]:
    """
    The loads that judge the boxes' targets, and for targets that none of them judges the reason.

    The soak is among them with `full` alone; `scale` is that of its time. Targets are those that the configuration
    declares; a user's own boxes bring theirs along.
    """
    wanted: dict[tuple[str, str], dict[str, Target]] = {}
    unable: dict[str, str] = {}
    for definition in definitions:
        for text in definition.all_targets:
            for profile, workload in _places(definition, text, config):
                if workload in _LONG and not full:
                    continue
                target = _declared(definition, text, config, profile, workload)
                if target is None:
                    unable[text] = f'"{target_of(text).name}" is off under [targets]: delete that line'
                else:
                    wanted.setdefault((profile, workload), {})[text] = target
    loads = []
    for (profile, workload), targets in wanted.items():
        load, reasons = _load(targets, config, profile, workload, scale=scale)
        unable |= reasons
        loads += [load] if load is not None else []
    return tuple(loads), unable


def _places(definition: BoxDefinition, text: str, config: Config) -> Iterable[tuple[str, str]]:
    """Where a target of a box is judged: the declared profile and the workload; the first that measures it."""
    profiles = [definition.profile] if definition.profile else list(config.profiles)
    for profile in profiles:
        workload = _workload(target_of(text), profile)
        if workload:
            return ((profile, workload),)
    return ()


def _workload(target: Target, profile: str) -> str:
    """The workload of a profile that judges a target: its default where that does, a long one last; empty for none."""
    documented = [it for it in DOCUMENT_TARGETS if it.profile == profile and it.name == target.name]
    if documented:
        names = list(documented[0].workloads)
    else:
        names = [it.name for it in workloads_of(profile) if it.name != "mixed" and _measures(it.name, target)]
    return min(names, key=lambda name: (name in _LONG, name != default_workload(profile)), default="")


def _measures(workload: str, target: Target) -> bool:
    entry = WORKLOADS[workload]
    return target.metric in entry.metrics and (not target.tag or target.tag in entry.tags)


def _declared(definition: BoxDefinition, text: str, config: Config, profile: str, workload: str) -> Target | None:
    """The target as the run judges it: with the limit that the configuration declares, or with an own box's."""
    wanted = target_of(text)
    if definition.own:
        config = replace(config, targets={wanted.name: text.strip().removeprefix(wanted.name)})
    found = declared_targets(config, profile=profile, workload=workload)
    return next((target for target in found if target.name == wanted.name), None)


def _load(
    targets: Mapping[str, Target], config: Config, profile: str, workload: str, *, scale: float
) -> tuple[OwnLoad | None, dict[str, str]]:
    """The load of a workload without the targets that it can never decide, and why those are left out."""
    try:
        refuse_foreign_host(config.backend.url, config.load.allow_hosts)
        plan = _plan(config, profile, workload, scale=scale)
        make_room_for_files(plan, processes=plan.processes)
    except (ConfigError, LoadRefusedError) as error:
        why = " ".join(f"{error}".split("\n"))
        return None, dict.fromkeys(targets, why)
    refused = {
        entry.target: f"{entry.reason}; it needs {entry.needed}"
        for entry in refusals(targets.values(), plan, heartbeat_seconds=heartbeat_seconds(config, profile))
    }
    reasons = {text: refused[target] for text, target in targets.items() if target in refused}
    left = {text: target for text, target in targets.items() if text not in reasons}
    if not left:
        return None, reasons
    return OwnLoad(plan=plan, targets=tuple(dict.fromkeys(left.values())), texts=tuple(left)), reasons


def _plan(config: Config, profile: str, workload: str, *, scale: float) -> Plan:
    """A short plan of the workload; that of the soak is its own, in scaled time where that is asked for."""
    kept = {name: getattr(config.load, name) for name in _KEPT_KEYS}
    bare = replace(config, load=Load(**kept))
    if workload in _LONG:
        return plan_of(bare, workload=workload, profile=profile, overrides=_scaled(workload, scale))
    usual = int(WORKLOADS[workload].defaults["users"])
    overrides: dict[str, Any] = {"run_time_seconds": _SECONDS, "users": min(usual, config.load.max_users)}
    if workload == default_workload("ai-chat"):
        bounds = {"users": config.load.max_users, "max_turns": config.load.max_turns or _TURNS["max_turns"]}
        overrides |= {name: min(value, bounds.get(name, value)) for name, value in _TURNS.items()}
    return plan_of(bare, workload=workload, profile=profile, overrides=overrides)


def _scaled(workload: str, scale: float) -> dict[str, Any]:
    """The times of a soak in scaled time."""
    if scale == 1:
        return {}
    defaults = WORKLOADS[workload].defaults
    return {
        "scale": scale,
        "run_time_seconds": defaults["run_time_seconds"] / scale,
        "stream_seconds": defaults["stream_seconds"] / scale,
        "spawn_rate": min(float(defaults["users"]), Plan().spawn_rate * scale),
    }
