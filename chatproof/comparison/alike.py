"""Whether two runs may be compared: the settings that they must share, and what makes a comparison doubtful."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from chatproof.comparison.facts import Difference
from chatproof.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.run import Run

__all__ = ["differences", "doubts", "kind_of", "without_verdict"]

_OF_THE_RUN: Final = ("seed", "started_at_ns", "processes")
_JUDGED: Final = (Verdict.MET, Verdict.NOT_MET, Verdict.WAIVED)
_MISSING: Final = object()


def kind_of(run: Run) -> str:
    """What a run is: `check`, `load`, `gate`, `checklist` or `capacity`."""
    if run.checklist is not None:
        return "checklist"
    if run.capacity is not None:
        return "capacity"
    if run.command == "gate":
        return "gate"
    return "check" if run.load is None else "load"


def differences(base: Run, run: Run) -> tuple[Difference, ...]:
    """
    What keeps two runs from being compared, key by key: kind, profiles, settings, targets, and what the load did.

    The seed of a load, its moment and the number of its processes may differ. A gate that sent no smoke load has no
    verdict (`without_verdict`); what it would have sent is not known, and differs from nothing.
    """
    found = list(_of("kind", kind_of(base), kind_of(run)))
    found += _of("profiles", sorted(base.profiles), sorted(run.profiles))
    found += _of("settings", base.settings, run.settings)
    without_load = kind_of(base) == "gate" and (base.load is None or run.load is None)
    if kind_of(base) == kind_of(run) and not without_load:
        found += _of("load", _plan(base), _plan(run))
        found += _of("capacity", _search(base), _search(run))
        found += _of("targets", _targets(base), _targets(run))
    return tuple(found)


def without_verdict(run: Run) -> str:
    """Why a run has no verdict to compare; empty where it has."""
    if run.interrupted:
        return "it was interrupted"
    if run.crash:
        return f"chatproof itself failed in it: {run.crash}"
    if run.validity is not None and not run.validity.valid:
        return f"it is not valid: {'; '.join(run.validity.reasons) or 'no reason is known'}"
    closed = next((entry.get("reason", "") for entry in run.gate.values()), "")
    because = f": {closed}" if closed else ""
    judged = any(entry.verdict in _JUDGED for entry in run.verdicts)
    measured = run.load is not None and any(entry.n for entry in run.load.figures)
    if kind_of(run) == "gate" and not measured:
        return f"its smoke load saw nothing{because}"
    boxes = run.checklist is not None and any(box.state in {"ticked", "not_ticked"} for box in run.checklist.boxes)
    if judged or measured or boxes or (run.capacity is not None and run.capacity.rungs):
        return ""
    return f"nothing was judged in it{because}"


def doubts(base: Run, run: Run) -> tuple[str, ...]:
    """Sentences on what the runs do not share and what may well explain a difference: machine and version."""
    found = []
    if base.version != run.version:
        found.append(f"the runs are of different versions of chatproof: {base.version} and {run.version}")
    machines = [{} if entry.load is None else entry.load.machine for entry in (base, run)]
    other = tuple(_of("", *machines)) if all(machines) else ()
    if other:
        told = ", ".join(f"{entry.where} {entry.base or '-'} and {entry.run or '-'}" for entry in other)
        found.append(f"the load came from different machines ({told}): absolute figures say little")
    if base.build and base.build == run.build:
        found.append(f"both runs are of build {base.build}: what differs is noise, or was not told")
    return tuple(found)


def _plan(run: Run) -> Mapping[str, Any]:
    if run.load is None:
        return {}
    return {name: value for name, value in run.load.plan.items() if name not in _OF_THE_RUN}


def _search(run: Run) -> Mapping[str, Any]:
    """What a search for the capacity counts."""
    facts = run.capacity
    return {} if facts is None else {"workload": facts.workload, "profile": facts.profile, "unit": facts.unit}


def _targets(run: Run) -> Mapping[str, str]:
    """The condition of each target by profile and name."""
    found: dict[str, str] = {}
    for entry in run.targets:
        name = (
            entry.metric + (f"[{entry.tag}]" if entry.tag else "") + (f".{entry.statistic}" if entry.statistic else "")
        )
        key = f"{entry.profile}: {name}" if len(run.profiles) > 1 else name
        condition = f"{entry.comparison} {entry.limit:.12g}{'' if entry.unit == '1' else f' {entry.unit}'}"
        found[key] = f"{found[key]}, {condition}" if key in found else condition
    return found


def _of(where: str, base: object, run: object) -> Iterator[Difference]:
    """Every leaf in which two values differ, by its dotted place."""
    if isinstance(base, Mapping) and isinstance(run, Mapping):
        for name in dict.fromkeys((*base, *run)):
            place = f"{where}.{name}" if where else str(name)
            yield from _of(place, base.get(name, _MISSING), run.get(name, _MISSING))
        return
    if isinstance(base, list | tuple) and isinstance(run, list | tuple):
        base, run = list(base), list(run)
    if base != run:
        yield Difference(where=where, base=_text(base), run=_text(run))


def _text(value: object) -> str:
    return "" if value is _MISSING else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
