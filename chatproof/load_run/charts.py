"""All charts of a load run, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.load_run.health_charts import health_charts
from chatproof.load_run.latency_charts import latency_charts
from chatproof.load_run.stream_charts import stream_charts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_facts import Chart
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["charts"]


def charts(
    collected: Collected,
    plan: Plan,
    *,
    targets: Sequence[Target] = (),
    tags: Sequence[str] = (),
    heartbeat_seconds: float | None = None,
) -> tuple[Chart, ...]:
    """Those that there is something for, in the order of the report; no line has more than 400 points."""
    drawn = (
        *latency_charts(collected, plan, targets=targets, tags=tags),
        *stream_charts(collected, plan, targets=targets, heartbeat_seconds=heartbeat_seconds),
        *health_charts(collected, plan),
    )
    return tuple(chart for chart in drawn if chart is not None and chart.lines)
