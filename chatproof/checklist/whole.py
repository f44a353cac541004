"""The check and the loads of a checklist as one run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.joined import joined
from chatproof.load_facts import Validity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.run import Run

__all__ = ["whole_run"]


def whole_run(check: Run, loads: Sequence[Run]) -> Run:
    """
    One run that holds the verdicts of the check and the targets of every load.

    Of a single load it holds the figures too. Several loads have no figures in common: each has a document of its own,
    and this one has none; it is valid where all of them are.
    """
    run = joined(check, loads[0] if loads else None, command="checklist")
    if len(loads) < 2:  # noqa: PLR2004 - a single load is as it is
        return run
    each = [joined(check, load, command="checklist") for load in loads]
    return replace(
        run,
        duration_seconds=round(sum((load.duration_seconds for load in loads), check.duration_seconds), 3),
        interrupted=any(one.interrupted for one in each),
        gate={name: closed for one in each for name, closed in one.gate.items()},
        targets=tuple(entry for load in loads for entry in load.targets),
        validity=_validity(loads),
        load=None,
        crash="; ".join(dict.fromkeys(text for text in (check.crash, *(load.crash for load in loads)) if text)),
    )


def _validity(loads: Sequence[Run]) -> Validity:
    """Of all loads together; each reason and each check is named by its workload."""
    reasons: list[str] = []
    for load in loads:
        name = load.load.workload if load.load is not None else "load"
        if load.validity is None:
            reasons.append(f"{name}: there was no load")
        elif not load.validity.valid:
            reasons += [f"{name}: {reason}" for reason in load.validity.reasons or ("no reason is known",)]
    checks = tuple(
        replace(check, name=f"{load.load.workload}: {check.name}" if load.load is not None else check.name)
        for load in loads
        if load.validity is not None
        for check in load.validity.checks
    )
    return Validity(valid=not reasons, reasons=tuple(reasons), checks=checks)
