"""The page of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.exit_code import ExitCode
from chatproof.verdict import Verdict

from ..page import anchor, page
from .outcome import (
    by_declaration,
    by_profile_and_clause,
    by_reason,
    counts_line,
    evidence_for,
    fails,
    headline,
    named,
    not_met,
    notices,
    of,
    word,
)
from .time_line import time_line

if TYPE_CHECKING:
    from chatproof.run import Run, ScenarioSummary

__all__ = ["render", "values"]

_ORDER = (Verdict.NOT_MET, Verdict.NOT_TESTABLE, Verdict.WAIVED, Verdict.NOT_CLAIMED, Verdict.MET)
_TONES = {int(ExitCode.MET): "met", int(ExitCode.NOT_MET): "not_met"}


def render(run: Run) -> str:
    """
    The run as a page: outcome, what is not met, what was not seen and why, all requirements, evidence.

    Each requirement has an anchor of its id (`profile.id` from its second profile on). A load run has a page of
    its own.
    """
    return page("check/page.jinja", **values(run))


def values(run: Run) -> dict[str, Any]:
    """What the templates of a check speak of, by name."""
    anchors = _anchors(run)
    exchanges = {key: f"evidence-{number}" for number, key in enumerate(run.evidence, start=1)}
    return {
        "run": run,
        "headline": headline(run),
        "tone": _TONES.get(run.exit_code, "not_testable"),
        "counts": counts_line(run),
        "share": _share(run),
        "notices": notices(run),
        "word": word,
        "named": named,
        "findings": _findings(run, anchors, exchanges),
        "untestable": by_reason(of(run, Verdict.NOT_TESTABLE)),
        "unclaimed": by_declaration(of(run, Verdict.NOT_CLAIMED)),
        "waived": of(run, Verdict.WAIVED),
        "profiles": by_profile_and_clause(run.verdicts),
        "anchor_of": lambda entry: anchors[entry.profile, entry.requirement],
        "exchanges": [(exchanges[key], evidence, time_line(evidence)) for key, evidence in run.evidence.items()],
        "sent": _sent(run),
    }


def _findings(run: Run, anchors: dict[tuple[str, str], str], exchanges: dict[str, str]) -> list[dict[str, Any]]:
    """What is not met, each with its evidence; an exchange is drawn beside the first that cites it."""
    found, drawn = [], set()
    for entry in not_met(run):
        evidence = None if entry.evidence in drawn else evidence_for(run, entry)
        drawn.add(entry.evidence)
        found.append(
            {
                "entry": entry,
                "anchor": anchors[entry.profile, entry.requirement],
                "fails": fails(entry, strict=run.strict),
                "evidence_anchor": exchanges.get(entry.evidence, ""),
                "line": time_line(evidence) if evidence else None,
            }
        )
    return found


def _sent(run: Run) -> list[ScenarioSummary]:
    """The scenarios without those that the plan left out, which are told apart from them with their reasons."""
    rows = run.plan.left_out if run.plan else ()
    left_out = {(row.get("profile"), row.get("scenario")) for row in rows}
    return [entry for entry in run.scenarios if entry.exchanges or (entry.profile, entry.scenario) not in left_out]


def _anchors(run: Run) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for entry in run.verdicts:
        name = anchor(entry.requirement)
        if name in found.values():
            name = anchor(f"{entry.profile}.{entry.requirement}")
        found[entry.profile, entry.requirement] = name
    return found


def _share(run: Run) -> list[tuple[str, int, float, float]]:
    """For each verdict that occurs its number, and where its part of a bar begins and how wide it is, in percent."""
    whole = len(run.verdicts)
    parts, begin = [], 0.0
    for verdict in _ORDER:
        number = run.counts[verdict]
        if number:
            width = 100 * number / whole
            parts.append((verdict.value, number, round(begin, 3), round(width, 3)))
            begin += width
    return parts
