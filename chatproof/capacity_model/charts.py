"""The charts of a capacity run as data: everything against load."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Chart, Line

from .levels import finite, line, values_by_level
from .planning import by_arrivals, ended_nouns, turn_noun
from .steady import hold_seconds, steady_rungs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.capacity_facts import CapacityFacts, Rung, ScalabilityFit

    from .scalability import CurvePoint

__all__ = ["charts"]

_PERCENTILES: Final = ("p50", "p95", "p99")
_LINEAR_ROOM: Final = 1.3
"""How far above the highest throughput the line of linear growth is drawn: farther, all else would be flat."""


def charts(facts: CapacityFacts, *, law: ScalabilityFit | None, curve: Sequence[CurvePoint]) -> tuple[Chart, ...]:
    """The charts for which there are values; `law` and `curve` are those of the fit, where there is one."""
    found = (
        _throughput(facts, law, curve),
        _latency(facts),
        _goodput(facts),
        _shares(facts),
        _hold(facts),
        _processor(facts),
        _backend(facts, "rss", "backend-memory", "Memory of the backend", ("resident memory", "B")),
        _backend(facts, "open_files", "backend-files", "Open files of the backend", ("open files", "1")),
        _generator(facts),
    )
    return tuple(entry for entry in found if entry.lines)


def _throughput(facts: CapacityFacts, law: ScalabilityFit | None, curve: Sequence[CurvePoint]) -> Chart:
    rungs, nouns = steady_rungs(facts), ended_nouns(facts.unit)
    lines = [line("rungs", rungs, lambda rung: rung.throughput, at=lambda rung: rung.level_seen)]
    if law is not None:
        points = tuple((at, fit) for at, _low, fit, _high in curve)
        lines.append(Line(name="fitted law", points=points, band=tuple((at, low, high) for at, low, _, high in curve)))
    if rungs:
        lines.append(_linear(rungs, law))
    note = (
        f"n = {len(rungs)} steady rungs: {nouns} that ended well in a second. Linear growth is what "
        f"it would be if nothing were shared ({'the law at 1' if law else 'from the lowest rung'})."
        f"{' The band is the 95 % range of the fit.' if law else ''}"
    )
    chart = _chart(facts, "capacity", "Throughput against load", (nouns, "1/s"), lines, note=note)
    return replace(chart, x_label=f"{facts.unit} {'started' if by_arrivals(facts.unit) else 'under way'}")


def _linear(rungs: Sequence[Rung], law: ScalabilityFit | None) -> Line:
    first, last = rungs[0].level_seen, rungs[-1].level_seen
    slope = law.rate_per_unit if law is not None else rungs[0].throughput / first
    end = min(last, _LINEAR_ROOM * max(rung.throughput for rung in rungs) / slope)
    return Line(name="linear growth", points=((first, slope * first), (end, slope * end)) if end > first else ())


def _latency(facts: CapacityFacts) -> Chart:
    lines = []
    for name in _PERCENTILES:
        drawn = line(name, _valid(facts), partial(_percentile, name))
        bounds = values_by_level(_valid(facts), partial(_upper_bound, name))
        band = tuple((at, value, max(value, *bounds[at])) for at, value in drawn.points if at in bounds)
        lines.append(replace(drawn, band=band))
    lost = sum(any(value is None for value in rung.latency.values()) for rung in _valid(facts))
    failures = f" At {lost} of them a percentile is a failure, which has no height." if lost else ""
    note = (
        f"{facts.latency_metric} at {len(_valid(facts))} valid rungs; each band goes up to the one-sided 95 % bound."
        f"{failures}"
    )
    limits = dict.fromkeys(
        (target.target, target.limit)
        for rung in _valid(facts)
        for target in rung.targets
        if target.metric == facts.latency_metric and target.unit == "s"
    )
    chart = _chart(facts, "latency", "Latency against load", (facts.latency_metric, "s"), lines, note=note)
    return replace(chart, limits=tuple(limits))


def _valid(facts: CapacityFacts) -> list[Rung]:
    """The rungs that say something of the backend: in the others the generator was the bottleneck."""
    return [rung for rung in facts.rungs if rung.verdict != "invalid"]


def _percentile(name: str, rung: Rung) -> float | None:
    return rung.latency.get(name)


def _upper_bound(name: str, rung: Rung) -> float | None:
    return rung.latency_upper.get(name)


def _goodput(facts: CapacityFacts) -> Chart:
    noun, nouns = turn_noun(facts.unit), ended_nouns(facts.unit)
    # A subscription is no delivery: what was started is then not what could have ended.
    offered = [line("offered", _valid(facts), lambda rung: rung.offered)] if nouns == f"{noun}s" else []
    lines = (
        *offered,
        line("ended well", _valid(facts), lambda rung: rung.throughput),
        line("within targets", _valid(facts), lambda rung: rung.goodput),
    )
    started = "that were started, " if offered else ""
    note = f"{nouns.capitalize()} a second {started}that ended well, and that ended within every target."
    return _chart(facts, "goodput", "Goodput against load", (nouns, "1/s"), lines, note=note)


def _shares(facts: CapacityFacts) -> Chart:
    lines = (
        line("within targets", _valid(facts), _attainment),
        line("failed", _valid(facts), lambda rung: 100 * rung.error_rate),
    )
    note = "Of those that ended well the share within every target, and of all attempts the share that failed."
    return _chart(facts, "shares", "Attainment and errors against load", ("share", "%"), lines, note=note)


def _attainment(rung: Rung) -> float | None:
    return 100 * rung.goodput / rung.throughput if rung.throughput > 0 else None


def _hold(facts: CapacityFacts) -> Chart:
    lines = [line("hold time", _valid(facts), partial(hold_seconds, unit=facts.unit))]
    note = "How long one is held: what is under way by what ends in a second (Little's law). It rises where they queue."
    return _chart(facts, "hold", "Hold time against load", ("hold time", "s"), lines, note=note)


def _processor(facts: CapacityFacts) -> Chart:
    lines = (
        line("backend", facts.rungs, lambda rung: rung.backend.get("cpu")),
        line("generator", facts.rungs, lambda rung: rung.generator.get("cpu")),
    )
    note = "Cores in use, the most that was seen at each rung. A process of one thread is out of CPU at 1."
    return _chart(facts, "cpu", "CPU against load", ("cores", "1"), lines, note=note)


def _backend(facts: CapacityFacts, key: str, name: str, title: str, y: tuple[str, str]) -> Chart:
    lines = [line("backend", _valid(facts), lambda rung: rung.backend.get(key))]
    return _chart(facts, name, title, y, lines, note="The most that was seen at each rung.")


def _generator(facts: CapacityFacts) -> Chart:
    lines = (
        line("sending, p99", facts.rungs, lambda rung: rung.generator.get("send_lag_p99")),
        line("event loop, p99", facts.rungs, lambda rung: rung.generator.get("loop_lag_p99")),
    )
    note = "How late the generator itself was. What it adds to a latency is no fault of the backend."
    return _chart(facts, "generator", "Lag of the generator against load", ("lag", "s"), lines, note=note)


def _chart(
    facts: CapacityFacts, name: str, title: str, y: tuple[str, str], lines: Iterable[Line], *, note: str
) -> Chart:
    """A chart against the level, with the operating points marked."""
    marks = (("recommended", facts.recommended), ("capacity", facts.capacity))
    return Chart(
        name=name,
        title=title,
        kind="line",
        x_label=facts.unit,
        x_unit="1",
        y_label=y[0],
        y_unit=y[1],
        lines=tuple(entry for entry in lines if entry.points),
        note=note,
        marks=tuple((mark, at) for mark, at in marks if at is not None and finite(at) is not None),
    )
