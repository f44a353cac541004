"""The page of a gate: the outcome and what fails first, then the check, then the smoke load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.exit_code import ExitCode
from chatproof.verdict import Verdict

from ..check import page as of_check
from ..check.outcome import fails, named, not_met, of
from ..load import page as of_load
from ..load.cards import cards
from ..load.instrument import plan_sentence
from ..load.outcome import invalid
from ..page import page, part
from .outcome import headline, load_line, notices, requirements_line

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["render"]

_TONES = {int(ExitCode.MET): "met", int(ExitCode.NOT_MET): "not_met"}
_MOST_FAILED = 60


def render(run: Run) -> str:
    """The run as a page; each part is as on the page of its own command."""
    conformance = of_check.values(run)
    smoke = None if run.load is None else part("load/sections.jinja", **of_load.values(run))
    return page(
        "gate/page.jinja",
        styles=of_load.STYLES,
        scripts=of_load.SCRIPTS,
        run=run,
        headline=headline(run),
        tone=_TONES.get(run.exit_code, "inconclusive"),
        requirements_line=requirements_line(run),
        load_line=load_line(run),
        plan_sentence=plan_sentence(run.load.plan) if run.load is not None else "",
        notices=notices(run),
        invalid=invalid(run),
        failed=_failed(run, conformance)[:_MOST_FAILED],
        check_part=part("check/sections.jinja", **conformance),
        load_part=smoke,
    )


def _failed(run: Run, conformance: dict[str, Any]) -> list[dict[str, str]]:
    """Requirements and targets that keep the run from passing, each with the place that says more."""
    found = [
        _entry(entry.verdict, conformance["anchor_of"](entry), named(run, entry), entry.statement, entry.found)
        for entry in not_met(run)
        if fails(entry, strict=run.strict)
    ]
    found += [
        _entry(entry.verdict, conformance["anchor_of"](entry), named(run, entry), "not testable", entry.reason)
        for entry in of(run, Verdict.NOT_TESTABLE)
        if fails(entry, strict=run.strict) and not run.gate
    ]
    if run.load is None or invalid(run):
        return found
    return found + [
        _entry(
            card.verdict,
            card.anchor,
            card.target.target,
            f"{card.target.verdict.replace('_', ' ')}: {card.target.reason}",
            f"to decide it: {card.target.missing}" if card.target.missing else card.value,
        )
        for card in cards(run)
        if card.verdict in {"not_met", "inconclusive"}
    ]


def _entry(verdict: str, anchor: str, name: str, said: str, found: str) -> dict[str, str]:
    return {"verdict": verdict, "anchor": anchor, "name": name, "said": said, "found": found}
