"""Which kind of run a document is: each kind has a folder here, with one writer per format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.load_facts import LoadFacts
    from chatproof.run import Run

__all__ = ["kind_of", "load_facts"]


def kind_of(run: Run) -> str:
    """`check`, `load`, `gate`, `capacity` or `checklist`: the name of the folder whose writers know the run."""
    if run.checklist is not None:
        return "checklist"
    if run.capacity is not None:
        return "capacity"
    if run.command == "gate":
        return "gate"
    return "check" if run.load is None else "load"


def load_facts(run: Run) -> LoadFacts:
    """What a load run found out; TypeError for any other run."""
    if run.load is None:
        raise TypeError(f"a run of {run.command!r} holds no load")
    return run.load
