"""A check and a load of the same backend as one run, with one exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.exit_code import exit_code

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["joined"]


def joined(check: Run, load: Run | None, *, command: str) -> Run:
    """
    One run document that holds the verdicts of a check and, where there was one, of the load after it.

    The exit code is that of all of it. What the load alone could not reach is told under `gate` as `load`.
    """
    if load is None:
        return replace(check, command=command)
    crash = "; ".join(entry for entry in (check.crash, load.crash) if entry)
    gate = {**check.gate, **{f"load of {profile}": closed for profile, closed in load.gate.items()}}
    interrupted = check.interrupted or load.interrupted
    code, reason = exit_code(
        verdicts=check.verdicts,
        targets=load.targets,
        validity=load.validity,
        waivers=check.waivers,
        gate=gate,
        strict=check.strict,
        interrupted=interrupted,
        crash=crash,
    )
    return replace(
        check,
        command=command,
        duration_seconds=round(check.duration_seconds + load.duration_seconds, 3),
        interrupted=interrupted,
        exit_code=int(code),
        exit_reason=reason,
        gate=gate,
        validity=load.validity,
        targets=load.targets,
        load=load.load,
        crash=crash,
    )
