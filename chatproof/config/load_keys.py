"""The keys of `[load]` and `[observe]`: what a load run does, and what it may see of the backend."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # get_type_hints needs it at run time
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # get_type_hints needs it at run time
from typing import Literal

from chatproof.config.keys import Json, key
from chatproof.load_plan import LOOPBACK_USERS

__all__ = ["Load", "Observe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`[load]`: what a load run does. Where a key is not given, the workload's own value holds."""

    workload: str = key("", "What load users do; by default that of the profile.", example="chat-turns")
    allow_hosts: tuple[str, ...] = key(
        (), "Hosts other than loopback that may be put under load.", example='["chat.staging.example.com"]'
    )
    max_users: int = key(LOOPBACK_USERS, "Load users at the most.", minimum=1)
    max_rate: float = key(2000.0, "Starts a second at the most.", minimum=0.001)
    max_run_time: float = key(3600.0, "Longest run.", kind="duration", minimum=1)
    users: int | None = key(None, "Load users; in an open loop the turns under way at the most.", minimum=0)
    spawn_rate: float | None = key(None, "Users that start each second.", minimum=0.001)
    run_time: float | None = key(None, "How long users are active.", example="60s", kind="duration", minimum=0.1)
    warm_up: float | None = key(
        None, "Samples that start so early are kept and not judged.", example="5s", kind="duration", minimum=0
    )
    arrivals: Literal["closed", "poisson", "constant"] | None = key(
        None, "A turn starts when the last has ended, or at `rate` from a schedule."
    )
    rate: float | None = key(None, "Open loop: starts a second.", example="20", minimum=0)
    stages: tuple[str, ...] = key(
        (), "Steps and ramps in place of `users` or `rate`.", example='["30s 50", "0s 100", "30s 100"]'
    )
    think_min: float | None = key(None, "Shortest pause between turns.", example="500ms", kind="duration", minimum=0)
    think_max: float | None = key(None, "Longest pause between turns.", example="1.5s", kind="duration", minimum=0)
    memory_share: float | None = key(None, "Share of chat turns with memory.", example="0.5", minimum=0)
    stream_time: float | None = key(
        None, "soak: how long a stream should stay open.", example="5m", kind="duration", minimum=0.1
    )
    scale: float | None = key(
        None, "Scaled time: five minutes last a `scale`-th of that; 1 is real time.", example="10", minimum=0.001
    )
    abort_share: float | None = key(None, "Share of streams that the user leaves early.", example="0.3", minimum=0)
    drop_share: float | None = key(None, "reconnect: share of streams that are cut.", example="0.5", minimum=0)
    slow_share: float | None = key(None, "Share of users that stop reading for a while.", example="0.1", minimum=0)
    publish_interval: float | None = key(
        None, "fan-out: time between two messages.", example="1s", kind="duration", minimum=0.001
    )
    poll_interval: float | None = key(
        None, "polling: time between two polls of a client.", example="2s", kind="duration", minimum=0.001
    )
    probe_interval: float | None = key(
        None, "bystander: time between two probes.", example="5s", kind="duration", minimum=0.001
    )
    judged_share: float | None = key(
        None, "Share of streams that are judged by the rules of `check` too.", example="0.05", minimum=0
    )
    keep_alive: bool | None = key(None, "Whether a user keeps its connection between requests.")
    max_turns: int | None = key(None, "The run ends after so many turns; 0 stands for no limit.", minimum=0)
    max_cost_usd: float | None = key(
        None, "The run ends at this cost, as `usage` tells it; 0 stands for no limit.", example="5", minimum=0
    )
    weights: Mapping[str, Json] = key(
        {}, "mixed: the part of each workload.", example="{ chat-turns = 3, polling = 1 }"
    )
    leave_out: tuple[str, ...] = key(
        (), "Targets that are not judged, by name.", example='["survival_5m", "heartbeat.gap.max"]'
    )
    processes: int | None = key(None, "Processes of the load generator.", example="2", minimum=1)
    seed: int | None = key(None, "Makes a run the same again.", example="1", minimum=0)
    user_claims: Mapping[str, Json] = key(
        {},
        "jwt: claims of each load user, `{number}` replaced; otherwise all are the first user.",
        example='{ sub = "load-{number}" }',
    )
    tokens_file: Path | None = key(
        None, "bearer, cookie, header: one credential a line, handed to users in turn.", kind="path"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe:
    """`[observe]`: what a load run may see of the backend beside its answers."""

    pid: int | None = key(None, "Process of the backend, on this machine.", example="4711", minimum=1)
    metrics_url: str = key(
        "",
        "Prometheus text with process_resident_memory_bytes, process_cpu_seconds_total and process_open_fds.",
        example="http://localhost:9100/metrics",
        kind="endpoint",
    )
    memory_field: str = key(
        "", "Field of `usage` with the memory retrieval's milliseconds; dots go deeper.", example="memory_ms"
    )
    retry_field: str = key(
        "", "Field of `usage` with the provider's retries; dots go deeper.", example="provider_retry_count"
    )
    log_file: Path | None = key(None, "The backend's log.", kind="later-path")
    memory_pattern: str = key(
        "",
        "Finds the memory retrieval's milliseconds in a line of the log, as its first group.",
        example="memory_ms=([0-9.]+)",
        kind="regex",
    )
    retry_pattern: str = key(
        "",
        "Finds the provider's retries in a line of the log, as its first group.",
        example="retries=([0-9]+)",
        kind="regex",
    )
