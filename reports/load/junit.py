"""JUnit XML of a load run: a test case for each target, and one for the validity of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from chatproof.targets.documents import DOCUMENT_TARGETS

from ..junit_xml import OWN_SUITE, legal, properties, trouble
from ..kind import load_facts
from ..quantity import exact, quantity
from .outcome import broken_checks, found_text, invalid, samples_text, validity_line, value_text, word

if TYPE_CHECKING:
    from chatproof.load_facts import TargetVerdict
    from chatproof.run import Run

__all__ = ["suites"]


def suites(run: Run) -> list[Element]:
    """
    A suite for each profile with its targets, and one for the run as a whole.

    A target that is not met is a failure, inconclusive is an error, not claimed is skipped. In an invalid run the
    validity is an error and every target is skipped: it was measured, and says nothing.
    """
    facts = load_facts(run)
    found = [_own_suite(run)]
    for profile in dict.fromkeys(_profile(run, target) for target in run.targets):
        name = f"load.{profile}.{facts.workload}"
        suite = Element("testsuite", name=legal(name), timestamp=legal(run.started_at))
        found.append(suite)
        told = {"backend": str(run.backend.get("url", "")), "chatproof": run.version, "samples": str(facts.samples)}
        properties(suite, told)
        for target in run.targets:
            if _profile(run, target) == profile:
                _case(suite, run, target, name)
    return found


def _own_suite(run: Run) -> Element:
    suite = Element("testsuite", name=OWN_SUITE, timestamp=legal(run.started_at))
    case = SubElement(suite, "testcase", classname=OWN_SUITE, name="the load run is valid", time="0.000")
    if run.validity is None:
        SubElement(case, "error", message="the generator was not checked", type="not checked")
    else:
        checks = {check.name: f"{check.state}: {check.found}; limit {check.limit}" for check in run.validity.checks}
        properties(case, checks)
    if invalid(run):
        remedies = [f"{check.name}: {check.found}; {check.remedy}" for check in broken_checks(run)]
        reasons = "; ".join(run.validity.reasons if run.validity else ()) or validity_line(run)
        error = SubElement(case, "error", message=legal(f"Invalid: {reasons}"), type="invalid")
        error.text = legal("\n".join(remedies))
    if run.crash:
        trouble(suite, "chatproof works", "error", f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        trouble(suite, "the run is complete", "error", "interrupted")
    if not any(target.verdict != "not_claimed" for target in run.targets):
        trouble(suite, "something is judged", "error", run.exit_reason or "nothing was judged")
    return suite


def _case(suite: Element, run: Run, target: TargetVerdict, classname: str) -> None:
    case = SubElement(suite, "testcase", classname=legal(classname), name=legal(target.target), time="0.000")
    properties(case, _told(target))
    value, bounds = value_text(target), found_text(target)
    said = f"{value}{f' (bounds: {bounds})' if bounds else ''}, {samples_text(target)}"
    if target.verdict == "not_claimed":
        measured = f"; measured {value}" if target.n else ""
        claim = f"; to claim it: {target.declare}" if target.declare else ""
        SubElement(case, "skipped", message=legal(f"Not claimed: {target.reason}{measured}{claim}"))
    elif invalid(run):
        message = f"The run is invalid, so this is no verdict: {word(target.verdict)}; found {said}"
        SubElement(case, "skipped", message=legal(message))
    elif target.verdict == "not_met":
        message = f"found {said}; {target.reason}" if target.reason else f"found {said}"
        SubElement(case, "failure", message=legal(message), type="not met").text = legal(_details(target, said))
    elif target.verdict == "inconclusive":
        missing = f"; to decide it: {target.missing}" if target.missing else ""
        message = f"Inconclusive: {target.reason or said}{missing}"
        SubElement(case, "error", message=legal(message), type="inconclusive")


def _told(target: TargetVerdict) -> dict[str, str]:
    seen = bool(target.n)
    told = {"id": target.requirement or target.target.split(" ")[0], "requirement": target.requirement}
    told |= {"level": target.level if target.requirement else "", "source": _source(target)}
    return {
        **told,
        "verdict": word(target.verdict),
        "limit": f"{target.comparison} {exact(target.limit, target.unit)}",
        "value": value_text(target) if seen else "",
        "bounds": found_text(target),
        "lower": "" if target.lower is None else quantity(target.lower, target.unit),
        "upper": "" if target.upper is None else quantity(target.upper, target.unit),
        "n": str(target.n),
        "failed": str(target.infinite) if seen else "",
        "own error": exact(target.error, target.unit) if target.error else "",
        "missing": target.missing,
    }


def _source(target: TargetVerdict) -> str:
    """The document that states the target; empty for one of the user's own, or of a gate."""
    name = target.target.split(" ")[0]
    for entry in DOCUMENT_TARGETS:
        if entry.profile == target.profile and name == entry.name and entry.row == target.requirement:
            return entry.source
    return ""


def _details(target: TargetVerdict, said: str) -> str:
    rows = {"target": target.target, "found": said, "reason": target.reason, "missing": target.missing}
    return "\n".join(f"{name}: {text}" for name, text in rows.items() if text)


def _profile(run: Run, target: TargetVerdict) -> str:
    return target.profile or next(iter(run.profiles), "backend")
