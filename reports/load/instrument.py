"""The plan, the processes, the machine and the proof of the instrument, as rows of names and texts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..quantity import exact, quantity
from ..text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.load_facts import LoadFacts

__all__ = ["Grid", "machine_rows", "plan_rows", "plan_sentence", "process_grid", "proof_grid", "proof_rows"]

MOST_PROCESSES = 64
MOST_ROWS = 80
LONGEST = 300
_SHARES = ("cpu", "cpu_max", "cpu_mean", "waiting")
_FIRST = ("name", "process", "state", "samples", "cpu", "cpu_max")
_PROOF_NAMES = {"made_at": "made at", "valid": "generator kept up", "within": "limits kept", "quick": "shortened"}
_PLAN_NOT_SHOWN = {"started_at_ns", "leave_out"}
_UNBOUNDED = {"max_turns", "max_cost_usd"}
_HEADS = {
    "cpu": "CPU, mean",
    "cpu_mean": "CPU, mean",
    "cpu_max": "CPU, most",
    "rss_bytes": "memory",
    "lag_loop_max_ms": "loop lag, most",
    "reason": "ended by",
}

Rows = list[tuple[str, str]]
Grid = tuple[tuple[str, ...], list[tuple[str, ...]]]


def plan_sentence(plan: Mapping[str, Any]) -> str:
    """`100 users at most, each starting when its last turn has ended, for 60 s, of which the first 5 s are warm-up`."""
    if not plan:
        return "no plan"
    users, rate = _number(plan.get("users")), _number(plan.get("rate"))
    arrivals = plan.get("arrivals", "closed")
    parts = [f"{users:,.0f} user{'s' * (users != 1)}"]
    if plan.get("stages"):
        parts = [f"{len(plan['stages'])} stages"]
    elif arrivals == "closed":
        spawn = _number(plan.get("spawn_rate"))
        parts.append(f"{spawn:g} new ones a second" if spawn else "")
    else:
        parts = [f"{rate:g} starts a second ({arrivals} arrivals)", f"at most {parts[0]} at once"]
    parts.append(f"for {exact(_number(plan.get('run_time_seconds')), 's')}")
    warm_up = _number(plan.get("warm_up_seconds"))
    parts.append(f"the first {exact(warm_up, 's')} are warm-up and not judged" if warm_up else "")
    scale = _number(plan.get("scale", 1))
    parts.append(f"in scaled time (1 : {scale:g})" if scale not in {0.0, 1.0} else "")
    parts.append(f"seed {plan['seed']}" if "seed" in plan else "")
    return ", ".join(part for part in parts if part)


def plan_rows(plan: Mapping[str, Any]) -> Rows:
    """Every field of the plan that says something; what is left out stands beside the targets."""
    return _rows(
        {
            name: "none" if name in _UNBOUNDED and not value else value
            for name, value in plan.items()
            if name not in _PLAN_NOT_SHOWN
        }
    )


def machine_rows(facts: LoadFacts) -> Rows:
    """Where the generator ran."""
    return _rows(facts.machine)


def proof_rows(facts: LoadFacts) -> Rows:
    """What the proof of the instrument says beside its levels."""
    proof = facts.verify or {}
    told = {said: proof[name] for name, said in _PROOF_NAMES.items() if name in proof}
    if isinstance(made := told.get("made at"), str):
        told["made at"] = made.replace("T", " ").replace("+00:00", " UTC")
    return _rows(told)


def proof_grid(facts: LoadFacts) -> Grid | None:
    """The greatest error of each metric at each level of load that the proof was made at."""
    levels = (facts.verify or {}).get("levels")
    if not isinstance(levels, Sequence) or isinstance(levels, str):
        return None
    shown = [(level, _errors(level.get("errors"))) for level in levels if isinstance(level, Mapping)][:MOST_ROWS]
    metrics = list(dict.fromkeys(name for _level, errors in shown for name in errors))
    if not metrics:
        return None
    rows = [
        (
            _said(level.get("name") or level.get("streams", "")).replace("@", " at "),
            *(quantity(errors[name], "s") if name in errors else "" for name in metrics),
            _level_state(level),
        )
        for level, errors in shown
    ]
    return ("streams", *(cut(name, 60) for name in metrics), "limits"), rows


def process_grid(facts: LoadFacts) -> Grid | None:
    """One row for each process of the generator."""
    if not facts.processes:
        return None
    keys = list(dict.fromkeys(str(name) for process in facts.processes for name in process))
    keys.sort(key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    head = tuple(_HEADS.get(name, name.replace("_", " ")) for name in keys)
    rows = [tuple(_cell(name, process.get(name)) for name in keys) for process in facts.processes[:MOST_PROCESSES]]
    return head, rows


def _cell(name: str, value: Any) -> str:
    if name in _SHARES and _is_number(value):
        return quantity(round(100 * value, 1), "%")
    if name.endswith("_bytes") and _is_number(value):
        return quantity(value, "B")
    if name.endswith("_ms") and _is_number(value):
        return quantity(value, "ms")
    if name.endswith("_ns") and _is_number(value):
        return quantity(value, "ns")
    return "" if value is None else _said(value)


def _rows(values: Mapping[str, Any]) -> Rows:
    found = list(_flat(values, ""))
    return [(name, text) for name, text in found[:MOST_ROWS] if text != ""]


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        label = f"{prefix}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}: ")
        elif str(name).endswith("_seconds") and _is_number(value):
            yield label.removesuffix(" seconds"), exact(value, "s")
        elif str(name).endswith("_seconds") and isinstance(value, Sequence) and all(map(_is_number, value)):
            yield label.removesuffix(" seconds"), " to ".join(exact(number, "s") for number in value)
        else:
            yield label, _said(value)


def _said(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}" if math.isfinite(value) else "none"
    if isinstance(value, Mapping):
        return cut(", ".join(f"{name} {_said(entry)}" for name, entry in value.items()), LONGEST)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return cut("; ".join(_each(value)), LONGEST)
    return cut(str(value), LONGEST)


def _each(values: Iterable[Any]) -> Iterator[str]:
    return (_said(value) for value in values)


def _errors(found: Any) -> dict[str, float]:
    """For each metric its greatest error in seconds, of a mapping or of a list with one entry for each statistic."""
    if isinstance(found, Mapping):
        return {str(name): abs(value) for name, value in found.items() if _is_number(value)}
    worst: dict[str, float] = {}
    for entry in found if isinstance(found, Sequence) and not isinstance(found, str) else ():
        if isinstance(entry, Mapping) and _is_number(entry.get("error_ms")):
            name = str(entry.get("metric", ""))
            worst[name] = max(worst.get(name, 0.0), abs(entry["error_ms"]) / 1000)
    return worst


def _level_state(level: Mapping[str, Any]) -> str:
    if level.get("valid") is False:
        return "not valid"
    return {True: "kept", False: "broken"}.get(level["within"], "") if "within" in level else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: Any) -> float:
    return float(value) if _is_number(value) else 0.0
