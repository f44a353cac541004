"""A comparison as one HTML file that needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.comparison.figures import NO_DIFFERENCE
from chatproof.exit_code import ExitCode

from ..page import page
from .ratios import ROW_HEIGHT, drawn
from .words import (
    MARKS,
    band_text,
    change_text,
    confidence_line,
    counts_line,
    headline,
    interval_text,
    moved,
    side_text,
    value_text,
    verdict_text,
    word,
)

if TYPE_CHECKING:
    from chatproof.comparison.facts import Comparison

__all__ = ["render"]

MOST_CHANGES = 500
_TONES = {int(ExitCode.MET): "met", int(ExitCode.NOT_MET): "not_met"}


def render(comparison: Comparison) -> str:
    """The comparison as a page: outcome, verdicts that changed, the changes of figures drawn and as a table."""
    charts = [drawn(comparison.figures, compares) for compares in ("ratio", "difference")]
    return page(
        "comparison/page.jinja",
        styles=("page.css", "comparison/page.css"),
        it=comparison,
        headline=headline(comparison),
        tone=_TONES.get(comparison.exit_code, "not_testable"),
        counts=counts_line(comparison),
        confidence=confidence_line(comparison),
        changes=comparison.changes[:MOST_CHANGES],
        charts=[chart for chart in charts if chart is not None],
        row_height=ROW_HEIGHT,
        banded=any(band_text(entry) for entry in comparison.figures),
        no_difference=NO_DIFFERENCE,
        marks=MARKS,
        word=word,
        moved=moved,
        side_text=side_text,
        verdict_text=verdict_text,
        value_text=value_text,
        change_text=change_text,
        interval_text=interval_text,
        band_text=band_text,
    )
