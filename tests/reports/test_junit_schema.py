"""JUnit XML as CI viewers read it: the elements, attributes and counts that Jenkins' and GitLab's schemas allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from chatproof.joined import joined
from chatproof.loading import load
from chatproof.run import Run
from support.load_documents import load_run_document
from support.run_documents import faulty_run, hostile_run

NUMBER, COUNT = r"\d+\.\d{3}", r"\d+"
TEXT = r"(?s).*\S.*"
COUNTS = {"tests": COUNT, "failures": COUNT, "errors": COUNT, "skipped": COUNT, "time": NUMBER}
REQUIRED: dict[str, dict[str, str]] = {
    "testsuites": {"name": TEXT, **COUNTS},
    "testsuite": {"name": TEXT, "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+\d\d:\d\d)?", **COUNTS},
    "testcase": {"classname": TEXT, "name": TEXT, "time": NUMBER},
    "property": {"name": TEXT, "value": TEXT},
    "failure": {"message": TEXT, "type": TEXT},
    "error": {"message": TEXT, "type": TEXT},
    "skipped": {"message": TEXT},
    "properties": {},
    "system-out": {},
}
CHILDREN = {
    "testsuites": r"(testsuite )*",
    "testsuite": r"(properties )?(testcase )+",
    "testcase": r"(properties )?(skipped |failure |error )?(system-out )?",
    "properties": r"(property )*",
}
RUNS = {
    "check": faulty_run(),
    "hostile": hostile_run(),
    "load": load_run_document(),
    "invalid": load_run_document(invalid=True),
    "interrupted": load_run_document(partial=True),
    "nothing measured": load_run_document(empty=True),
    "gate": joined(faulty_run(), load_run_document(), command="gate"),
    "gate interrupted": joined(hostile_run(), load_run_document(partial=True), command="gate"),
    "gate without load": joined(replace(faulty_run(), verdicts=()), None, command="gate"),
}


def written(run: Run) -> Element:
    text: str = load("reports", "junit").render(run)
    return fromstring(text)  # noqa: S314 - our own document


def faults(element: Element) -> Iterator[str]:
    """What a viewer's schema would say of an element and all below it."""
    required = REQUIRED.get(element.tag)
    if required is None:
        yield f"<{element.tag}> is no element of JUnit"
        return
    if set(element.attrib) != set(required):
        yield f"<{element.tag}> has {sorted(element.attrib)}, not {sorted(required)}"
    for name, pattern in required.items():
        if not re.fullmatch(pattern, element.get(name, "")):
            yield f"{name}={element.get(name)!r} of <{element.tag}>"
    inside = "".join(f"{child.tag} " for child in element)
    if not re.fullmatch(CHILDREN.get(element.tag, ""), inside):
        yield f"<{element.tag}> holds {inside[:80]!r}"
    if element.tag in {"testsuite", "testsuites"}:
        cases = list(element.iter("testcase"))
        kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        found = {name: sum(case.find(tag) is not None for case in cases) for name, tag in kinds.items()}
        for name, number in {"tests": len(cases), **found}.items():
            if element.get(name) != str(number):
                yield f"{name} of <{element.tag}> is {element.get(name)}, and {number} are there"
    for child in element:
        yield from faults(child)


@pytest.mark.parametrize("name", RUNS)
def test_document_is_what_a_viewer_reads(name: str) -> None:
    root = written(RUNS[name])
    assert root.tag == "testsuites"
    assert list(faults(root)) == []
    assert len(root)


@pytest.mark.parametrize("name", RUNS)
def test_no_two_suites_or_cases_are_called_the_same(name: str) -> None:
    root = written(RUNS[name])
    suites = [suite.get("name") for suite in root]
    cases = [(suite.get("name"), case.get("classname"), case.get("name")) for suite in root for case in suite]
    cases = [case for case in cases if case[1] is not None]
    assert len(set(suites)) == len(suites)
    assert len(set(cases)) == len(cases)


def test_the_check_itself_finds_what_is_wrong() -> None:
    root = written(RUNS["gate"])
    case = next(root.iter("testcase"))
    case.set("file", "x.py")
    case.set("name", " ")
    root.set("tests", "1")
    said = " ".join(faults(root))
    assert "file" in said
    assert "name=' '" in said
    assert "tests of <testsuites> is 1" in said


def test_targets_and_requirements_carry_id_level_and_source() -> None:
    for case in written(RUNS["gate"]).iter("testcase"):
        if case.get("classname") == "chatproof":
            continue
        told = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
        assert told["id"]
        own = case.get("classname", "").startswith("load.") and "requirement" not in told
        assert told.get("level", "") in ({""} if own else {"MUST", "SHOULD", "MAY"})
        assert told["verdict"]
        if told["id"].startswith("AICHAT-PERF"):
            assert told["source"] == "AI chat guide, Performance Targets"
