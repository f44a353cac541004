"""Charts of streams: how many were open, how they failed, their heartbeats, how long they lived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Line
from chatproof.load_run.drawing import TIME, chart_of, histogram, limits_of, spectrum, unjudged, windows
from chatproof.load_run.thinning import averaged_steps, nice_width, thinned
from chatproof.metrics.groups import STREAMS, five_minutes_ns, group
from chatproof.metrics.open_streams import counted, under_way
from chatproof.metrics.pools import middle_ns
from chatproof.metrics.survival import curve, lives
from chatproof.metrics.values import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.load_facts import Chart
    from chatproof.load_plan import Plan
    from chatproof.load_run.thinning import Average
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["stream_charts"]

_MOST_CAUSES: Final = 8
_MOST_STEPS: Final = 60
_SECOND: Final = 1e9


def stream_charts(
    collected: Collected, plan: Plan, *, targets: Sequence[Target], heartbeat_seconds: float | None
) -> Iterable[Chart | None]:
    """The charts in the order of the report; None for those that there is nothing for."""
    yield _active(collected, plan, targets)
    yield _errors(collected, plan)
    yield _beats(collected, heartbeat_seconds)
    jitter = measure(collected, plan, metric="heartbeat.jitter", heartbeat_seconds=heartbeat_seconds)
    yield spectrum(
        "heartbeat_jitter",
        "Distance of heartbeats from the declared interval, by percentile",
        {"jitter": jitter},
        y=("jitter", "ms"),
        per_unit=1e6,
    )
    yield _survival(collected, plan, targets)


def _active(collected: Collected, plan: Plan, targets: Sequence[Target]) -> Chart | None:
    if not any(sample.operation in STREAMS for sample in collected.samples):
        return None
    found = {
        "open": under_way(collected),
        "past the first token or frame": counted(collected),
    }
    said = "The second line is what concurrency counts: streams that ended well, from their first token or frame on."
    if max(len(moments) for moments, _numbers in found.values()) <= _MOST_STEPS:
        kind, note = "step", said
        lines = [Line(name=name, points=_exact(*steps)) for name, steps in found.items()]
    else:
        span = max(moments[-1] for moments, _numbers in found.values() if moments) / _SECOND
        width = nice_width(span, _MOST_STEPS)
        kind, note = "line", f"Windows of {width:g} s; the band reaches from the least to the most open. {said}"
        lines = _averaged(found, width)
    return chart_of(
        "active_streams",
        "Streams under way",
        kind,
        x=TIME,
        y=("streams", "1"),
        lines=lines,
        limits=limits_of(targets, "concurrency", 1.0),
        shaded=unjudged(collected, plan),
        note=note,
    )


def _exact(moments: Sequence[int], numbers: Sequence[int]) -> tuple[tuple[float, float], ...]:
    return tuple(
        (round(at / _SECOND, 4), float(level)) for at, level in dict(zip(moments, numbers, strict=True)).items()
    )


def _averaged(found: Mapping[str, tuple[list[int], list[int]]], width: float) -> list[Line]:
    """The first as its average with a band from the least to the most, the others as their most."""
    (first, *others) = ((name, averaged_steps(*steps, width * _SECOND)) for name, steps in found.items())
    return [
        Line(
            name=f"{first[0]}, average",
            points=tuple((_middle(part), round(part.mean, 3)) for part in first[1]),
            band=tuple((_middle(part), float(part.least), float(part.greatest)) for part in first[1]),
        ),
        *(
            Line(name=f"{name}, most", points=tuple((_middle(part), float(part.greatest)) for part in parts))
            for name, parts in others
        ),
    ]


def _middle(part: Average) -> float:
    return round(part.middle / _SECOND, 4)


def _errors(collected: Collected, plan: Plan) -> Chart | None:
    failed = [(sample.end_ns / 1e9, sample.cause) for sample in collected.samples if sample.cause]
    if not failed:
        return None
    seconds = max(at for at, _cause in failed)
    causes = [cause for _at, cause in failed]
    order = sorted(set(causes), key=lambda cause: (-causes.count(cause), cause))[:_MOST_CAUSES]
    lines = []
    width = 0.0
    for cause in order:
        found, width = windows(((at, 1.0) for at, other in failed if other == cause), seconds)
        points = tuple((round((window + 0.5) * width, 3), float(len(found[window]))) for window in sorted(found))
        lines.append(Line(name=cause, points=points))
    return chart_of(
        "errors_over_time",
        "Failures by cause over time",
        "bar",
        x=TIME,
        y=("failures", "1"),
        lines=lines,
        shaded=unjudged(collected, plan),
        note=f"{len(failed):,} of {len(collected.samples):,} streams and requests, warm-up included; "
        f"by their end, in windows of {width:g} s.",
    )


def _beats(collected: Collected, heartbeat_seconds: float | None) -> Chart | None:
    counts = collected.pool("heartbeat.interval")
    if not counts:
        return None
    bars, width = histogram({middle_ns(step) / 1e9: number for step, number in counts.items()})
    declared = f"; declared: {heartbeat_seconds:g} s" if heartbeat_seconds else ""
    return chart_of(
        "heartbeat_interval",
        "Time between two heartbeats",
        "bar",
        x=("interval", "s"),
        y=("intervals", "1"),
        lines=(Line(name="intervals", points=bars),),
        note=f"n = {counts.total():,}{declared}; bars of {_width(width)}.",
    )


def _width(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def _survival(collected: Collected, plan: Plan, targets: Sequence[Target]) -> Chart | None:
    """None where no stream failed and none was seen for the whole time either: that is no curve yet."""
    horizon = five_minutes_ns(plan)
    found = lives(group(collected, STREAMS), horizon)
    failed = sum(life.failed and life.age_ns < horizon for life in found)
    censored = sum(not life.failed and life.age_ns < horizon for life in found)
    if censored == len(found):
        return None
    reached = curve(found, horizon)
    points = [(entry.age_ns / 1e9, entry.share * 100) for entry in reached]
    band = [(entry.age_ns / 1e9, entry.lower * 100, entry.upper * 100) for entry in reached]
    longest = min(horizon, max(life.age_ns for life in found)) / 1e9
    if points[-1][0] < longest:
        points.append((longest, points[-1][1]))
        band.append((longest, *band[-1][1:]))
    kept = {x for x, _y in thinned(points)}
    return chart_of(
        "survival",
        "Streams still open after so long",
        "step",
        x=("time since the stream's start", "s"),
        y=("streams still open", "%"),
        lines=(
            Line(
                name="survival",
                points=tuple((x, round(y, 4)) for x, y in points if x in kept),
                band=tuple((x, round(low, 4), round(high, 4)) for x, low, high in band if x in kept),
            ),
        ),
        limits=limits_of(targets, "survival_5m", 0.01),
        note=f"n = {len(found):,}: {failed:,} failed, {censored:,} ended without a failure "
        f"before {horizon / _SECOND:g} s and count up to their end (censored). Band: one-sided 95 % bounds.",
    )
