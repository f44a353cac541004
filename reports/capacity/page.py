"""The report of a capacity run as one HTML file that needs no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.capacity_model.planning import by_arrivals

from ..charts.picture import Picture, picture
from ..charts.points import detail_for
from ..charts.words import ChartTable, table
from ..page import anchor, page
from .fit import FIT_HEAD, fit_rows
from .outcome import capacity_facts, headline, key_rows, limited_by, notices, outcome_word, said, tone
from .plan import plan_head, plan_inputs, plan_rows
from .rungs import rung_rows

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts
    from chatproof.load_facts import Chart
    from chatproof.run import Run

__all__ = ["Figure", "render"]

STYLES = ("page.css", "capacity/page.css")
SCRIPTS = ("charts/zoom.js", "capacity/planning.js")
WIDE_CHARTS = 2
_AFTER_NUMBER = re.compile(r"(?<=\d) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One chart of the page: its picture, its data, and the name of its place."""

    chart: Chart
    anchor: str
    picture: Picture
    table: ChartTable
    wide: bool


def render(run: Run) -> str:
    """
    The capacity run as a page: outcome, what gave out, charts, every rung, the plan, the fit.

    The plan can be changed in the page, by a script of its own; without it the table stands as it was written.
    """
    facts = capacity_facts(run)
    columns, rungs = rung_rows(facts)
    return page(
        "capacity/page.jinja",
        styles=STYLES,
        scripts=SCRIPTS,
        run=run,
        facts=facts,
        headline=headline(facts),
        outcome_word=outcome_word(facts),
        said=said(run),
        tone=tone(run),
        notices=notices(run),
        key_rows=key_rows(facts),
        limited_by=limited_by(facts),
        whole=_whole,
        columns=columns,
        rungs=rungs,
        figures=_figures(facts),
        fit_head=FIT_HEAD,
        fit_rows=fit_rows(facts),
        arrivals_decide=by_arrivals(facts.unit),
        plan_head=plan_head(facts),
        plan_rows=plan_rows(facts),
        plan_inputs=plan_inputs(facts),
    )


def _whole(text: str) -> str:
    """The text with each number and its unit in one line: half of them reads as another number."""
    return _AFTER_NUMBER.sub("\N{NO-BREAK SPACE}", text)


def _figures(facts: CapacityFacts) -> list[Figure]:
    detail = detail_for(facts.charts)
    return [
        Figure(
            chart=chart,
            anchor=anchor(f"chart-{number}-{chart.name}")[:80],
            picture=picture(chart, detail=detail, from_zero=True),
            table=table(chart, most=detail.rows),
            wide=number <= WIDE_CHARTS,
        )
        for number, chart in enumerate(facts.charts, 1)
    ]
