"""The verdict of one target: met, not met, inconclusive, or not claimed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chatproof.load_facts import TargetVerdict
from chatproof.metrics.measured import Absent
from chatproof.targets.bounds import bounds_of
from chatproof.targets.keeping import keeps, more_is_better
from chatproof.targets.missing import counted, missing
from chatproof.targets.shares import CONFIDENCE
from chatproof.targets.units import shown

if TYPE_CHECKING:
    from chatproof.metrics.measured import Measured
    from chatproof.targets.bounds import Bounds
    from chatproof.targets.expression import Target

__all__ = ["decide"]

_NANOSECONDS = 1_000_000_000


def decide(
    target: Target, measured: Measured, *, error_seconds: float = 0.0, confidence: float = CONFIDENCE
) -> TargetVerdict:
    """
    The verdict of a target on what was measured.

    It is met where the one-sided 95 % bound plus the generator's own error (of durations, in seconds) keeps the limit,
    not met where the opposite bound less the error breaks it, else inconclusive. Without samples it is never met;
    failures count as infinitely long. `confidence` is for looks at a run that goes on. A maximum, a minimum or a figure
    is a census of the run, which has no bound.
    """
    if isinstance(measured, Absent):
        return _verdict(target, "not_claimed", reason=measured.reason, declare=measured.declare or target.declare)
    bounds = bounds_of(target, measured, confidence=confidence)
    if not bounds.n and target.declare:
        reason = f"the configuration does not say how {target.metric} is observed"
        return _verdict(target, "not_claimed", reason=reason, declare=target.declare)
    error = (error_seconds * _NANOSECONDS if target.unit == "s" else 0.0) + bounds.step / 2
    word = _word(target, bounds, error)
    return _verdict(
        target,
        word,
        bounds=bounds,
        error=error,
        missing=missing(target, measured, bounds, error=error) if word == "inconclusive" else "",
        reason=_reason(target, bounds, error, word),
    )


def _word(target: Target, bounds: Bounds, error: float) -> str:
    if not bounds.n:
        return "inconclusive"
    low, high = bounds.lower - error, bounds.upper + error
    worst, best = (low, high) if more_is_better(target) else (high, low)
    if keeps(target, worst):
        return "met"
    return "inconclusive" if keeps(target, best) else "not_met"


def _reason(target: Target, bounds: Bounds, error: float, word: str) -> str:
    """One sentence that says why this is the verdict."""
    if not bounds.n:
        return "nothing was observed"
    seen = counted(bounds.n, target.metric)
    failed = f", of which {bounds.infinite:,} failed" if bounds.infinite and not bounds.census else ""
    own = f" (the generator's own error of {_shown(target, error)} included)" if error else ""
    if bounds.census:
        what = "it is infinite, for something failed" if math.isinf(bounds.value) else _shown(target, bounds.value)
        edge = f", within the generator's own error of {_shown(target, error)}" if word == "inconclusive" else own
        return f"over the whole run: {what}{edge}"
    lower = word == ("met" if more_is_better(target) else "not_met")
    if word != "inconclusive":
        side, bound = ("at least", bounds.lower - error) if lower else ("at most", bounds.upper + error)
        told = "infinite" if math.isinf(bound) else _shown(target, bound)
        return f"with 95 % confidence {side} {told}{own}, from {seen}{failed}"
    between = " to ".join(
        "unknown" if math.isinf(bound) else _shown(target, bound)
        for bound in (bounds.lower - error, bounds.upper + error)
    )
    return f"the limit lies within the bounds, {between}{own}, from {seen}{failed}"


def _verdict(
    target: Target,
    word: str,
    *,
    bounds: Bounds | None = None,
    error: float = 0.0,
    missing: str = "",
    reason: str = "",
    declare: str = "",
) -> TargetVerdict:
    bounded = bounds is not None and bounds.n > 0 and not bounds.census
    return TargetVerdict(
        target=target.text,
        metric=target.metric,
        tag=target.tag,
        statistic=target.statistic,
        requirement=target.requirement,
        level=target.level,
        profile=target.profile,
        comparison=target.comparison,
        limit=float(f"{target.limit / target.per_unit:.12g}"),
        unit=target.unit,
        value=None if bounds is None else _told(target, bounds.value),
        infinite=0 if bounds is None else bounds.infinite,
        n=0 if bounds is None else bounds.n,
        lower=_told(target, bounds.lower) if bounds is not None and bounded else None,
        upper=_told(target, bounds.upper) if bounds is not None and bounded else None,
        verdict=word,
        error=error / target.per_unit,
        missing=missing,
        reason=reason,
        declare=declare,
    )


def _told(target: Target, value: float) -> float | None:
    """The value in the verdict's unit, without the last digits' noise; None where there is none or it is infinite."""
    return float(f"{value / target.per_unit:.12g}") if math.isfinite(value) else None


def _shown(target: Target, value: float) -> str:
    return shown(max(0.0, value) / target.per_unit, target.unit)
