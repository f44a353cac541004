"""From users to replicas by Little's law: the arithmetic, and the numbers that a plan begins with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.capacity_facts import Planning

from .steady import hold_seconds, steady_rungs

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts, Rung

__all__ = ["PlanRow", "by_arrivals", "ended_nouns", "plan_row", "planning", "turn_noun"]

_USERS: Final = (100, 1_000, 10_000, 100_000)
_TURNS_PER_HOUR: Final = 12.0
_PEAK_FACTOR: Final = 2.0
_HOLD_SECONDS: Final = 30.0
_SENSITIVITY: Final = 0.2
"""Share by which the hold time is varied."""
_HELD: Final = ("streams", "subscribers")
_NOUNS: Final = {
    "subscribers": "subscription",
    "tokens/s": "token request",
    "polls/s": "poll",
    "sessions/s": "session",
}
_ENDED: Final = {"subscribers": "deliveries"}
_PER_HOUR: Final = {"subscribers": 1.0, "tokens/s": 1.0, "polls/s": 80.0, "sessions/s": 6.0}
_HOLDS: Final = {"subscribers": 1800.0}
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """
    What so many users need: `arrivals` a second in the peak hour, `streams` held at once, and `replicas`.

    `fewer` and `more` are the replicas where streams are held 20 % shorter and longer. All are None for numbers that
    make no sense (negative, not finite, a replica that holds nothing).
    """

    users: float
    arrivals: float | None
    streams: float | None
    replicas: int | None
    fewer: int | None
    more: int | None


def plan_row(
    users: float,
    *,
    turns_per_hour: float,
    hold_seconds: float,
    peak_factor: float,
    per_replica: float,
    arrivals_decide: bool,
) -> PlanRow:
    """
    One row of a plan; `plan` in `planning.js` computes the same.

    `arrivals_decide`: what a replica holds is counted in arrivals a second, and not in streams held at once.
    """
    given = (users, turns_per_hour, hold_seconds, peak_factor)
    if not all(math.isfinite(value) and value >= 0 for value in given) or not 0 < per_replica < math.inf:
        return PlanRow(users=users, arrivals=None, streams=None, replicas=None, fewer=None, more=None)
    arrivals = users * turns_per_hour / 3600 * peak_factor

    def replicas(held: float) -> int:
        load = arrivals if arrivals_decide else arrivals * held
        return max(1, math.ceil(load / per_replica - _ROUNDING))

    return PlanRow(
        users=users,
        arrivals=arrivals,
        streams=arrivals * hold_seconds,
        replicas=replicas(hold_seconds),
        fewer=replicas(hold_seconds * (1 - _SENSITIVITY)),
        more=replicas(hold_seconds * (1 + _SENSITIVITY)),
    )


def by_arrivals(unit: str) -> bool:
    """Whether a level of the unit is a rate of arrivals (`turns/s`), and not what is held at once (`streams`)."""
    return unit not in _HELD


def turn_noun(unit: str) -> str:
    """What arrives, in the singular: `turn`, `subscription`, `token request`, `poll` or `session`."""
    return _NOUNS.get(unit, "turn")


def ended_nouns(unit: str) -> str:
    """What throughput counts, in the plural: `turns`, or for subscribers `deliveries`."""
    return _ENDED.get(unit, f"{turn_noun(unit)}s")


def planning(facts: CapacityFacts) -> Planning | None:
    """The plan that a report begins with; None where there is no operating point to plan with."""
    point = facts.recommended
    if point is None or not math.isfinite(point) or point <= 0:
        return None
    per_hour = _PER_HOUR.get(facts.unit, _TURNS_PER_HOUR)
    held, said = _hold(facts, point)
    noun, unit = turn_noun(facts.unit), facts.unit
    bound = "what was tested, since no rung broke" if facts.outcome == "no_failure_in_range" else "what was measured"
    return Planning(
        users=_USERS,
        turns_per_hour=per_hour,
        hold_seconds=held,
        peak_factor=_PEAK_FACTOR,
        per_replica=point,
        assumptions=(
            f"{noun.capitalize()}s: {per_hour:g} for each user in an hour. Assumed: put in your own number.",
            *said,
            f"Peak factor: the busiest minutes bring {_PEAK_FACTOR:g} times the mean of the hour. Assumed.",
            f"One replica carries {point:,.6g} {unit}: {bound}, less {100 * facts.headroom:.3g} % headroom.",
            "Replicas share the load evenly; what all use (a model's API, a database) gives out later. Not measured.",
            "Arrivals do not wait for one another, so that the load varies about its mean; the headroom is for that.",
        ),
    )


def _hold(facts: CapacityFacts, point: float) -> tuple[float, tuple[str, ...]]:
    """The hold time in seconds and what is to be said of it; where arrivals alone decide it is 0 and unsaid."""
    if by_arrivals(facts.unit):
        return 0.0, ()
    rung = _rung_of(facts, point)
    held = None if rung is None else hold_seconds(rung, unit=facts.unit)
    if rung is None or held is None:
        assumed = _HOLDS.get(facts.unit, _HOLD_SECONDS)
        return assumed, (f"Hold time: {assumed:g} s. Assumed, for none was measured: put in your own number.",)
    said = (
        f"Hold time: {held:.3g} s, measured at {rung.level:,.6g} {facts.unit} as what was under way by what ended in a "
        "second (Little's law). It is that of this workload: where answers are longer, streams are held longer."
    )
    return float(f"{held:.4g}"), (said,)


def _rung_of(facts: CapacityFacts, point: float) -> Rung | None:
    """The lowest rung that holds at the operating point or above it, where streams are held longer than there."""
    holding = [rung for rung in steady_rungs(facts) if rung.verdict == "holds"]
    return next((rung for rung in holding if rung.level >= point), holding[-1] if holding else None)
