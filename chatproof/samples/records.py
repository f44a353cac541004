"""
The records of a load run.

Every time is in nanoseconds since the run's start (`Plan.started_at_ns`), on the monotonic clock of the process that
took it; None where the moment did not come. Arrivals are those at the kernel where the platform tells them.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the codec resolves the annotations
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Delivery", "End", "Health", "Mark", "Pool", "Reading", "Record", "Resumption", "Sample", "Start"]


@dataclass(slots=True, kw_only=True)
class Sample:
    """
    One stream or request of a load user.

    `operation` is what was asked (`turn`, `subscription`, `poll`, `session`, `refresh`, `token`, `generate`,
    `publish`, `probe`), `workload` by which users. `tags` divide targets: `memory`, `plain`. Moments: `scheduled_ns`
    (open loop: when it should have started), `start_ns` (before connecting), `connected_ns` (None on a kept
    connection), `sent_ns` (the last request byte was handed to the kernel), `headers_ns`, `frame_ns` (first frame,
    comments included), `token_ns` (first event with generated text), `last_ns` (last token), `terminal_ns` (the event
    that ends the answer), `end_ns` (the body ended, or we ended it).

    `cause` is empty where all went well; else why not: `connect`, `refused`, `tls`, `status`, `reset`, `cut` (the body
    ended before it was whole), `no_token`, `no_terminal`, `error_event`, `idle`, `timeout`, `too_large`, `wrong_type`,
    `not_sse`, `http2`, `invalid` (an answer that is not what was asked for), or `ours` (the generator's own: no file
    descriptors, no ports). `detail` says it in words, without secrets. `censored` says that we ended it as planned
    before its time was up, `aborted` that this user meant to leave early: neither is good nor bad.

    `planned_ns` is how long it should stay open (soak). `provider_retries` is what the backend told, None where it
    tells nothing. `tokens` counts token events; `tokens_in`, `tokens_out` and `cost_usd` are from `usage`. `bytes`
    counts body bytes, `wire_bytes` all that was received. `coalesced` counts reads that held more than one frame.
    `gap_max_ns` is the longest time between two tokens, `stalls` counts those above 1 s, `silence_max_ns` is the
    longest time without a byte. `beats` counts heartbeats, `beat_gap_max_ns` is the longest time without one,
    `beats_missed` how many did not come. `lag_max_ns` is the generator's worst lag from kernel to read, `kernel` says
    whether arrivals are the kernel's. `violations` are ids of requirements that a judged stream broke.
    """

    workload: str
    operation: str
    process: str = ""
    user: int = 0
    number: int = 0
    tags: tuple[str, ...] = ()
    warm_up: bool = False
    scheduled_ns: int | None = None
    start_ns: int = 0
    connected_ns: int | None = None
    sent_ns: int | None = None
    headers_ns: int | None = None
    frame_ns: int | None = None
    token_ns: int | None = None
    last_ns: int | None = None
    terminal_ns: int | None = None
    end_ns: int = 0
    status: int | None = None
    cause: str = ""
    detail: str = ""
    censored: bool = False
    aborted: bool = False
    planned_ns: int | None = None
    retries: int = 0
    provider_retries: int | None = None
    tokens: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    memory_ns: int | None = None
    bytes: int = 0
    wire_bytes: int = 0
    reads: int = 0
    coalesced: int = 0
    gap_max_ns: int | None = None
    stalls: int = 0
    silence_max_ns: int | None = None
    beats: int = 0
    beat_gap_max_ns: int | None = None
    beats_missed: int = 0
    lag_max_ns: int = 0
    kernel: bool = False
    judged: bool = False
    violations: tuple[str, ...] = ()
    local_port: int = 0


@dataclass(slots=True, kw_only=True)
class Delivery:
    """
    One message to one subscriber.

    `published_ns` is when its request was sent, `acknowledged_ns` when the answer came; `received_ns` is the first
    arrival, None where none came before `deadline_ns`. `doubles` counts further arrivals, `reordered` says that a
    later message of the same publisher came before it.
    """

    message: str
    subscriber: int
    process: str = ""
    warm_up: bool = False
    published_ns: int = 0
    acknowledged_ns: int | None = None
    received_ns: int | None = None
    deadline_ns: int = 0
    doubles: int = 0
    reordered: bool = False


@dataclass(slots=True, kw_only=True)
class Resumption:
    """
    One forced drop and what came after it.

    `cause` is how it was dropped. `reconnected_ns` is when the new stream's head came, `caught_up_ns` when the last id
    that was missed had come; None where they did not come. `missing`, `doubles` and `reordered` count ids.
    """

    cause: str
    user: int = 0
    process: str = ""
    warm_up: bool = False
    dropped_ns: int = 0
    reconnected_ns: int | None = None
    caught_up_ns: int | None = None
    missing: int = 0
    doubles: int = 0
    reordered: int = 0


@dataclass(slots=True, kw_only=True)
class Pool:
    """
    How often a value occurred since the last such record of the process, in steps of `step_ns`.

    `metric` is `gap`, `heartbeat.interval`, `lag.read`, `lag.send`, `lag.loop` or `pause.gc`; `counts` maps
    `value // step_ns` (as text) to a number.
    """

    metric: str
    counts: Mapping[str, int]
    process: str = ""
    step_ns: int = 100_000
    warm_up: bool = False


@dataclass(slots=True, kw_only=True)
class Health:
    """
    One process of the generator in the last `seconds`: shares are of one core.

    `cpu` is what it used, `waiting` how long it waited for a core (`/proc/self/schedstat`, None elsewhere). `dropped`
    counts starts that could not be made because all users were busy, `planned` and `offered` the starts due and made.
    """

    process: str
    at_ns: int
    seconds: float
    cpu: float = 0.0
    waiting: float | None = None
    lag_loop_max_ns: int = 0
    lag_read_max_ns: int = 0
    lag_send_max_ns: int = 0
    gc_max_ns: int = 0
    users: int = 0
    streams: int = 0
    planned: int = 0
    offered: int = 0
    dropped: int = 0
    rss_bytes: int = 0
    open_files: int = 0


@dataclass(slots=True, kw_only=True)
class Reading:
    """The backend at a moment, where `[observe]` is declared: None for what is not told. `cpu` in shares of a core."""

    at_ns: int
    rss_bytes: int | None = None
    cpu: float | None = None
    open_files: int | None = None
    connections: int | None = None
    phase: str = "load"


@dataclass(slots=True, kw_only=True)
class Mark:
    """Something that happened to the run: `what` is `warm`, `stop`, `interrupted`, `budget`, `worker_lost`, `note`."""

    what: str
    at_ns: int = 0
    process: str = ""
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Start:
    """The first record of each process: `cores` it may use, whether it has the kernel's times, limit of open files."""

    process: str
    at_ns: int = 0
    plan: Mapping[str, Any] = field(default_factory=dict)
    cores: int = 1
    kernel: bool = False
    file_limit: int = 0
    version: str = ""


@dataclass(slots=True, kw_only=True)
class End:
    """The last record of a process that ended by itself: where it is missing, the process died."""

    process: str
    at_ns: int = 0
    samples: int = 0
    reason: str = ""


Record: TypeAlias = Sample | Delivery | Resumption | Pool | Health | Reading | Mark | Start | End
