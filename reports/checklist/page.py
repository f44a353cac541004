"""The checklist as one HTML page, made to be printed for a release meeting and signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode

from ..page import anchor, page
from .boxes import (
    by_needs,
    checklist_facts,
    documents,
    label,
    needed,
    not_ticked,
    of,
    state_of,
    ticked_line,
    unmarked,
    word,
)
from .evidence import place, shown
from .outcome import STATES, counts_line, headline, notes, notices
from .sheet import foot_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.checklist_facts import Box
    from chatproof.run import Run

__all__ = ["render"]

SIGNERS = 4
_TONES = {int(ExitCode.MET): "ticked", int(ExitCode.NOT_MET): "not_ticked"}
_MEANINGS = (
    ("ticked", "there is evidence that it holds"),
    ("not_ticked", "there is evidence that it does not hold"),
    ("not_judged", "the evidence is missing, and can be had"),
    ("not_testable", "cannot be seen with what is declared"),
    ("manual", "the project's own work: a person ticks it by pen"),
)


def render(run: Run) -> str:
    """
    The checklist as a page: outcome, what keeps it from being complete, its runs, every box, and a place to sign.

    Each box has a drawn check box, its state in words, its evidence, and an anchor.
    """
    facts = checklist_facts(run)
    anchors = _anchors(facts.boxes)
    counts = facts.counts
    return page(
        "checklist/page.jinja",
        styles=("page.css", "checklist/page.css"),
        rules=foot_rules(run),
        run=run,
        facts=facts,
        headline=headline(run),
        tone=_TONES.get(run.exit_code, "not_judged"),
        counts=counts_line(run),
        legend=[(state, counts[state], meaning) for state, meaning in _MEANINGS],
        notices=[*notices(run), *notes(run)],
        word=word,
        moment=_moment,
        label=label,
        unmarked=unmarked,
        needed=needed,
        tone_of=lambda state: state if state in STATES else "not_judged",
        not_ticked=not_ticked(run),
        state_of=state_of,
        not_judged=by_needs(of(run, "not_judged")),
        manual=counts["manual"],
        documents=documents(facts.boxes),
        ticked_line=ticked_line,
        shown_evidence=shown,
        place=lambda numbers: place(numbers, facts.runs),
        anchor_of=lambda box: anchors[id(box)],
        signers=SIGNERS,
    )


def _moment(started_at: str) -> str:
    """`2026-11-21 09:30:00 UTC`."""
    return started_at.replace("T", " ").replace("+00:00", " UTC")


def _anchors(boxes: Sequence[Box]) -> dict[int, str]:
    """For each box, by identity, a name of its own in the page."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for number, box in enumerate(boxes, start=1):
        name = f"box-{anchor(box.id)[:80]}"
        name = f"{name}-{number}" if name in taken else name
        taken.add(name)
        found[id(box)] = name
    return found
