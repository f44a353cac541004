"""The workloads: what load users do, of which profile, what is measured of it, and what holds by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chatproof.config.profile_keys import PROFILES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WORKLOADS", "Workload", "default_workload", "workloads_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """
    What load users do: one Locust user class.

    `file` is the module in `load/` that holds it. `metrics` are those that it measures, beside the backend's own
    (where it is observed). `tags` divide its samples. `defaults` are fields of `Plan`.
    """

    name: str
    profiles: tuple[str, ...]
    summary: str
    file: str
    metrics: tuple[str, ...]
    tags: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


_REQUESTS = ("error_rate", "retry_rate.client", "attainment", "goodput", "lag.read", "lag.send", "lag.loop")
_BACKEND = ("backend.rss", "backend.cpu", "backend.open_files", "rss.left", "open_files.left")
_STREAMS = (
    *("headers", "first_frame", "silence_max", "bytes_per_stream", "concurrency", "concurrency.mean"),
    *("heartbeat.gap", "heartbeat.interval", "heartbeat.jitter", "heartbeat.missed", "early_loss"),
    *_REQUESTS,
    *_BACKEND,
)
_TURNS = (
    *("ttft", "ttft_sched", "tpot", "e2e", "e2e_sched", "gap", "gap.worst", "stall", "burst_ratio"),
    *("memory", "retry_rate.provider", "tokens", "cost"),
    *_STREAMS,
)
_PUSHES = (
    *("push", "push.first", "push.median", "push.last", "push.spread", "push.doubles", "push.reorders"),
    *("delivery_ratio", "bytes_per_message", "rss_per_connection", "generate"),
    *_STREAMS,
)
_RESUMPTIONS = ("resume.delay", "resume.catch_up", "resume.missing", "resume.doubles", "resume.reorders")
_SHORT = ("headers", "concurrency", "concurrency.mean", *_REQUESTS, *_BACKEND)

_ALL = (
    Workload(
        name="chat-turns",
        profiles=("ai-chat",),
        summary="short chat turns with and without memory, and a pause after each",
        file="chat_turns",
        metrics=(*_TURNS, "violations", "rss_per_slow_reader"),
        tags=("memory", "plain"),
        defaults={
            "users": 100,
            "run_time_seconds": 60.0,
            "spawn_rate": 20.0,
            "think_seconds": (0.5, 1.5),
            "warm_up_seconds": 5.0,
        },
    ),
    Workload(
        name="soak",
        profiles=("ai-chat",),
        summary="streams that stay open for five minutes, four rounds of them",
        file="soak",
        metrics=(*_TURNS, "violations", "survival_5m", "uptime", "rss_per_slow_reader", "rss_per_connection"),
        # Four rounds give 400 streams, of which one may fail: 299 good ones are the least that show more than 99 %.
        defaults={
            "users": 100,
            "run_time_seconds": 1230.0,
            "warm_up_seconds": 0.0,
            "stream_seconds": 300.0,
            "think_seconds": (0.2, 1.0),
            "memory_share": 0.0,
        },
    ),
    Workload(
        name="client-aborts",
        profiles=("ai-chat",),
        summary="users who leave in mid-answer, beside others who stay",
        file="client_aborts",
        metrics=(*_TURNS, "rss_per_slow_reader"),
        tags=("memory", "plain"),
        defaults={"users": 50, "run_time_seconds": 60.0, "abort_share": 0.5, "think_seconds": (0.2, 1.0)},
    ),
    Workload(
        name="bystander",
        profiles=("ai-chat",),
        summary="one user who asks at a slow, even rate: what others feel of a load beside it",
        file="bystander",
        metrics=("probe", *_TURNS),
        defaults={
            "users": 1,
            "run_time_seconds": 60.0,
            "warm_up_seconds": 0.0,
            "probe_interval_seconds": 1.0,
            "memory_share": 0.0,
        },
    ),
    Workload(
        name="fan-out",
        profiles=("agent-stream",),
        summary="a hundred subscribers and one publisher; who got what, how late",
        file="fan_out",
        metrics=_PUSHES,
        # Subscriptions last as long as the run, so that a warm-up would leave none of them to judge.
        defaults={
            "users": 100,
            "run_time_seconds": 60.0,
            "spawn_rate": 50.0,
            "warm_up_seconds": 0.0,
            "publish_interval_seconds": 0.5,
        },
    ),
    Workload(
        name="reconnect",
        profiles=("agent-stream", "ai-chat"),
        summary="streams that are cut and resumed with Last-Event-ID; what was lost or came twice",
        file="reconnect",
        metrics=(*_PUSHES, *_RESUMPTIONS),
        defaults={
            "users": 50,
            "run_time_seconds": 60.0,
            "spawn_rate": 50.0,
            "warm_up_seconds": 0.0,
            "drop_share": 0.5,
            "publish_interval_seconds": 0.5,
        },
    ),
    Workload(
        name="polling",
        profiles=("hybrid",),
        summary="a hundred clients that poll every two seconds",
        file="polling",
        metrics=("poll", *_SHORT),
        defaults={"users": 100, "run_time_seconds": 60.0, "spawn_rate": 50.0, "poll_interval_seconds": 2.0},
    ),
    Workload(
        name="chatkit-sessions",
        profiles=("chatkit",),
        summary="users who open sessions, and renew their secrets where that is offered",
        file="chatkit_sessions",
        metrics=("session", "refresh", *_SHORT),
        defaults={"users": 50, "run_time_seconds": 60.0, "think_seconds": (0.5, 1.5)},
    ),
    Workload(
        name="token-storm",
        profiles=("stream-chat",),
        summary="users who all ask for a token, as after a deploy",
        file="token_storm",
        metrics=("token", *_SHORT),
        defaults={"users": 100, "run_time_seconds": 30.0, "spawn_rate": 100.0, "think_seconds": (0.5, 1.5)},
    ),
)

_MIXED = Workload(
    name="mixed",
    profiles=tuple(PROFILES),
    summary="several workloads at once, by weight: those of all declared profiles",
    file="mixed",
    metrics=tuple(dict.fromkeys(name for entry in _ALL for name in entry.metrics)),
    tags=("memory", "plain", *(entry.name for entry in _ALL)),
    defaults={"users": 100, "run_time_seconds": 60.0},
)

WORKLOADS: Mapping[str, Workload] = MappingProxyType({entry.name: entry for entry in (*_ALL, _MIXED)})
"""Every workload by name; the first one of a profile is its default."""


def workloads_of(profile: str) -> tuple[Workload, ...]:
    """The workloads of a profile, its default first; the mixed one last."""
    return tuple(entry for entry in WORKLOADS.values() if profile in entry.profiles)


def default_workload(profile: str) -> str:
    """The name of the workload that a profile has where nobody chooses one; empty for a profile without any."""
    return next((entry.name for entry in workloads_of(profile)), "")
