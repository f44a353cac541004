"""JUnit XML of a checklist: a suite for each document, a test case for each box."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from ..check.outcome import to_delete
from ..junit_xml import OWN_SUITE, legal, properties, trouble
from ..text import cut
from .boxes import checklist_facts, documents, label, needed, state_of
from .evidence import place, shown, told
from .outcome import unboxed

if TYPE_CHECKING:
    from chatproof.checklist_facts import Box
    from chatproof.run import Run

    from .boxes import Document

__all__ = ["suites"]

LONGEST_NAME = 300


def suites(run: Run) -> list[Element]:
    """
    A suite for each document, and one for what concerns the run as a whole.

    A box that is not ticked is a failure, not judged is an error; not testable, manual, and held back by a waiver alone
    are skipped.
    """
    own = _own_suite(run)
    found = [own] if len(own) else []
    found.extend(_suite(run, document) for document in documents(checklist_facts(run).boxes))
    return found


def _own_suite(run: Run) -> Element:
    facts = checklist_facts(run)
    suite = Element("testsuite", name=OWN_SUITE, timestamp=legal(run.started_at))
    if run.crash:
        trouble(suite, "chatproof works", "error", f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        trouble(suite, "the run is complete", "error", "interrupted")
    for profile, closed in run.gate.items():
        trouble(suite, f"{profile}: the control turn works", "error", "; ".join(closed.values()).rstrip("; "))
    for state in to_delete(run):
        trouble(suite, f"the waiver of {state.requirement} holds", "failure", f"{state.state}: {state.message}")
    for name in unboxed(run):
        trouble(
            suite, f"{name} is met", "failure", "not met, and no box stands on it; the report of the check says more"
        )
    for file, reason in facts.refused:
        case = SubElement(suite, "testcase", classname=OWN_SUITE, name=legal(f"evidence {file}"), time="0.000")
        SubElement(case, "skipped", message=legal(f"Refused: {reason}"))
    if not facts.counts["ticked"]:
        trouble(suite, "something is ticked", "error", run.exit_reason or "no box is ticked")
    return suite


def _suite(run: Run, document: Document) -> Element:
    name = f"checklist.{document.name.replace('.', ' ')}"
    suite = Element("testsuite", name=legal(name), timestamp=legal(run.started_at))
    properties(
        suite,
        {
            "backend": str(run.backend.get("url", "")),
            "build": run.build,
            "fingerprint": run.fingerprint,
            "chatproof": run.version,
        },
    )
    for box in document.boxes:
        _case(suite, box, name, _evidence(run, box))
    return suite


def _evidence(run: Run, box: Box) -> list[str]:
    """Every piece of evidence of a box in one line each, with its runs."""
    runs = checklist_facts(run).runs
    seen = shown(box, most_met=len(box.evidence))
    places = [(told(said), place(said.runs or seen.runs, runs)) for said in seen.everything]
    return [f"{text} ({where})" if where else text for text, where in places]


def _case(suite: Element, box: Box, classname: str, evidence: list[str]) -> None:
    name = f"{box.id} {cut(label(box), LONGEST_NAME)}"
    case = SubElement(suite, "testcase", classname=legal(classname), name=legal(name), time="0.000")
    properties(
        case,
        {
            "id": box.id,
            "document": box.document,
            "section": box.section,
            "state": state_of(box),
            "text": box.text,
            "evidence": "; ".join(evidence),
        },
    )
    if box.held_back_by_waivers:
        SubElement(case, "skipped", message=legal(f"Held back by a waiver: {box.reason}"))
    elif box.state == "not_ticked":
        failure = SubElement(case, "failure", message=legal(box.reason or "not ticked"), type="not ticked")
        rows = [("reason", box.reason), ("remedy", box.remedy), *(("evidence", text) for text in evidence)]
        failure.text = legal("\n".join(f"{title}: {text}" for title, text in rows if text))
    elif box.state == "not_testable":
        SubElement(case, "skipped", message=legal(f"Not testable here: {needed(box)}"))
    elif box.state == "manual":
        SubElement(case, "skipped", message="Manual: the project's own work, for a person to tick")
    elif box.state != "ticked":
        SubElement(case, "error", message=legal(f"Not judged: needs {needed(box)}"), type="not judged")
