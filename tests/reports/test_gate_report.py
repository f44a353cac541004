"""The reports of a gate: one page, one JUnit file, one summary with both parts, and what fails first."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from chatproof.exit_code import ExitCode
from chatproof.joined import joined
from chatproof.loading import load
from chatproof.reports import html
from chatproof.run import Run
from support.load_documents import load_run_document
from support.look import EMPTY, FULL
from support.pages import Page
from support.run_documents import faulty_run, hostile_run

WRITERS = ("html", "junit", "markdown", "github", "terminal")


def gate(check: Run | None = None, *, smoke: bool = True, **options: bool) -> Run:
    return joined(check or faulty_run(), load_run_document(**options) if smoke else None, command="gate")


def render(writer: str, run: Run) -> str:
    text: str = load("reports", writer).render(run)
    return text


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("smoke", [True, False])
def test_every_writer_tells_both_parts(writer: str, *, smoke: bool) -> None:
    text = render(writer, gate(smoke=smoke))
    assert "SSE-TYPE-01" in text
    assert ("survival" in text) == smoke


def test_page_says_first_what_keeps_it_from_passing_and_has_no_place_twice() -> None:
    page = render("html", gate())
    ids = Counter(re.findall(r'\bid="([^"]+)"', page))
    assert [name for name, number in ids.items() if number > 1] == []
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids)
    assert page.index("section-failed") < page.index('id="part-check"') < page.index('id="part-load"')
    assert "requirements and" in page


def test_code_in_what_was_found_is_code_and_no_backticks() -> None:
    run = gate(replace(faulty_run(), verdicts=tuple(replace(it, found="no `done`") for it in faulty_run().verdicts)))
    first = render("html", run).partition('id="section-failed"')[2].partition('id="part-check"')[0]
    assert "no <code>done</code>" in first
    assert "no `done`" not in first


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (gate(), r"The gate is not passed: \d+ requirements and \d+ targets not met"),
        (gate(invalid=True), r"No verdict: the load run is invalid, and \d+ requirements not met"),
        (gate(partial=True), "Interrupted"),
        (replace(gate(), exit_code=int(ExitCode.MET)), "The gate is passed"),
        (replace(gate(smoke=False), exit_code=3, verdicts=(), gate={"ai-chat": {"reason": "no"}}), "plain turn"),
    ],
)
def test_headline_names_what_there_is(run: Run, words: str) -> None:
    last = render("terminal", run).splitlines()[-1]
    assert re.search(words, last)
    assert re.search(words.lower(), render("markdown", run).splitlines()[0].lower())


def test_a_load_that_was_not_sent_is_told_with_the_reason() -> None:
    run = replace(gate(smoke=False), gate={"ai-chat": {"reason": "got no answer", "hint": "start it"}}, exit_code=3)
    for writer in WRITERS:
        assert "got no answer" in render(writer, run)
    assert "no smoke load, since a plain turn of ai-chat did not work" in render("markdown", run)


def test_one_suite_for_each_profile_holds_requirements_and_targets() -> None:
    root = fromstring(render("junit", gate()))  # noqa: S314 - our own document
    names = [suite.get("name") for suite in root]
    assert names.count("ai-chat") == 1
    assert not [name for name in names if name is not None and name.startswith("load.")]
    (suite,) = (suite for suite in root if suite.get("name") == "ai-chat")
    classes = {case.get("classname", "").partition(".")[0] for case in suite.iter("testcase")}
    assert classes == {"ai-chat", "load"}


def test_check_without_a_verdict_says_so_below_its_heading() -> None:
    assert "Check No requirement was judged." in Page(html.render(EMPTY["gate"]())).text
    assert "No requirement was judged." not in Page(html.render(FULL["gate"]())).text


def test_hostile_backend_makes_no_markup() -> None:
    page = render("html", gate(hostile_run()))
    assert "<script>alert" not in page
    assert len(re.findall("<script", page)) <= 1


def test_headings_of_a_part_stand_below_its_own() -> None:
    parts = render("html", gate()).partition('<h2 class="part" id="part-check">')[2]

    assert re.findall(r"<h2[^>]*>([^<]*)", parts) == ["Smoke load"]
    assert {"Not met ", "Targets "} <= set(re.findall(r"<h3>([^<]*)", parts))
    assert parts.count("<h3") == parts.count("</h3>")
