"""Targets: performance limits, their exact bounds and their three verdicts."""

from chatproof.targets.bounds import Bounds, bounds_of
from chatproof.targets.decision import decide
from chatproof.targets.declared import declared_targets
from chatproof.targets.expression import Target, TargetError, parse_target
from chatproof.targets.refusal import Refusal, refusals

__all__ = [
    "Bounds",
    "Refusal",
    "Target",
    "TargetError",
    "bounds_of",
    "decide",
    "declared_targets",
    "parse_target",
    "refusals",
]
