"""The figures of a run by name, and what its samples say of each: how it would vary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from chatproof.comparison.counts import COUNTS, events, size_of
from chatproof.comparison.resampling import of_count, of_mean, of_percentile, of_rate, of_total
from chatproof.load_plan import Plan
from chatproof.metrics.directions import DIRECTIONS
from chatproof.metrics.groups import STREAMS, judged_window_ns, tagged
from chatproof.metrics.measured import Absent, Figure, Series, Share, Spread
from chatproof.metrics.messages import MESSAGES
from chatproof.metrics.open_streams import intervals
from chatproof.metrics.table import METRICS
from chatproof.metrics.values import measure
from chatproof.targets import Target

if TYPE_CHECKING:
    from chatproof.comparison.resampling import Draw
    from chatproof.load_facts import MetricFigures
    from chatproof.metrics.measured import Measured
    from chatproof.run import Run
    from chatproof.samples.collected import Collected
    from chatproof.targets.expression import Comparison

__all__ = ["Given", "Key", "Value", "Varying", "figures_of", "varying"]

_NS: Final = 1e9
_WHOLE: Final = 100.0
_ALONE: Final = "it is one figure of the whole run: what it varies by cannot be seen in one run"
_PER_GAP: Final = ("gap", "burst_ratio")
_PER_BEAT: Final = ("heartbeat.interval", "heartbeat.jitter")


class Key(NamedTuple):
    """The name of a figure: `statistic` is `p95` and the like, empty for a share or a single figure."""

    metric: str
    tag: str
    statistic: str

    @property
    def name(self) -> str:
        """As targets write it: `ttft[memory].p95`."""
        return self.metric + (f"[{self.tag}]" if self.tag else "") + (f".{self.statistic}" if self.statistic else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A figure of a run in `unit`, infinite for a failure, from `n` observations."""

    value: float
    n: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A run with its samples; where they are None, `no_samples` says why."""

    run: Run
    collected: Collected | None = None
    no_samples: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Varying:
    """
    How a figure varies: its replicates in the figure's unit, or None and the `reason`.

    `units` is how many streams were resampled, `step` the resolution of the figure in its unit (0: none).
    """

    draw: Draw | None
    units: int = 0
    step: float = 0.0
    reason: str = ""


def figures_of(run: Run) -> dict[Key, Value]:
    """The figures of `DIRECTIONS` that a run has, in their order; those of tags after those of all."""
    found: dict[Key, Value] = {}
    entries = () if run.load is None else run.load.figures
    for metric, direction in DIRECTIONS.items():
        for entry in entries:
            if entry.metric != metric or not entry.n:
                continue
            for statistic in (direction.statistics or ("",)) if not entry.tag else direction.by_tag:
                value = _value(entry, statistic)
                if value is not None:
                    found[Key(metric, entry.tag, statistic)] = Value(value=value, n=entry.n, unit=entry.unit)
    return found


def varying(given: Given, key: Key, value: Value, *, beside: Given) -> Varying:
    """
    How a figure of a run varies, as its samples tell; they must be those that the figure was made of.

    `beside` is the other run: what never happened in the one would be of the size that it has in the other.
    """
    collected, facts = given.collected, given.run.load
    if collected is None or facts is None:
        return Varying(draw=None, reason=given.no_samples or "there are no samples")
    try:
        plan = Plan.from_json(facts.plan)
    except TypeError as error:
        return Varying(draw=None, reason=f"its plan is of another version of chatproof: {error}")
    found = measure(
        collected,
        plan,
        metric=key.metric,
        tag=key.tag,
        heartbeat_seconds=_heartbeat_seconds(given.run, plan),
        targets=_targets(given.run),
    )
    n = 0 if isinstance(found, Absent) else found.n
    if n != value.n:
        return Varying(draw=None, reason=f"the samples are not those of the run document: {n:,} and not {value.n:,}")
    again = _WHOLE * found.hits / found.n if isinstance(found, Share) else value.value
    if not math.isclose(again, value.value, rel_tol=1e-6, abs_tol=1e-6):
        return Varying(
            draw=None, reason=f"the samples give {again:.6g} %, and not the {value.value:.6g} % of the run document"
        )
    return _varying(found, key, collected=collected, plan=plan, beside=beside.collected)


def _varying(found: Measured, key: Key, *, collected: Collected, plan: Plan, beside: Collected | None) -> Varying:
    """By the kind of what was measured; of a maximum or an end of the whole run nothing is known but itself."""
    match found:
        case Series(n=n, step=step):
            units = _units(key.metric, collected, n)
            scale = _NS if METRICS[key.metric].unit == "ns" else 1.0
            draw = of_percentile(found, float(key.statistic[1:]), units=units)
            return Varying(draw=lambda chance: draw(chance) / scale, units=units, step=step / scale)
        case Share(hits=hits, n=n):
            units = _units(key.metric, collected, n)
            return _percent(of_mean(hits * units / n, units), units)
        case Spread(values=values, n=n):
            return _percent(of_mean(math.fsum(values), n), n)
        case Figure():
            return _single(found, key, collected=collected, plan=plan, beside=beside)
    return Varying(draw=None, reason=_ALONE)


def _single(found: Figure, key: Key, *, collected: Collected, plan: Plan, beside: Collected | None) -> Varying:
    """By what a figure of the whole run consists of."""
    if key.metric in COUNTS:
        return _count(key.metric, collected, found.n, beside)
    begin, end = judged_window_ns(collected, plan)
    if key.metric == "goodput" and end > begin:
        seconds = (end - begin) / _NS
        return Varying(draw=of_rate(found.value * seconds, seconds), units=found.n)
    if key.metric == "concurrency.mean" and end > begin:
        return _open(collected, key.tag, begin, end)
    return Varying(draw=None, reason=_ALONE)


def _percent(draw: Draw, units: int) -> Varying:
    return Varying(draw=lambda chance: _WHOLE * draw(chance), units=units)


def _count(metric: str, collected: Collected, n: int, beside: Collected | None) -> Varying:
    found = events(metric, collected)
    if found is None:
        return Varying(draw=None, reason="some of what it counts has no end")
    size = size_of(found) or size_of(None if beside is None else events(metric, beside)) or 1.0
    return Varying(draw=of_count(math.fsum(found), size), units=n)


def _open(collected: Collected, tag: str, begin: int, end: int) -> Varying:
    """The mean of open streams; where they end by themselves, slow answers raise it, and more is not better."""
    streams = [sample for sample in collected.samples if sample.operation in STREAMS and tagged(sample, tag)]
    if any(sample.planned_ns is None and sample.operation == "turn" for sample in streams):
        return Varying(draw=None, reason="slower answers keep more streams open: more is neither better nor worse here")
    seen = [min(last, end) - max(first, begin) for first, last in intervals(streams) if last > begin and first < end]
    parts = [float(entry) for entry in seen if entry > 0]
    draw = of_total(math.fsum(parts), math.fsum(part * part for part in parts), float(end - begin))
    return Varying(draw=draw, units=len(parts))


def _units(metric: str, collected: Collected, n: int) -> int:
    """What is resampled in place of `n` values: the streams that have gaps or beats, the messages of deliveries."""
    if metric in _PER_GAP:
        found = sum(sample.tokens > 1 and not sample.warm_up for sample in collected.samples)
    elif metric in _PER_BEAT:
        found = sum(sample.beats > 1 and not sample.warm_up for sample in collected.samples)
    elif metric in MESSAGES:
        found = len({entry.message for entry in collected.deliveries if not entry.warm_up})
    else:
        return n
    return max(1, min(n, found))


def _heartbeat_seconds(run: Run, plan: Plan) -> float | None:
    """The interval of heartbeats that the run's settings declare."""
    profiles = run.settings.get("profiles")
    settings = profiles.get(plan.profile) if isinstance(profiles, dict) else None
    interval = settings.get("heartbeat") if isinstance(settings, dict) else None
    return float(interval) if isinstance(interval, int | float) and interval else None


def _targets(run: Run) -> tuple[Target, ...]:
    """The targets that the run was judged by, which say what a good stream is."""
    return tuple(
        Target(
            name=entry.target.partition(" ")[0],
            text=entry.target,
            metric=entry.metric,
            comparison=cast("Comparison", entry.comparison),
            limit=entry.limit * (_NS if METRICS[entry.metric].unit == "ns" else 1.0),
            unit=entry.unit,
            tag=entry.tag,
            statistic=entry.statistic,
        )
        for entry in run.targets
        if entry.metric in METRICS and entry.verdict != "not_claimed"
    )


def _value(entry: MetricFigures, statistic: str) -> float | None:
    value = entry.percentiles.get(statistic) if statistic else entry.value
    if value is not None:
        return value
    return math.inf if entry.infinite and (not statistic or statistic in entry.percentiles) else None
