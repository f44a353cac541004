"""JUnit XML of a check: a test suite for each profile, a test case for each requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from chatproof.verdict import Verdict

from ..junit_xml import LONGEST_TEXT, OWN_SUITE, legal, properties, trouble
from ..text import cut
from .outcome import by_profile_and_clause, fails, to_delete, word

if TYPE_CHECKING:
    from chatproof.run import RequirementVerdict, Run

__all__ = ["suites"]


def suites(run: Run) -> list[Element]:
    """
    A suite for each profile, and one for what concerns the run as a whole.

    A requirement that fails the run is a failure; one that is not met and does not is passed with a warning in
    `system-out`; not testable is an error; not claimed and waived are skipped. What concerns the run as a
    whole is in a suite of its own: a crash, an interruption, a failed control turn, a stale waiver, nothing judged.
    """
    own = _own_suite(run)
    found = [own] if len(own) else []
    for profile, clauses in by_profile_and_clause(run.verdicts):
        suite = Element("testsuite", name=legal(profile), timestamp=legal(run.started_at))
        found.append(suite)
        properties(suite, {"backend": str(run.backend.get("url", "")), "chatproof": run.version})
        entries = [entry for clause in clauses for entry in clause.verdicts]
        for entry in entries:
            _case(suite, entry, strict=run.strict)
    return found


def _own_suite(run: Run) -> Element:
    suite = Element("testsuite", name=OWN_SUITE, timestamp=legal(run.started_at))
    if run.crash:
        trouble(suite, "chatproof works", "error", f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        trouble(suite, "the run is complete", "error", "interrupted")
    for profile, closed in run.gate.items():
        trouble(suite, f"{profile}: the control turn works", "error", "; ".join(closed.values()).rstrip("; "))
    for state in to_delete(run):
        trouble(suite, f"the waiver of {state.requirement} holds", "failure", f"{state.state}: {state.message}")
    if not run.verdicts and not len(suite):
        trouble(suite, "something is judged", "error", run.exit_reason or "nothing was judged")
    return suite


def _case(suite: Element, entry: RequirementVerdict, *, strict: bool) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=legal(f"{entry.profile}.{entry.clause.replace('/', '.')}"),
        name=legal(f"{entry.requirement} {entry.statement}"),
        time=f"{entry.seconds:.3f}",
    )
    sources = [f"{source.get('title', '')}, {source.get('section', '')}" for source in entry.sources]
    links = [source["url"] for source in entry.sources if source.get("url")]
    told = {"id": entry.requirement, "level": entry.level, "source": "; ".join(sources)}
    properties(case, {**told, "url": " ".join(links), "verdict": word(entry.verdict)})
    if entry.verdict == Verdict.NOT_MET and fails(entry, strict=strict):
        message = f"found {entry.found}; expected {entry.expected}"
        SubElement(case, "failure", message=legal(message), type=entry.level).text = legal(_details(entry))
    elif entry.verdict == Verdict.NOT_MET:
        SubElement(case, "system-out").text = legal(f"Warning: {entry.level} not met\n{_details(entry)}")
    elif entry.verdict == Verdict.NOT_TESTABLE:
        SubElement(case, "error", message=legal(f"Not testable: {entry.reason}"), type="not testable")
    elif entry.verdict == Verdict.NOT_CLAIMED:
        claim = f"; to claim it: {entry.declare}" if entry.declare else ""
        SubElement(case, "skipped", message=legal(f"Not claimed: {entry.reason}{claim}"))
    elif entry.verdict == Verdict.WAIVED:
        SubElement(case, "skipped", message=legal(_waived(entry)))


def _waived(entry: RequirementVerdict) -> str:
    waiver = entry.waiver or {}
    parts = [waiver.get("reason", "") or entry.reason, waiver.get("owner", ""), waiver.get("expires", "")]
    return "Waived: " + ", ".join(part for part in parts if part)


def _details(entry: RequirementVerdict) -> str:
    rows = {
        "found": entry.found,
        "expected": entry.expected,
        "remedy": entry.remedy,
        "evidence": entry.evidence,
        "curl": entry.curl,
    }
    return "\n".join(f"{name}: {cut(text, LONGEST_TEXT)}" for name, text in rows.items() if text)
