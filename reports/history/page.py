"""The report of a history as one HTML file that needs no network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..charts.picture import Picture, picture
from ..charts.scale import Tick
from ..charts.words import ChartTable
from ..page import anchor, page
from ..text import cut, one_line
from .changes import changes
from .figures import chart_of, tracks
from .words import build, counts_line, empty_text, headline, letters, moment, outcome, tone, word

if TYPE_CHECKING:
    from chatproof.history.facts import History, PastRun
    from chatproof.load_facts import Chart

    from .figures import Track

__all__ = ["HistoryFigure", "render"]

MOST_ROWS = 200
MOST_FIGURES = 40
MOST_TICKS = 5
NARROW_TICKS = 3
WIDE_CHARTS = 1
_TICK_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFigure:
    """One chart of the page: its picture, its data, and the name of its place."""

    chart: Chart
    anchor: str
    picture: Picture
    table: ChartTable
    wide: bool


def render(history: History) -> str:
    """The page: a strip of outcomes, verdicts that changed or are not met against the runs, figures over time, runs."""
    rows = changes(history)
    every = tracks(history)
    return page(
        "history/page.jinja",
        styles=("page.css", "history/page.css"),
        scripts=("charts/zoom.js",) if every else (),
        history=history,
        headline=headline(history),
        empty=empty_text(history),
        rows=rows[:MOST_ROWS],
        rows_left=len(rows) - len(rows[:MOST_ROWS]),
        figures=[_figure(number, track, history) for number, track in enumerate(every[:MOST_FIGURES])],
        figures_left=len(every) - len(every[:MOST_FIGURES]),
        letters=letters(history),
        tone=tone,
        outcome=outcome,
        build=build,
        moment=moment,
        counts_line=counts_line,
        word=word,
    )


def _figure(number: int, track: Track, history: History) -> HistoryFigure:
    chart = chart_of(track, history)
    drawn = picture(chart, from_zero=True)
    drawn = replace(drawn, x=replace(drawn.x, ticks=tuple(_ticks(drawn, history))), x_title="run, or its build")
    if not drawn.series:
        drawn = replace(drawn, empty="Nothing to draw: every run found a failure, or nothing.")
    name = f"{anchor(f'chart-{chart.name}')[:70]}-{number}"
    return HistoryFigure(
        chart=chart, anchor=name, picture=drawn, table=_table(chart, track, history), wide=number < WIDE_CHARTS
    )


def _ticks(drawn: Picture, history: History) -> list[Tick]:
    """Some runs within the axis, evenly, each with its build; the latest always, every second where there is room."""
    places = [place for place in range(len(history.runs)) if drawn.x.low <= place + 1 <= drawn.x.high]
    step = max(1, -(-len(places) // MOST_TICKS))
    kept = places[::-1][::step]
    many = len(kept) > NARROW_TICKS
    return [
        Tick(
            place=drawn.x.place(place + 1.0), text=_tick_text(place, history.runs[place]), minor=many and index % 2 == 1
        )
        for index, place in enumerate(kept)
    ]


def _tick_text(place: int, run: PastRun) -> str:
    text = one_line(run.build)
    if not text:
        return f"#{place + 1}"
    return text if len(text) <= _TICK_LENGTH else f"{text[: _TICK_LENGTH - 1]}…"


def _table(chart: Chart, track: Track, history: History) -> ChartTable:
    """A row for each run, the places of which are on the line of its settings."""
    names = letters(history)
    on = [dict(line.points) for line in chart.lines]
    rows, places = [], []
    for point in track.points:
        run = history.runs[point.place]
        settings = names.get(point.settings, "not known")
        rows.append((f"{point.place + 1}", build(run), moment(run), settings, one_line(cut(point.said, 200))))
        places.append((point.place + 1.0, *(values.get(point.place + 1.0) for values in on)))
    return ChartTable(
        ("run", "build", "started", "settings", "found"), tuple(rows), len(rows), tuple(places), apart=True
    )
