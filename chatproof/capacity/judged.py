"""Which targets a rung is judged by: those that a load of some seconds can decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from chatproof.capacity.scale import SCALES
from chatproof.targets.declared import declared_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.config import Config
    from chatproof.targets import Target

__all__ = ["left_out_in_words", "targets_of_rungs"]

_REASONS: Final = (
    (("heartbeat.",), "needs streams that last for long"),
    (("open_files.left", "rss.left", "rss_per_", "cost", "tokens"), "speaks of a whole run"),
    (("concurrency", "goodput"), "asks for a level, which is what is searched for"),
)
_SCHEDULED: Final = "_sched"
_OWN: Final = {"error_rate": "< 1%"}
"""As in a gate, where `[targets]` says no other limit: a p95 alone would let one request in twenty fail."""


def targets_of_rungs(
    config: Config, *, profile: str, workload: str, rate: bool, leave_out: Sequence[str] = ()
) -> tuple[tuple[Target, ...], tuple[tuple[Target, str], ...]]:
    """
    The targets that each rung is judged by, and those that it is not, each with the reason.

    Raises `TargetError` for an entry of `[targets]` that says no target.
    """
    judged: list[Target] = []
    left: list[tuple[Target, str]] = []
    for target in _with_own(config, profile=profile, workload=workload):
        reason = _reason(target, rate=rate, leave_out=leave_out)
        if reason:
            left.append((target, reason))
        else:
            judged.append(target)
    return tuple(judged), tuple(left)


def left_out_in_words(left: Sequence[tuple[Target, str]]) -> str:
    """The targets that are not judged, with the reasons, in one line; empty where there are none."""
    return "; ".join(f"{target.text} ({reason})" for target, reason in left)


def _with_own(config: Config, *, profile: str, workload: str) -> tuple[Target, ...]:
    """The declared targets; with the errors of a rate where no document has a number for them."""
    declared = declared_targets(config, profile=profile, workload=workload)
    scale = SCALES.get(workload)
    if scale is None or not scale.rate or any(target.metric in _OWN for target in declared):
        return declared
    return declared_targets(replace(config, targets={**_OWN, **config.targets}), profile=profile, workload=workload)


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
