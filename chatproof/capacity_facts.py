"""The part of a run document that a capacity run fills: every rung that was tried, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the reader of run.json resolves the annotations
from dataclasses import dataclass, field

from chatproof.load_facts import (  # the reader of run.json resolves the annotations
    Chart,  # noqa: TC001
    TargetVerdict,  # noqa: TC001
)

__all__ = ["CapacityFacts", "Planning", "Rung", "ScalabilityFit", "Shortage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """
    One level of load, judged on its own steady state.

    `level` is what was asked for, in the unit of the run (`CapacityFacts.unit`). `phase` is `doubling`, `bisecting` or
    `repeating`; `verdict` is `holds` (every target met), `breaks` (one not met), `unclear` (one inconclusive) or
    `invalid` (the generator was the bottleneck). `level_seen` is the mean of what was really under way, `throughput`
    and `goodput` are turns a second that ended, and that ended within the targets, `offered` those that were started.
    `latency` maps `p50`, `p95` and `p99` to seconds of the metric that CapacityFacts names, None where a percentile is
    infinite; `latency_upper` are their one-sided 95 % bounds. `little` is N/(X*R), None where nothing ended.
    `backend` maps `cpu` (cores), `rss` (bytes) and `open_files` to the most that was seen, where it was observed;
    `generator` maps `cpu` (cores) and `send_lag_p99`, `loop_lag_p99` (seconds). `steady` says that there was a steady
    state, `reason` why the verdict is what it is in one sentence.
    """

    number: int
    level: float
    phase: str
    verdict: str
    reason: str
    seconds: float
    samples: int
    level_seen: float
    offered: float
    throughput: float
    goodput: float
    error_rate: float
    latency: Mapping[str, float | None] = field(default_factory=dict)
    latency_upper: Mapping[str, float | None] = field(default_factory=dict)
    little: float | None = None
    steady: bool = True
    targets: tuple[TargetVerdict, ...] = ()
    limiting: tuple[str, ...] = ()
    backend: Mapping[str, float] = field(default_factory=dict)
    generator: Mapping[str, float] = field(default_factory=dict)
    invalid_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """
    What gave out first.

    `what` is `backend CPU`, `backend memory`, `backend open files`, `target`, `errors` or `generator`; where none of
    them is to blame it is what was seen: `throughput`, `latency` or `steady state`.
    """

    what: str
    evidence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalabilityFit:
    """
    The Universal Scalability Law X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), fitted to the rungs.

    `peak` is N* = sqrt((1 - sigma) / kappa), None where it is not bounded. Each interval is the 95 % range of a
    bootstrap over rungs, (low, high); `high` None stands for no bound. `rungs` is how many were fitted.
    """

    rate_per_unit: float
    contention: float
    coherency: float
    peak: float | None
    rate_interval: tuple[float, float]
    contention_interval: tuple[float, float]
    coherency_interval: tuple[float, float]
    peak_low: float | None
    peak_high: float | None
    rungs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """
    From users to replicas, by Little's law: streams = arrival rate x hold time.

    `turns_per_hour` is for one user, `hold_seconds` how long a stream is held, `per_replica` the recommended operating
    point. `assumptions` are sentences; where a number was measured they say so.
    """

    users: tuple[int, ...]
    turns_per_hour: float
    hold_seconds: float
    peak_factor: float
    per_replica: float
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityFacts:
    """
    What a capacity run found out.

    `unit` is what a level counts: `streams`, `subscribers`, `turns/s`, `tokens/s`, `polls/s`. `outcome` is `found`,
    `no_failure_in_range`, `no_pass_in_range`, `generator_was_the_limit` or `unfinished` (interrupted, or the backend
    went away). `capacity` is the highest level that holds, None where none does; `breaks_at` the lowest that does not;
    `tested_to` the highest that was judged. `latency_metric` is the metric of each rung's `latency`. `headroom` is a
    share (0.3: the recommended point is 70 % of the capacity). `bytes_per_stream` and `cost_per_stream` (USD) are None
    where they were not seen. `at_least` is what the user asked for, None where nothing was asked. `fit_note` says why
    there is no fit, or how far to trust it.
    """

    unit: str
    workload: str
    profile: str
    outcome: str
    sentence: str
    capacity: float | None
    breaks_at: float | None
    tested_to: float
    rungs: tuple[Rung, ...]
    limiting: tuple[str, ...]
    shortages: tuple[Shortage, ...]
    latency_metric: str
    headroom: float
    recommended: float | None
    at_least: float | None = None
    fit: ScalabilityFit | None = None
    fit_note: str = ""
    planning: Planning | None = None
    bytes_per_stream: float | None = None
    cost_per_stream: float | None = None
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()
