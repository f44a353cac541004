"""JUnit XML: a test suite for each profile, a test case for each requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chatproof.verdict import Verdict

from .outcome import by_profile_and_clause, fails, to_delete, word
from .text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.run import RequirementVerdict, Run

__all__ = ["render"]

LONGEST_TEXT = 20_000
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN_SUITE = "chatproof"


def render(run: Run) -> str:
    """
    The run as JUnit XML, valid whatever a backend answered.

    A requirement that fails the run is a failure; one that is not met and does not is passed with a warning in
    `system-out`; not testable is an error; not claimed and waived are skipped. What concerns the run as a
    whole is in a suite of its own: a crash, an interruption, a failed control turn, a stale waiver, nothing judged.
    """
    root = Element("testsuites", name=f"chatproof {run.command}", time=f"{run.duration_seconds:.3f}")
    own = _own_suite(run)
    if len(own):
        root.append(own)
    for profile, clauses in by_profile_and_clause(run.verdicts):
        suite = SubElement(root, "testsuite", name=_legal(profile), timestamp=_legal(run.started_at))
        _properties(suite, {"backend": str(run.backend.get("url", "")), "chatproof": run.version})
        entries = [entry for clause in clauses for entry in clause.verdicts]
        for entry in entries:
            _case(suite, entry, strict=run.strict)
    for suite in root.iter("testsuite"):
        _count(suite, suite)
    _count(root, root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _own_suite(run: Run) -> Element:
    suite = Element("testsuite", name=_OWN_SUITE, timestamp=_legal(run.started_at))
    if run.crash:
        _trouble(suite, "chatproof works", "error", f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        _trouble(suite, "the run is complete", "error", "interrupted")
    for profile, closed in run.gate.items():
        _trouble(suite, f"{profile}: the control turn works", "error", "; ".join(closed.values()).rstrip("; "))
    for state in to_delete(run):
        _trouble(suite, f"the waiver of {state.requirement} holds", "failure", f"{state.state}: {state.message}")
    if not run.verdicts and not len(suite):
        _trouble(suite, "something is judged", "error", run.exit_reason or "nothing was judged")
    return suite


def _trouble(suite: Element, name: str, kind: str, message: str) -> None:
    case = SubElement(suite, "testcase", classname=_OWN_SUITE, name=_legal(name), time="0.000")
    SubElement(case, kind, message=_legal(message), type=kind)


def _case(suite: Element, entry: RequirementVerdict, *, strict: bool) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=_legal(f"{entry.profile}.{entry.clause.replace('/', '.')}"),
        name=_legal(f"{entry.requirement} {entry.statement}"),
        time=f"{entry.seconds:.3f}",
    )
    sources = [f"{source.get('title', '')}, {source.get('section', '')}" for source in entry.sources]
    links = [source["url"] for source in entry.sources if source.get("url")]
    properties = {"id": entry.requirement, "level": entry.level, "source": "; ".join(sources)}
    _properties(case, {**properties, "url": " ".join(links), "verdict": word(entry.verdict)})
    if entry.verdict == Verdict.NOT_MET and fails(entry, strict=strict):
        message = f"found {entry.found}; expected {entry.expected}"
        SubElement(case, "failure", message=_legal(message), type=entry.level).text = _legal(_details(entry))
    elif entry.verdict == Verdict.NOT_MET:
        SubElement(case, "system-out").text = _legal(f"Warning: {entry.level} not met\n{_details(entry)}")
    elif entry.verdict == Verdict.NOT_TESTABLE:
        SubElement(case, "error", message=_legal(f"Not testable: {entry.reason}"), type="not testable")
    elif entry.verdict == Verdict.NOT_CLAIMED:
        claim = f"; to claim it: {entry.declare}" if entry.declare else ""
        SubElement(case, "skipped", message=_legal(f"Not claimed: {entry.reason}{claim}"))
    elif entry.verdict == Verdict.WAIVED:
        SubElement(case, "skipped", message=_legal(_waived(entry)))


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


def _properties(parent: Element, values: Mapping[str, str]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in values.items():
        if value:
            SubElement(properties, "property", name=name, value=_legal(value))


def _count(element: Element, within: Element) -> None:
    """Sets the four counts of a suite, or of the whole document, from the cases inside it."""
    cases: Iterable[Element] = list(within.iter("testcase"))
    element.set("tests", str(len(list(cases))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    if element.tag == "testsuite":
        element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _legal(text: str) -> str:
    """The text without the characters that XML 1.0 has no way to hold, and cut where it is very long."""
    return _ILLEGAL.sub("", cut(text, LONGEST_TEXT))
