"""The report of a load run as one HTML file that needs no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatproof.exit_code import ExitCode

from ..charts.picture import Picture, picture
from ..charts.points import detail_for
from ..charts.words import ChartTable, table
from ..kind import load_facts
from ..page import anchor, page
from .cards import cards
from .figures import distributions, singles
from .instrument import (
    machine_rows,
    plan_rows,
    plan_sentence,
    process_grid,
    proof_grid,
    proof_rows,
)
from .outcome import counts, counts_line, headline, invalid, notices, ordered, validity_line, value_text, word

if TYPE_CHECKING:
    from chatproof.load_facts import Chart, LoadFacts
    from chatproof.run import Run

__all__ = ["SCRIPTS", "STYLES", "Figure", "render", "values"]

STYLES = ("page.css", "load/page.css")
SCRIPTS = ("charts/zoom.js",)

MOST_ERRORS = 20
MOST_SAMPLES = 3
WIDE_CHARTS = 2
STATES = {"ok": "met", "broken": "not_met", "not_observed": "not_claimed"}
STATE_WORDS = {"ok": "holds", "broken": "broken", "not_observed": "not observed"}
CHECK_NAMES = {"cpu": "CPU", "little": "Little's law", "gc": "garbage collection", "gc_pause": "garbage collection"}
CAUSES = {
    "connect": "no connection",
    "refused": "connection refused",
    "tls": "no TLS connection",
    "status": "answered with an error status",
    "reset": "connection reset",
    "cut": "the body ended before it was whole",
    "no_token": "no generated text came",
    "no_terminal": "the stream ended without its last event",
    "error_event": "the stream told an error",
    "idle": "nothing came for too long",
    "timeout": "took too long",
    "too_large": "more bytes than allowed",
    "wrong_type": "another media type than asked for",
    "not_sse": "no event stream",
    "http2": "the backend offers HTTP/2 only",
    "invalid": "not the answer that was asked for",
    "ours": "the generator's own: no files or ports left",
}
_TONES = {int(ExitCode.MET): "met", int(ExitCode.NOT_MET): "not_met"}
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
    The load run as a page: outcome, targets with their bounds, validity, charts with their data, errors, figures, plan.

    An invalid run says so above all verdicts.
    """
    return page("load/page.jinja", styles=STYLES, scripts=SCRIPTS, **values(run))


def values(run: Run) -> dict[str, Any]:
    """What the templates of a load run speak of, by name."""
    facts = load_facts(run)
    every = cards(run)
    return {
        "run": run,
        "facts": facts,
        "headline": headline(run),
        "tone": _TONES.get(run.exit_code, "inconclusive"),
        "counts": counts_line(run),
        "share": _share(run),
        "invalid": invalid(run),
        "validity_line": validity_line(run),
        "notices": notices(run),
        "word": word,
        "value_text": value_text,
        "judged": [card for card in every if card.verdict != "not_claimed"],
        "unclaimed": ordered(run, "not_claimed"),
        "check_name": _check_name,
        "states": STATES,
        "state_words": STATE_WORDS,
        "causes": CAUSES,
        "errors": facts.errors[:MOST_ERRORS],
        "most_samples": MOST_SAMPLES,
        "figures": _figures(facts),
        "distributions": distributions(facts.figures),
        "singles": singles(facts.figures),
        "plan_sentence": plan_sentence(facts.plan),
        "plan_rows": plan_rows(facts.plan),
        "processes": process_grid(facts),
        "machine": machine_rows(facts),
        "proof": proof_rows(facts),
        "levels": proof_grid(facts),
        "samples_file": _file(facts.samples_file),
        "locust_file": _file(facts.locust_file),
    }


def _figures(facts: LoadFacts) -> list[Figure]:
    found: list[Figure] = []
    taken: set[str] = set()
    detail = detail_for(facts.charts)
    for number, chart in enumerate(facts.charts):
        name = anchor(f"chart-{chart.name}")[:80]
        name = f"{name}-{number}" if name in taken else name
        taken.add(name)
        drawn = picture(chart, detail=detail, reach=_reach(facts, chart))
        found.append(
            Figure(
                chart=chart, anchor=name, picture=drawn, table=table(chart, most=detail.rows), wide=number < WIDE_CHARTS
            )
        )
    return found


def _reach(facts: LoadFacts, chart: Chart) -> tuple[float, float] | None:
    """The span of x of the first chart that shows the same x as lines: bars of rare cases are seen in the whole run."""
    if chart.kind != "bar":
        return None
    for other in facts.charts:
        if other.kind in {"line", "step"} and (other.x_label, other.x_unit) == (chart.x_label, chart.x_unit):
            drawn = picture(other)
            if drawn.series:
                return drawn.x.low, drawn.x.high
    return None


def _check_name(name: str) -> str:
    return CHECK_NAMES.get(name, name.replace("_", " "))


def _share(run: Run) -> list[tuple[str, int, float, float]]:
    """For each verdict that occurs its number, and where its part of a bar begins and how wide it is, in percent."""
    parts, begin = [], 0.0
    for verdict, number in counts(run).items():
        if number:
            width = 100 * number / len(run.targets)
            parts.append((verdict, number, round(begin, 3), round(width, 3)))
            begin += width
    return parts


def _file(name: str) -> str:
    """The name of a file beside the page; empty for anything else."""
    return name if _FILE_NAME.fullmatch(name) else ""
