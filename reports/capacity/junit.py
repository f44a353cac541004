"""JUnit XML of a capacity run: one case for the outcome, one for what was asked for, the rungs as properties."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from chatproof.exit_code import ExitCode

from ..junit_xml import OWN_SUITE, legal, properties, trouble
from .outcome import capacity_facts, headline, key_rows, level, outcome_word, reached
from .rungs import rung_rows

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts
    from chatproof.run import Run

__all__ = ["suites"]

PASSING = ("found", "no_failure_in_range")


def suites(run: Run) -> list[Element]:
    """
    A suite with the outcome, and one for the run as a whole where that went wrong.

    No rung that holds is a failure; a generator that was the limit, or a search that did not end, is an error. Where
    so many were asked for, that they are held is a case of its own; if they are, the capacity itself is skipped where
    the generator was the limit, as the exit code is 0.
    """
    facts = capacity_facts(run)
    name = f"capacity.{facts.profile}.{facts.workload}"
    suite = Element("testsuite", name=legal(name), timestamp=legal(run.started_at))
    told = {"backend": str(run.backend.get("url", "")), "chatproof": run.version, "build": run.build}
    properties(suite, told)
    _outcome(suite, run, facts, name)
    if facts.at_least is not None:
        _asked(suite, facts, name)
    return [*_own(run), suite]


def _own(run: Run) -> list[Element]:
    if not run.crash and not run.interrupted:
        return []
    suite = Element("testsuite", name=OWN_SUITE, timestamp=legal(run.started_at))
    if run.crash:
        trouble(suite, "chatproof works", "error", f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        trouble(suite, "the run was not interrupted", "error", "interrupted")
    return [suite]


def _outcome(suite: Element, run: Run, facts: CapacityFacts, classname: str) -> None:
    seconds = f"{run.duration_seconds:.3f}"
    case = SubElement(suite, "testcase", classname=legal(classname), name="capacity", time=seconds)
    columns, rows = rung_rows(facts)
    rungs = {
        f"rung {row.number}": "; ".join(
            [
                f"{row.level} {row.verdict}",
                *(f"{name} {cell}" for name, cell in zip(columns, row.cells, strict=True) if cell),
            ]
        )
        for row in rows
    }
    properties(case, {"outcome": outcome_word(facts), **dict(key_rows(facts)), "fit": facts.fit_note, **rungs})
    if facts.outcome in PASSING:
        return
    kind = "failure" if facts.outcome == "no_pass_in_range" else "error"
    if run.exit_code == ExitCode.MET:
        kind = "skipped"
    message = f"{headline(facts)}. {facts.sentence}"
    problem = SubElement(case, kind, message=legal(message))
    if kind != "skipped":
        problem.set("type", legal(outcome_word(facts)))
    lines = [
        f"{entry.what}: {entry.evidence}{f'; {entry.remedy}' if entry.remedy else ''}" for entry in facts.shortages
    ]
    problem.text = legal("\n".join(lines))


def _asked(suite: Element, facts: CapacityFacts, classname: str) -> None:
    asked, held = level(facts.at_least, facts.unit), level(facts.capacity, facts.unit)
    case = SubElement(suite, "testcase", classname=legal(classname), name=legal(f"at least {asked}"), time="0.000")
    if reached(facts):
        return
    broken = facts.breaks_at is not None and facts.breaks_at <= (facts.at_least or 0.0)
    judged = facts.outcome == "no_pass_in_range" or (broken and facts.outcome != "unfinished")
    why = "" if judged else f"; more could not be judged: {outcome_word(facts)}"
    message = f"{held} held, and at least {asked} were asked for{why}"
    SubElement(case, "failure" if judged else "error", message=legal(message), type="not reached")
