"""What a level counts, by workload, and the load that one level is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from chatproof.workloads import plan_of

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.load_plan import Plan

__all__ = ["SCALES", "UNSUITED", "Scale", "ScaleError", "plan_at", "rung_seconds", "scale_of"]

_WARM_UP_SHARE: Final = 0.3
_STREAMS_PER_RUNG: Final = 3.2
_WARM_UP_STREAMS: Final = 1.2
_SAMPLES: Final = 30.0
_SPAWN_SHARE: Final = 0.6
_RETRY_SECONDS: Final = 0.25
_LEAST_WAITING: Final = 50
_WAITING_SECONDS: Final = 2.0
_WAITING_STREAMS: Final = 4.0


class ScaleError(Exception):
    """A workload whose capacity cannot be searched for; the message ends in a hint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    What is counted: `unit` for people, `metric` is that of the latency, `operations` are the samples that count.

    `rate` says that a level is starts a second of an open loop, else streams under way. `step` is the least distance
    of two levels.
    """

    unit: str
    metric: str
    operations: tuple[str, ...]
    rate: bool = False
    step: float = 1.0
    messages: bool = False


_TURNS = Scale(unit="streams", metric="ttft", operations=("turn",))
SCALES: Final[dict[str, Scale]] = {
    "chat-turns": _TURNS,
    "client-aborts": _TURNS,
    "fan-out": Scale(unit="subscribers", metric="push", operations=("subscription",), messages=True),
    "polling": Scale(unit="polls/s", metric="poll", operations=("poll",), rate=True),
    "token-storm": Scale(unit="tokens/s", metric="token", operations=("token",), rate=True),
    "chatkit-sessions": Scale(unit="sessions/s", metric="session", operations=("session", "refresh"), rate=True),
}
"""The workloads whose capacity can be searched for."""

UNSUITED: Final = {
    "soak": "its streams last for minutes, and every rung needs several of them",
    "reconnect": "its streams are cut on purpose",
    "bystander": "it is one user beside a load",
    "mixed": "it has no single level",
}
"""Workloads whose capacity cannot be, and why."""


def scale_of(workload: str, *, rate: bool) -> Scale:
    """What a level of the workload counts; `rate` asks for turns a second. Raises `ScaleError` where there is none."""
    scale = SCALES.get(workload)
    if scale is None:
        known = ", ".join(SCALES)
        message = (
            f"the capacity of {workload} cannot be searched for: {UNSUITED.get(workload, 'it has no level')}\n"
            f"hint: choose one of {known} with --workload"
        )
        raise ScaleError(message)
    if not rate or scale.rate:
        return scale
    if scale.messages:
        message = f"{workload} has no rate: a subscription lasts as long as the load\nhint: drop --rate"
        raise ScaleError(message)
    return replace(scale, unit="turns/s", metric="ttft", rate=True, step=0.1)


def rung_seconds(wanted: float, *, hold_seconds: float, level: float, scale: Scale) -> float:
    """
    How long a rung lasts: as wanted, or longer where that is needed for enough samples in its judged time.

    Streams are held `hold_seconds`, as far as that is known; of a rate `level` start in each second.
    """
    if scale.messages:
        return max(wanted, _STREAMS_PER_RUNG * hold_seconds)
    if scale.rate:
        return max(wanted, _STREAMS_PER_RUNG * hold_seconds, _SAMPLES / level / (1 - _WARM_UP_SHARE))
    judged = _SAMPLES * hold_seconds / level
    return max(wanted, _STREAMS_PER_RUNG * hold_seconds, _WARM_UP_STREAMS * hold_seconds + judged)


def plan_at(
    config: Config,
    *,
    workload: str,
    profile: str,
    scale: Scale,
    level: float,
    seconds: float,
    hold_seconds: float,
    overrides: dict[str, Any],
) -> Plan:
    """
    The load of one level for `seconds`, of which the warm-up is not judged.

    In a closed loop each user starts its next turn at once, so that as many streams are under way as there are users;
    after a failure it pauses for a moment, as clients do. In an open loop there are as many users as may be waiting.
    `hold_seconds` is how long a stream is held, as far as that is known. Raises `ConfigError` for what is out of
    bounds.
    """
    warm_up = min(max(_WARM_UP_SHARE * seconds, _WARM_UP_STREAMS * hold_seconds), 0.5 * seconds)
    made: dict[str, Any] = {"run_time_seconds": seconds, "think_seconds": (0.0, 0.0), "stages": ()}
    if scale.rate:
        waiting = max(_LEAST_WAITING, math.ceil(level * max(_WAITING_SECONDS, _WAITING_STREAMS * hold_seconds)))
        made |= {"arrivals": "poisson", "rate": level, "users": min(waiting, config.load.max_users)}
        made |= {"spawn_rate": float(max(waiting, 1)) / (_SPAWN_SHARE * warm_up)}
    else:
        made |= {"users": int(level), "spawn_rate": max(1.0, level / (_SPAWN_SHARE * warm_up))}
        made |= {"arrivals": "closed", "rate": 0.0, "retry_seconds": _RETRY_SECONDS}
    if scale.messages:
        made |= {"stream_seconds": seconds + 60.0}
    plan = plan_of(
        config, workload=workload, profile=profile, overrides={**made, "warm_up_seconds": warm_up, **overrides}
    )
    return replace(plan, stages=())
