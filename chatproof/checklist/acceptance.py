"""Which runs may speak for a checklist: whole and valid ones of the same build and configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatproof.settings import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chatproof.run import Run

__all__ = ["Basis", "refusal"]

_MOST_DIFFERENCES = 3
_LONGEST = 40
_NOTHING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What is released: its build, and the configuration that all runs must share."""

    build: str
    fingerprint: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def refusal(run: Run, basis: Basis | None = None) -> str:
    """
    Why a run ticks nothing; empty where it may.

    An interrupted run, one in which chatproof failed, an invalid load, an unfinished capacity run and one whose
    fingerprint is not that of its settings never do. A search for the capacity may end at what the generator carries:
    its rungs are valid or not one by one. Beside a `basis`, the run must name the same build (an empty one is never the
    same) and be configured alike.
    """
    if run.interrupted:
        return "it was interrupted"
    if run.crash:
        return f"chatproof itself failed in it: {run.crash}"
    if run.capacity is None and run.validity is not None and not run.validity.valid:
        return f"it is not valid: {'; '.join(run.validity.reasons) or 'no reason is known'}"
    if run.checklist is not None:
        return "it is a checklist itself: give the run.json of the runs that it joined, in the folders beside it"
    if run.capacity is not None and run.capacity.outcome == "unfinished":
        return f"it is unfinished: {run.capacity.sentence}"
    return _damage(run) or ("" if basis is None else _other(run, basis))


def _damage(run: Run) -> str:
    """What of a run document was changed after it was written; empty where nothing is seen to be."""
    if run.fingerprint and run.fingerprint != fingerprint(run.settings):
        return "it is damaged: its fingerprint is not that of its settings"
    return ""


def _other(run: Run, basis: Basis) -> str:
    """What differs between a run and what is released; empty where nothing does."""
    if not basis.build or not run.build:
        which = "this checklist" if not basis.build else "it"
        return f"{which} names no build: give both --build, or `build` under [backend], so that they are known as one"
    if run.build != basis.build:
        return f"it is of build {run.build}, not of {basis.build}"
    if run.fingerprint and run.fingerprint == basis.fingerprint:
        return ""
    found = list(_differences(basis.settings, run.settings))
    told = "; ".join(found[:_MOST_DIFFERENCES]) or "its fingerprint is another"
    more = f"; and {len(found) - _MOST_DIFFERENCES} more" if len(found) > _MOST_DIFFERENCES else ""
    return f"it was configured otherwise: {told}{more}"


def _differences(here: Any, there: Any, path: str = "") -> Iterator[str]:
    """Each key that differs, with both values."""
    if isinstance(here, dict) and isinstance(there, dict):
        for name in dict.fromkeys([*here, *there]):
            below = f"{path}.{name}" if path else name
            yield from _differences(here.get(name, _NOTHING), there.get(name, _NOTHING), below)
    elif here is _NOTHING or there is _NOTHING:
        yield f"{path} is declared {'there' if here is _NOTHING else 'here'} alone"
    elif here != there:
        yield f"{path} is {_shown(here)} here, {_shown(there)} there"


def _shown(value: Any) -> str:
    text = f"{value}" if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
