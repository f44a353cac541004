"""Which targets a rung is judged by: those that a load of some seconds can decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.targets.declared import declared_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.config import Config
    from chatproof.targets import Target

__all__ = ["left_out_in_words", "targets_of_rungs"]

_REASONS: Final = (
    (("survival_5m", "uptime", "heartbeat."), "needs streams that last for long"),
    (("open_files.left", "rss.left", "rss_per_", "cost", "tokens", "resume."), "speaks of a whole run"),
    (("concurrency", "goodput"), "asks for a level, which is what is searched for"),
)
_SCHEDULED: Final = "_sched"


def targets_of_rungs(
    config: Config, *, profile: str, workload: str, rate: bool, leave_out: Sequence[str] = ()
) -> tuple[tuple[Target, ...], tuple[tuple[Target, str], ...]]:
    """
    The targets that each rung is judged by, and those that it is not, each with the reason.

    Raises `TargetError` for an entry of `[targets]` that says no target.
    """
    judged: list[Target] = []
    left: list[tuple[Target, str]] = []
    for target in declared_targets(config, profile=profile, workload=workload):
        reason = _reason(target, rate=rate, leave_out=leave_out)
        if reason:
            left.append((target, reason))
        else:
            judged.append(target)
    return tuple(judged), tuple(left)


def left_out_in_words(left: Sequence[tuple[Target, str]]) -> str:
    """The targets that are not judged, with the reasons, in one line; empty where there are none."""
    return "; ".join(f"{target.text} ({reason})" for target, reason in left)


def _reason(target: Target, *, rate: bool, leave_out: Sequence[str]) -> str:
    """Why a rung is not judged by a target; empty where it is."""
    if {target.name, target.metric, target.requirement or None} & {*leave_out, *(name.upper() for name in leave_out)}:
        return "left out as asked"
    if target.declare:
        return "not observed"
    for prefixes, reason in _REASONS:
        if target.metric.startswith(prefixes):
            return reason
    if target.metric.endswith(_SCHEDULED) and not rate:
        return "in a closed loop nothing is scheduled"
    return ""
