"""The figures of one rung: latency, rates, the generator's own state, and what its turns took and cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.metrics.durations import PER_STREAM
from chatproof.metrics.groups import group, main_operations
from chatproof.metrics.measured import Series
from chatproof.metrics.shares import good
from chatproof.metrics.values import measure
from chatproof.targets import bounds_of, parse_target
from chatproof.targets.keeping import more_is_better

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.capacity.scale import Scale
    from chatproof.capacity.window import Window
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["Spent", "generator_of", "latency_of", "rates_of", "spent_on"]

_PERCENTILES: Final = ("p50", "p95", "p99")
_MASTER: Final = "master"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """
    What the turns of a rung took, warm-up included.

    `turns` counts all, `bytes` is the sum over the `whole` ones, `cost_usd` over the `priced` ones.
    """

    turns: int
    bytes: int
    whole: int
    cost_usd: float
    priced: int


def spent_on(collected: Collected, scale: Scale) -> Spent:
    """Turns, body bytes and cost of a rung."""
    samples = [entry for entry in collected.samples if entry.operation in scale.operations]
    whole = [entry for entry in samples if not (entry.cause or entry.censored or entry.aborted)]
    costs = [entry.cost_usd for entry in samples if entry.cost_usd is not None]
    return Spent(
        turns=len(samples),
        bytes=sum(entry.bytes for entry in whole),
        whole=len(whole),
        cost_usd=math.fsum(costs),
        priced=len(costs),
    )


def latency_of(
    collected: Collected, plan: Plan, metric: str
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """The percentiles of a metric and their upper bounds in seconds; None for what is infinite or not there."""
    found = measure(collected, plan, metric=metric)
    values: dict[str, float | None] = {}
    upper: dict[str, float | None] = {}
    for name in _PERCENTILES:
        bounds = bounds_of(parse_target(f"{metric}.{name}", "< 1s"), found)
        values[name] = round(bounds.value / 1e9, 6) if math.isfinite(bounds.value) else None
        upper[name] = round(bounds.upper / 1e9, 6) if math.isfinite(bounds.upper) else None
    return values, upper


def rates_of(
    collected: Collected, plan: Plan, *, window: Window, scale: Scale, targets: Sequence[Target]
) -> tuple[float, float]:
    """
    Turns a second that ended well, and that ended within every target which one alone can keep.

    Of subscriptions it is deliveries: those that came, and those that came in time.
    """
    if not window.seconds:
        return 0.0, 0.0
    falling = [target for target in targets if not more_is_better(target)]
    if scale.messages:
        found = measure(collected, plan, metric=scale.metric)
        if not isinstance(found, Series):
            return 0.0, 0.0
        limit = min((target.limit for target in falling if target.metric == scale.metric), default=math.inf)
        return len(found.values) / window.seconds, sum(value < limit for value in found.values) / window.seconds
    well = group(collected, main_operations(collected)).well
    kept = good(well, [target for target in falling if target.metric in PER_STREAM])
    throughput = window.well / window.seconds
    return throughput, throughput * sum(kept) / len(well) if well else 0.0


def generator_of(collected: Collected, plan: Plan) -> dict[str, float]:
    """The CPU of the busiest process in cores, and how late it sent and was called, in seconds."""
    found: dict[str, float] = {}
    busy = [record.cpu for record in collected.health if record.process != _MASTER]
    if busy:
        found["cpu"] = round(max(busy), 4)
    for name, metric in (("send_lag_p99", "lag.send"), ("loop_lag_p99", "lag.loop")):
        series = measure(collected, plan, metric=metric)
        if isinstance(series, Series) and series.n:
            found[name] = round(series.percentile(99) / 1e9, 6)
    return found
