"""Figures over time: a chart for each target, each key figure, and what capacity and checklist runs found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatproof.load_facts import Chart, Line

from ..quantity import exact, quantity
from .words import letters, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.history.facts import History, PastRun, PastTarget

__all__ = ["Point", "Track", "chart_of", "tracks"]

KEY_FIGURES = (
    *(("ttft", "p95"), ("tpot", "p95"), ("e2e", "p95"), ("push", "p95"), ("poll", "p95"), ("error_rate", "")),
    *(("survival_5m", ""), ("delivery_ratio", ""), ("goodput", ""), ("concurrency", ""), ("backend.rss", "")),
)
"""Shown where no target speaks of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    One run's value: `place` is the run's, from 0, `settings` what it shares with comparable ones (empty: unknown).

    `value` is None where it is infinite; `said` is what a table says of it.
    """

    place: int
    settings: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    limit: float | None = None
    said: str = ""


@dataclass(slots=True, kw_only=True)
class Track:
    """One figure through the runs; `comparison` is that of its target, empty where there is none."""

    name: str
    unit: str
    comparison: str = ""
    note: str = ""
    invalid: int = 0
    points: list[Point] = field(default_factory=list)


def tracks(history: History) -> list[Track]:
    """All figures that at least one run gave: targets first, then key figures without one, capacities, checklists."""
    found: dict[tuple[str, ...], Track] = {}
    told = {(entry.metric, entry.statistic) for run in history.runs for entry in run.targets}
    for place, run in enumerate(history.runs):
        for key, name, unit, point in (*_targets(place, run), *_figures(place, run, told), *_others(place, run)):
            track = found.setdefault(key, Track(name=name, unit=unit, comparison=key[-1]))
            if run.valid is False:
                track.invalid += 1
            else:
                track.points.append(point)
    order = {"target": 0, "figure": 1, "capacity": 2, "checklist": 3}
    return sorted((track for track in found.values() if track.points), key=lambda one: order[_kind(found, one)])


def chart_of(track: Track, history: History) -> Chart:
    """
    The chart of a figure: x is a run's number, from 1.

    A line joins runs of the same settings and no others; its band is what the bounds allow, its limit the latest.
    """
    names = letters(history)
    groups: dict[str, list[Point]] = {}
    for point in track.points:
        groups.setdefault(point.settings or f" {point.place}", []).append(point)
    newest = sorted(groups.values(), key=lambda group: -group[-1].place)
    lines = tuple(
        Line(
            name=_line_name(names.get(group[0].settings, ""), group[0]),
            points=tuple((point.place + 1.0, point.value) for point in group if point.value is not None),
            band=tuple(_band(group)),
        )
        for group in newest
    )
    limits = [point.limit for point in track.points if point.limit is not None]
    latest = ((f"limit {track.comparison} {exact(limits[-1], track.unit)}", limits[-1]),) if limits else ()
    return Chart(
        name=track.name,
        title=track.name,
        kind="line",
        x_label="run",
        y_label="found",
        x_unit="",
        y_unit=track.unit,
        lines=lines,
        limits=latest,
        note=_note(track, limits),
    )


def _line_name(letter: str, first: Point) -> str:
    return f"settings {letter}" if letter else f"run {first.place + 1}"


def _note(track: Track, limits: list[float]) -> str:
    failures = sum(point.value is None for point in track.points)
    parts = [track.note] if track.note else []
    earlier = sorted(set(limits[:-1]) - set(limits[-1:]))
    if earlier:
        parts.append(f"The limit was {' and '.join(exact(one, track.unit) for one in earlier)} in earlier runs.")
    if failures:
        parts.append(f"{_count(failures)} not drawn: a failure, so infinitely late.")
    if track.invalid:
        parts.append(f"{_count(track.invalid)} left out: the generator was the bottleneck.")
    return " ".join(parts)


def _band(group: list[Point]) -> Iterator[tuple[float, float, float]]:
    """The range of each point; a bound that is missing (infinite, or one-sided) is the value itself."""
    if all(point.lower is None and point.upper is None for point in group):
        return
    for point in group:
        if point.value is not None:
            low = point.value if point.lower is None else point.lower
            high = point.value if point.upper is None else point.upper
            yield point.place + 1.0, low, high


def _targets(place: int, run: PastRun) -> Iterator[tuple[tuple[str, ...], str, str, Point]]:
    for entry in run.targets:
        if entry.verdict == "not_claimed" or (entry.value is None and not entry.n):
            continue
        key = ("target", entry.profile, entry.metric, entry.tag, entry.statistic, entry.unit, entry.comparison)
        point = Point(
            place=place,
            settings=run.settings,
            value=entry.value,
            lower=entry.lower,
            upper=entry.upper,
            limit=entry.limit,
            said=_said(entry),
        )
        yield key, _name(entry.metric, entry.tag, entry.statistic), entry.unit, point


def _said(entry: PastTarget) -> str:
    value = "a failure" if entry.value is None else quantity(entry.value, entry.unit)
    return f"{value}, {word(entry.verdict)} (limit {entry.comparison} {exact(entry.limit, entry.unit)})"


def _figures(place: int, run: PastRun, told: set[tuple[str, str]]) -> Iterator[tuple[tuple[str, ...], str, str, Point]]:
    for entry in run.figures:
        about = (entry.metric, entry.statistic)
        if about in KEY_FIGURES and about not in told and entry.n:
            said = "a failure" if entry.value is None else quantity(entry.value, entry.unit)
            point = Point(place=place, settings=run.settings, value=entry.value, said=said)
            key = ("figure", *run.profiles, entry.metric, entry.tag, entry.statistic, entry.unit, "")
            yield key, _name(entry.metric, entry.tag, entry.statistic), entry.unit, point


def _others(place: int, run: PastRun) -> Iterator[tuple[tuple[str, ...], str, str, Point]]:
    """What a capacity run held, up to where it broke, and how many boxes a checklist ticked."""
    facts = run.capacity
    if facts is not None and facts.capacity is not None:
        said = f"{facts.capacity:,.10g} {facts.unit}, {word(facts.outcome)}"
        point = Point(
            place=place,
            settings=run.settings,
            value=facts.capacity,
            lower=facts.capacity,
            upper=facts.breaks_at,
            said=said,
        )
        yield ("capacity", *run.profiles, facts.unit, ""), f"capacity in {facts.unit}", "1", point
    if run.checklist:
        ticked = run.checklist["ticked"]
        said = ", ".join(f"{number} {word(name)}" for name, number in run.checklist.items())
        point = Point(place=place, settings=run.settings, value=float(ticked), said=said)
        yield ("checklist", ""), "boxes ticked", "1", point


def _kind(found: dict[tuple[str, ...], Track], track: Track) -> str:
    return next(key[0] for key, entry in found.items() if entry is track)


def _name(metric: str, tag: str, statistic: str) -> str:
    return f"{metric}{f'[{tag}]' if tag else ''}{f'.{statistic}' if statistic else ''}"


def _count(number: int) -> str:
    return f"{number} run is" if number == 1 else f"{number} runs are"
