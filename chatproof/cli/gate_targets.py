"""What a gate judges of its smoke load, and what it measures only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatproof.metrics.timed import is_timed
from chatproof.targets import declared_targets, refusals
from chatproof.targets.declared import judged_targets
from chatproof.workloads import heartbeat_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.targets import Refusal, Target

__all__ = ["OWN_TARGETS", "NotJudged", "SmokeTargets", "proved", "smoke_targets"]

OWN_TARGETS: Mapping[str, str] = {
    "error_rate": "< 1%",
    "early_loss": "< 1%",
    "violations": "<= 0",
    "delivery_ratio": "> 99%",
    "push.doubles": "<= 0",
}
"""What each gate judges, where the workload measures it; `[targets]` may say another limit, or `off`."""

_OTHER_USERS = frozenset({"rss_per_slow_reader"})
"""What the documents say of users that a smoke load has none of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJudged:
    """A target that is measured, and left out of the verdict: why, and the command that would judge it."""

    target: Target
    reason: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeTargets:
    """
    The targets of a smoke load.

    `refused` are those of the gate's own that its plan can never decide, whatever the backend does.
    """

    judged: tuple[Target, ...]
    not_judged: tuple[NotJudged, ...] = ()
    refused: tuple[Refusal, ...] = ()


def proved(proof: Mapping[str, Any] | None) -> bool:
    """Whether `verify` has passed on this machine: every error of the instrument was within its limit."""
    return proof is not None and proof.get("within") is True


def smoke_targets(config: Config, plan: Plan, *, proof: Mapping[str, Any] | None) -> SmokeTargets:
    """
    The gate's own targets, the documents' and those of `[targets]`: which are judged, and which are not.

    What speaks of times is judged where the instrument is proved on this machine alone, and what a load of this size
    can never decide is left to `chatproof load`. Raises `TargetError` for an entry that says no target.
    """
    with_own = replace(config, targets={**OWN_TARGETS, **config.targets})
    declared = declared_targets(with_own, profile=plan.profile, workload=plan.workload)
    here = (target for target in declared if target.metric not in _OTHER_USERS or target.name in config.targets)
    wanted = judged_targets(here, plan)
    trusted = proved(proof)
    left = [_unproved(target) for target in wanted if is_timed(target.metric) and not trusted]
    rest = tuple(target for target in wanted if trusted or not is_timed(target.metric))
    undecidable = refusals(rest, plan, heartbeat_seconds=heartbeat_seconds(config, plan.profile))
    refused = tuple(entry for entry in undecidable if entry.target.name in OWN_TARGETS)
    left += [_too_small(entry, plan) for entry in undecidable if entry not in refused]
    without = {entry.target.name for entry in undecidable}
    return SmokeTargets(
        judged=tuple(target for target in rest if target.name not in without),
        not_judged=tuple(left),
        refused=refused,
    )


def _unproved(target: Target) -> NotJudged:
    return NotJudged(
        target=target,
        reason="a gate judges times only where `chatproof verify` has passed on this machine",
        instead="chatproof verify",
    )


def _too_small(refusal: Refusal, plan: Plan) -> NotJudged:
    return NotJudged(
        target=refusal.target,
        reason=f"a smoke load of {plan.run_time_seconds:g} s cannot decide it: it needs {refusal.needed}",
        instead="chatproof load",
    )
