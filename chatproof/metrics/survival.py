"""How long streams stay open: the share that lasts five minutes, the curve with its band, and the time up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.metrics.groups import STREAMS, five_minutes_ns, group
from chatproof.metrics.measured import Share, Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_plan import Plan
    from chatproof.metrics.groups import Group
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Sample

__all__ = ["Life", "Step", "curve", "lives", "survival_share", "uptime"]

_Z: Final = 1.6448536269514722
"""One-sided 95 % of the normal distribution."""

_ALPHA: Final = 0.05
_NEARLY: Final = 0.999


@dataclass(frozen=True, slots=True)
class Life:
    """How long one stream was seen open, and whether it ended by failing (else nobody knows how long it would last)."""

    age_ns: int
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From `age_ns` on this share of the streams is still open, with one-sided 95 % bounds."""

    age_ns: int
    share: float
    lower: float
    upper: float
    at_risk: int


def survival_share(collected: Collected, plan: Plan, *, tag: str = "") -> Share:
    """Of the streams planned for five minutes those that were open and correct for so long; see `METRICS`."""
    horizon = five_minutes_ns(plan)
    found = lives(group(collected, STREAMS, tag), horizon)
    survived = sum(life.age_ns >= horizon * _NEARLY for life in found)
    return Share(hits=survived, n=survived + sum(life.failed and life.age_ns < horizon * _NEARLY for life in found))


def lives(found: Group, horizon_ns: int) -> list[Life]:
    """The streams that were planned to be open for `horizon_ns` or longer."""
    return [
        Life(max(0, sample.end_ns - sample.start_ns), bool(sample.cause))
        for sample in found.all
        if sample.planned_ns is not None and sample.planned_ns >= horizon_ns * _NEARLY
    ]


def curve(found: Sequence[Life], horizon_ns: int) -> list[Step]:
    """
    Kaplan and Meier's estimate up to `horizon_ns`, one step per moment at which a stream failed.

    The band is Greenwood's on the scale of log(-log), which stays between 0 and 1; where nothing has failed yet it is
    Clopper and Pearson's for the streams under observation. A stream that was stopped is at risk up to its own end.
    """
    ages = sorted(found, key=lambda life: (life.age_ns, not life.failed))
    at_risk = len(ages)
    share, variance = 1.0, 0.0
    result = [Step(age_ns=0, share=1.0, lower=_none_failed(at_risk), upper=1.0, at_risk=at_risk)]
    index = 0
    while index < len(ages) and ages[index].age_ns < horizon_ns * _NEARLY:
        age = ages[index].age_ns
        same = index
        while same < len(ages) and ages[same].age_ns == age:
            same += 1
        failed = sum(life.failed for life in ages[index:same])
        if failed:
            share *= 1 - failed / at_risk
            variance += failed / (at_risk * (at_risk - failed)) if failed < at_risk else math.inf
            lower, upper = _band(share, variance, at_risk)
            result.append(Step(age_ns=age, share=share, lower=lower, upper=upper, at_risk=at_risk))
        at_risk -= same - index
        index = same
    return result


def uptime(collected: Collected, *, tag: str = "") -> Spread:
    """Of each stream that was planned to stay open the part of that time for which it was up; not of those we ended."""
    found = group(collected, STREAMS, tag)
    return Spread(values=tuple(_up(found.well, well=True) + _up(found.failed, well=False)))


def _up(samples: Iterable[Sample], *, well: bool) -> list[float]:
    return [
        0.0
        if sample.headers_ns is None and not well
        else min(1.0, (sample.end_ns - sample.start_ns) / sample.planned_ns)
        for sample in samples
        if sample.planned_ns
    ]


def _none_failed(at_risk: int) -> float:
    return float(_ALPHA ** (1 / at_risk)) if at_risk else 0.0


def _band(share: float, variance: float, at_risk: int) -> tuple[float, float]:
    if share <= 0 or math.isinf(variance):
        return 0.0, 1.0 - _none_failed(at_risk)
    width = _Z * math.sqrt(variance) / abs(math.log(share))
    return float(share ** math.exp(width)), float(share ** math.exp(-width))
