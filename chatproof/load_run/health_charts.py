"""Charts of the generator's health and of what was seen of the backend's process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Line
from chatproof.load_run.drawing import TIME, chart_of, unjudged
from chatproof.load_run.thinning import thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatproof.load_facts import Chart
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Health, Reading

__all__ = ["health_charts"]

_MOST_LINES: Final = 12
_GENERATOR: Final[tuple[tuple[str, str, tuple[str, str], Callable[[Health], float], float | None], ...]] = (
    (
        "generator_loop_lag",
        "The generator's loop lag",
        ("lag", "ms"),
        lambda record: round(record.lag_loop_max_ns / 1e6, 3),
        None,
    ),
    (
        "generator_send_lag",
        "The generator's send lag",
        ("lag", "ms"),
        lambda record: round(record.lag_send_max_ns / 1e6, 3),
        None,
    ),
    (
        "generator_cpu",
        "CPU of the generator's processes",
        ("share of a core", "%"),
        lambda record: round(record.cpu * 100, 2),
        85.0,
    ),
)
_BACKEND: Final[tuple[tuple[str, str, tuple[str, str], str, Callable[[Reading], float | None]], ...]] = (
    (
        "backend_rss",
        "Memory of the backend",
        ("resident memory", "MB"),
        "RSS",
        lambda reading: None if reading.rss_bytes is None else round(reading.rss_bytes / 1e6, 3),
    ),
    (
        "backend_cpu",
        "CPU of the backend",
        ("share of a core", "%"),
        "CPU",
        lambda reading: None if reading.cpu is None else round(reading.cpu * 100, 2),
    ),
    (
        "backend_open_files",
        "Open files of the backend",
        ("open files", "1"),
        "open files",
        lambda reading: None if reading.open_files is None else float(reading.open_files),
    ),
)


def health_charts(collected: Collected, plan: Plan) -> Iterable[Chart | None]:
    """The charts in the order of the report; None for those that there is nothing for."""
    health = sorted(collected.health, key=lambda record: record.at_ns)
    names = sorted({record.process for record in health})
    for name, title, y, pick, limit in _GENERATOR:
        lines = (
            Line(
                name=process,
                points=thinned([(round(it.at_ns / 1e9, 3), pick(it)) for it in health if it.process == process]),
            )
            for process in names[:_MOST_LINES]
        )
        left_out = f" {len(names) - _MOST_LINES} more processes are not drawn." if len(names) > _MOST_LINES else ""
        yield (
            chart_of(
                name,
                title,
                "line",
                x=TIME,
                y=y,
                lines=lines,
                limits=() if limit is None else (("limit", limit),),
                shaded=unjudged(collected, plan),
                note=("" if y[1] == "%" else "The greatest lag of each second.") + left_out,
            )
            if health
            else None
        )
    yield from _backend(collected)


def _backend(collected: Collected) -> Iterable[Chart | None]:
    readings = sorted(collected.readings, key=lambda reading: reading.at_ns)
    shaded = tuple(_span(readings, phase) for phase in ("before", "after") if any(it.phase == phase for it in readings))
    for name, title, y, line, pick in _BACKEND:
        points = [(round(it.at_ns / 1e9, 3), value) for it in readings if (value := pick(it)) is not None]
        yield (
            chart_of(name, title, "line", x=TIME, y=y, lines=(Line(name=line, points=thinned(points)),), shaded=shaded)
            if points
            else None
        )


def _span(readings: Iterable[Reading], phase: str) -> tuple[str, float, float]:
    times = [reading.at_ns / 1e9 for reading in readings if reading.phase == phase]
    return phase, round(min(times), 3), round(max(times), 3)
