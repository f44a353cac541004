"""What a load run does: made by the command line, read by the load users, kept in the samples and the run document."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - from_json resolves the annotations
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

__all__ = ["LOOPBACK_USERS", "Plan", "Stage"]

LOOPBACK_USERS = 5000
"""So many users at the most, unless `[load] max_users` says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """
    One step or ramp of a load: within `seconds` the level goes from the one before to this one.

    `users` counts in a closed loop, `rate` (starts a second) in an open one. A step is a ramp of 0 s and a stage of the
    same level after it.
    """

    seconds: float
    users: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    One load run, all of it reproducible from `seed`.

    `arrivals` is `closed` (each user starts its next turn when the last has ended), or `poisson` or `constant`: starts
    at `rate` a second from a schedule, whatever the backend does, with at most `users` under way at once. `stages`
    replaces `users` and `rate` over time. Samples that start within the first `warm_up_seconds` are kept and not
    judged. `stream_seconds` is how long one soaked stream is planned to stay open. `scale` divides the numbers of
    five-minute targets in scaled time (1 is real time). Shares are between 0 and 1. 0 stands for no limit in
    `max_turns` and `max_cost_usd`. `weights` maps workloads to their part of a mixed load. `leave_out` names targets
    that are not judged. `started_at_ns` is the run's zero on CLOCK_REALTIME; 0 lets the process that leads the run
    choose it. `retry_seconds` is what a user of a closed loop waits after a turn that failed, beside the pause.
    """

    workload: str = "chat-turns"
    profile: str = "ai-chat"
    users: int = 100
    spawn_rate: float = 20.0
    run_time_seconds: float = 60.0
    warm_up_seconds: float = 5.0
    arrivals: Literal["closed", "poisson", "constant"] = "closed"
    rate: float = 0.0
    stages: tuple[Stage, ...] = ()
    think_seconds: tuple[float, float] = (0.5, 1.5)
    memory_share: float = 0.5
    stream_seconds: float = 300.0
    scale: float = 1.0
    abort_share: float = 0.0
    drop_share: float = 0.5
    slow_share: float = 0.0
    publish_interval_seconds: float = 1.0
    poll_interval_seconds: float = 2.0
    probe_interval_seconds: float = 5.0
    judged_share: float = 0.05
    keep_alive: bool = True
    max_turns: int = 0
    max_cost_usd: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    processes: int = 1
    seed: int = 1
    started_at_ns: int = 0
    retry_seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values, every field present."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Plan:
        """The plan that `to_json` made; TypeError for an unknown field."""
        known = {entry.name for entry in fields(cls)}
        unknown = sorted(set(document) - known)
        if unknown:
            raise TypeError(f"a plan has no {unknown[0]!r}")
        values = dict(document)
        values["stages"] = tuple(Stage(**stage) for stage in values.get("stages", ()))
        for name in ("think_seconds", "leave_out"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)
