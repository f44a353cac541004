"""What a metric is in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.metrics.backend import BACKEND, backend
from chatproof.metrics.durations import PER_STREAM, durations, no_interval, series_of
from chatproof.metrics.groups import group
from chatproof.metrics.measured import Absent, Measured
from chatproof.metrics.messages import MESSAGES, RESUMPTIONS, messages, resumptions
from chatproof.metrics.open_streams import concurrency
from chatproof.metrics.pools import burst_ratio, pooled
from chatproof.metrics.shares import OF_STREAMS, attainment, missed_beats, of_streams, sums
from chatproof.metrics.survival import survival_share, uptime
from chatproof.metrics.table import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["measure"]

_BY_TARGETS: Final = frozenset({"goodput", "attainment"})
_MEMORY: Final = '[observe]\nmemory_field = "memory_ms"'


def measure(
    collected: Collected,
    plan: Plan,
    *,
    metric: str,
    tag: str = "",
    heartbeat_seconds: float | None = None,
    targets: Sequence[Target] = (),
) -> Measured:
    """
    One metric of `METRICS` over all samples outside the warm-up, exactly.

    `tag` takes those samples only that have it, or whose workload is called so. `heartbeat_seconds` is the declared
    interval. `targets` say what a good stream is (`goodput`, `attainment`). Raises KeyError for another name.
    """
    heartbeat_seconds = heartbeat_seconds if metric.startswith("heartbeat") else None
    targets = tuple(targets) if metric in _BY_TARGETS else ()
    key = ("measure", metric, tag, heartbeat_seconds, targets, _plan_key(plan))
    return collected.remembered(
        key,
        lambda: _measured(
            collected, plan, metric=metric, tag=tag, heartbeat_seconds=heartbeat_seconds, targets=targets
        ),
    )


def _plan_key(plan: Plan) -> tuple[object, ...]:
    """What of a plan the values depend on."""
    return plan.arrivals, plan.scale, plan.warm_up_seconds, plan.run_time_seconds, bool(plan.weights), plan.profile


def _measured(  # noqa: PLR0911, PLR0912, C901 - one row per kind of metric reads best as a table
    collected: Collected,
    plan: Plan,
    *,
    metric: str,
    tag: str,
    heartbeat_seconds: float | None,
    targets: Sequence[Target],
) -> Measured:
    if metric in PER_STREAM:
        return durations(collected, plan, metric=metric, tag=tag, heartbeat_seconds=heartbeat_seconds)
    if metric == "burst_ratio":
        return burst_ratio(collected, tag=tag)
    if METRICS[metric].kind == "pool":
        return pooled(collected, plan, metric=metric, tag=tag, heartbeat_seconds=heartbeat_seconds)
    if metric in MESSAGES:
        return messages(collected, metric=metric, tag=tag)
    if metric in RESUMPTIONS:
        return resumptions(collected, metric=metric, tag=tag)
    if metric in BACKEND:
        return backend(collected, metric=metric, tag=tag)
    if metric == "heartbeat.missed":
        if heartbeat_seconds is None:
            return no_interval(plan)
        return missed_beats(collected, tag=tag, heartbeat_seconds=heartbeat_seconds)
    if metric in OF_STREAMS:
        return of_streams(collected, metric=metric, tag=tag)
    match metric:
        case "survival_5m":
            return survival_share(collected, plan, tag=tag)
        case "uptime":
            return uptime(collected, tag=tag)
        case "concurrency" | "concurrency.mean":
            return concurrency(collected, plan, tag=tag, mean=metric.endswith("mean"))
        case "goodput" | "attainment":
            return attainment(collected, plan, tag=tag, targets=targets, rate=metric == "goodput")
        case "memory":
            return _memory(collected, plan, tag=tag)
    return sums(collected, metric=metric, tag=tag)


def _memory(collected: Collected, plan: Plan, *, tag: str) -> Measured:
    """As the answers tell it, or else the backend's log; turns without memory, which may tell 0, do not dilute it."""
    turns = group(collected, ("turn",), tag).all
    if not tag and any("memory" in sample.tags for sample in turns):
        turns = tuple(sample for sample in turns if "plain" not in sample.tags)
    told = [sample.memory_ns for sample in turns if sample.memory_ns is not None]
    if told:
        return series_of(map(float, told))
    if collected.pool("memory") and not tag:
        return pooled(collected, plan, metric="memory", tag="", heartbeat_seconds=None)
    return Absent(reason="the backend does not tell how long its memory retrieval took", declare=_MEMORY)
