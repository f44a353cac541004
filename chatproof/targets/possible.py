"""How much a plan can observe at the most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.load_plan import Plan
    from chatproof.targets.expression import Target

__all__ = ["peak_users", "possible"]

_DEVIATIONS = 6
"""So many standard deviations above its mean a Poisson schedule may lie."""

_TAGGED = {"memory", "plain"}
_EVERY = {
    "polling": lambda plan: plan.poll_interval_seconds,
    "bystander": lambda plan: plan.probe_interval_seconds,
}
_PUSHED = {"push", "delivery_ratio"}
_MESSAGES = {"push.first", "push.median", "push.last", "push.spread"}
_UNKNOWN = {
    "resume.delay",
    "resume.catch_up",
    "gap",
    "heartbeat.interval",
    "heartbeat.jitter",
    "lag.read",
    "lag.send",
    "lag.loop",
    "burst_ratio",
    "generate",
}
_SUBSCRIBING = {"fan-out", "reconnect"}


def peak_users(plan: Plan) -> int:
    """The most users that are ever there."""
    return max([plan.users] if not plan.stages else [stage.users for stage in plan.stages] or [0])


def possible(target: Target, plan: Plan) -> int | None:
    """
    An upper bound of the observations of the target's metric in the judged part of the run; None where none is known.

    It rests on what the plan fixes (users and when they start, run time, warm-up, rate, pauses, the length of
    soaked streams, shares, `max_turns`), and takes answers to need no time.
    """
    if plan.workload == "mixed" or target.metric in _UNKNOWN:
        return None if peak_users(plan) or plan.rate else 0
    if target.metric in _PUSHED | _MESSAGES:
        return _pushes(target, plan)
    if plan.workload in _SUBSCRIBING:
        return _subscriptions(plan)
    found = _scheduled(plan) if plan.arrivals != "closed" else _in_turn(plan)
    if plan.max_turns:
        found = plan.max_turns if found is None else min(found, plan.max_turns)
    share = _share(target, plan)
    if share == 0:
        return 0
    if found is None or share == 1:
        return found
    return min(found, math.ceil(found * share + _DEVIATIONS * math.sqrt(found * share)))


def _scheduled(plan: Plan) -> int:
    """Starts of an open loop after the warm-up."""
    if plan.stages:
        starts, level = 0.0, 0.0
        for stage in plan.stages:
            starts += (level + stage.rate) / 2 * stage.seconds
            level = stage.rate
    else:
        starts = plan.rate * max(0.0, plan.run_time_seconds - plan.warm_up_seconds)
    if plan.arrivals == "poisson":
        return math.ceil(starts + _DEVIATIONS * math.sqrt(starts)) if starts else 0
    return math.ceil(starts) + (1 if starts else 0)


def _in_turn(plan: Plan) -> int | None:
    """Turns of users who each start one when the last has ended; None where nothing keeps them apart."""
    peak = peak_users(plan)
    if not peak:
        return 0
    whole = plan.stream_seconds if plan.workload == "soak" else 0.0
    every = _EVERY[plan.workload](plan) if plan.workload in _EVERY else whole + plan.think_seconds[0]
    if every <= 0:
        return None
    total = 0
    for number in range(peak):
        begin = 0.0 if plan.stages else number / plan.spawn_rate
        window = plan.run_time_seconds - max(begin, plan.warm_up_seconds)
        if window < whole or window < 0:
            break
        # The last turn needs no pause after it; a soaked stream must end before the run does.
        total += math.floor((window - whole) / every) + 1
    return total


def _pushes(target: Target, plan: Plan) -> int | None:
    """Messages of one publisher, and for each subscriber one delivery."""
    if plan.publish_interval_seconds <= 0:
        return None
    subscribers = peak_users(plan)
    window = max(0.0, plan.run_time_seconds - plan.warm_up_seconds)
    messages = math.floor(window / plan.publish_interval_seconds) + 1
    return (messages if subscribers else 0) if target.metric in _MESSAGES else messages * subscribers


def _subscriptions(plan: Plan) -> int | None:
    """Streams that start after the warm-up; None where they are cut and made again, or come in stages."""
    if plan.stages or (plan.workload == "reconnect" and plan.users):
        return None
    return sum(number / plan.spawn_rate >= plan.warm_up_seconds for number in range(plan.users))


def _share(target: Target, plan: Plan) -> float:
    """The part of the turns that the target speaks of."""
    share = 1.0
    if target.tag in _TAGGED:
        share = plan.memory_share if target.tag == "memory" else 1 - plan.memory_share
    if target.metric == "memory":
        share *= plan.memory_share
    if target.metric == "open_files.left":
        return plan.abort_share if plan.workload == "client-aborts" else 1.0
    return share * (1 - plan.abort_share if target.metric in {"error_rate", "e2e"} else 1.0)
