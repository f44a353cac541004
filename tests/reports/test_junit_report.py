from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

from chatproof.reports import junit

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.run import Run


def parsed(run: Run) -> Element:
    return fromstring(junit.render(run).encode())  # noqa: S314 - our own document


def cases(root: Element, suite: str = "ai-chat") -> dict[str, Element]:
    return {
        str(case.get("name")).split(" ")[0]: case
        for found in root.iter("testsuite")
        if found.get("name") == suite
        for case in found.iter("testcase")
    }


def test_counts_are_those_of_the_cases(any_run: Run) -> None:
    root = parsed(any_run)

    for element in (root, *root.iter("testsuite")):
        counted = Counter(child.tag for case in element.iter("testcase") for child in case)
        assert element.get("tests") == str(len(list(element.iter("testcase"))))
        assert element.get("failures") == str(counted["failure"])
        assert element.get("errors") == str(counted["error"])
        assert element.get("skipped") == str(counted["skipped"])
    assert len(list(root.iter("testcase"))) >= max(1, len(any_run.verdicts))


def test_verdicts_become_outcomes(faulty_run: Run) -> None:
    found = cases(parsed(faulty_run))

    assert len(found) == 90
    assert [child.tag for child in found["SSE-TYPE-01"]] == ["properties", "failure"]
    assert [child.tag for child in found["AICHAT-EVT-02"]] == ["properties", "system-out"]
    assert [child.tag for child in found["AICHAT-SESS-01"]] == ["properties", "error"]
    assert [child.tag for child in found["JWT-EXP-01"]] == ["properties", "skipped"]
    assert [child.tag for child in found["SSE-FRAME-04"]] == ["properties", "skipped"]
    assert [child.tag for child in found["SSE-FRAME-01"]] == ["properties"]
    root = parsed(faulty_run)
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "90",
        "failures": "3",
        "errors": "5",
        "skipped": "11",
    }


def test_should_fails_under_strict(faulty_run: Run) -> None:
    assert parsed(replace(faulty_run, strict=True)).get("failures") == "5"


def test_case_carries_id_level_source_and_clause(faulty_run: Run) -> None:
    case = cases(parsed(faulty_run))["SSE-TYPE-01"]

    assert case.get("classname") == "ai-chat.sse.headers"
    properties = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
    assert properties["id"] == "SSE-TYPE-01"
    assert properties["level"] == "MUST"
    assert properties["source"] == "WHATWG HTML, 9.2.6; AI chat over SSE, heartbeats"
    assert properties["url"] == "https://html.spec.whatwg.org/multipage/server-sent-events.html"


def test_run_that_judged_nothing_is_never_green(
    empty_run: Run, crashed_run: Run, interrupted_run: Run, stale_run: Run, gated_run: Run
) -> None:
    assert parsed(empty_run).get("errors") == "1"
    assert "KeyError" in str(next(parsed(crashed_run).iter("error")).get("message"))
    assert "interrupted" in {error.get("message") for error in parsed(interrupted_run).iter("error")}
    assert parsed(stale_run).get("failures") == "1"
    own = cases(parsed(gated_run), "chatproof")
    assert str(own["ai-chat:"][0].get("message")).startswith("the control turn got no answer")


def test_hostile_text_is_kept_but_for_what_xml_cannot_hold(hostile_run: Run) -> None:
    text = junit.render(hostile_run)
    root = fromstring(text.encode())  # noqa: S314 - our own document

    message = str(next(root.iter("failure")).get("message"))
    assert message.startswith("found AAAA") or "</script><script>alert(1)</script>" in message
    for raw in ("\x00", "\x1b", "\ufffe", "\ud800"):
        assert raw not in text
    assert len(text) < 10_000_000


def test_document_is_as_reviewed(faulty_run: Run, snapshot: Callable[[str, str], None]) -> None:
    names = {"SSE-TYPE-01", "AICHAT-EVT-02", "AICHAT-SESS-01", "JWT-EXP-01", "SSE-FRAME-04", "SSE-FRAME-01"}
    few = tuple(entry for entry in faulty_run.verdicts if entry.requirement in names)

    snapshot("junit.xml", junit.render(replace(faulty_run, verdicts=few)))
