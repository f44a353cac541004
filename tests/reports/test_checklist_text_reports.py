from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest

from chatproof.reports import github, html, junit, markdown, terminal
from chatproof.reports import json as json_report
from chatproof.reports.checklist import outcome
from chatproof.reports.checklist.boxes import checklist_facts, label, state_of
from chatproof.reports.text import columns
from chatproof.run_json import from_json
from support.checklist_boxes import box, open_run, with_boxes
from support.checklists import checklist_run, hostile_checklist_run, ticked_checklist_run
from support.load_documents import load_run_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.run import Run

REPORT = "chatproof-report/index.html"
COPIED = ("[profiles.",)


def ticked_run() -> Run:
    return replace(ticked_checklist_run(), verdicts=())


def parsed(run: Run) -> Element:
    return fromstring(junit.render(run).encode())  # noqa: S314 - our own document


def result(case: Element) -> str:
    return next((child.tag for child in case if child.tag != "properties"), "passed")


@pytest.mark.parametrize("width", [40, 100])
def test_terminal_is_as_reviewed(snapshot: Callable[[str, str], None], width: int) -> None:
    snapshot(f"checklist-terminal-{width}.txt", terminal.render(open_run(), width=width, report=REPORT) + "\n")


def test_other_formats_are_as_reviewed(snapshot: Callable[[str, str], None]) -> None:
    run = open_run()

    snapshot("checklist-terminal-verbose.txt", terminal.render(run, width=100, verbose=True) + "\n")
    snapshot("checklist-terminal-quiet.txt", terminal.render(run, width=100, quiet=True) + "\n")
    snapshot("checklist-summary.md", markdown.render(run))
    snapshot("checklist-github.txt", github.render(run))
    snapshot("checklist-junit.xml", junit.render(run))


def test_not_ticked_comes_first_then_not_judged_and_the_counts_last() -> None:
    text = terminal.render(open_run(), width=100, report=REPORT)

    places = [
        text.index(part)
        for part in (
            "NOT TICKED",
            "remedy",
            "NOT JUDGED ai-chat-stability",
            "needs a soak",
            "NOT TESTABLE 1: ai-chat-proxy",
        )
    ]
    assert places == sorted(places)
    last = "3 ticked, 3 not ticked, 1 not judged, 1 not testable, 3 manual in 38.90 s - report: " + REPORT
    assert text.split("\n")[-1] == last


@pytest.mark.parametrize("width", [10, 30, 57, 100])
def test_lines_fit_but_those_to_be_copied_are_whole(width: int) -> None:
    *lines, _last = terminal.render(open_run(), width=width, verbose=True).split("\n")

    assert [line for line in lines if columns(line) > max(30, width) and not line.strip().startswith(COPIED)] == []


def test_colour_adds_nothing_but_colour() -> None:
    coloured = terminal.render(open_run(), colour=True, verbose=True)

    assert "\x1b[31m" in coloured.replace("\x1b[1;31m", "\x1b[31m")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(open_run(), verbose=True)


def test_quiet_leaves_what_keeps_it_from_being_complete_and_what_was_refused() -> None:
    text = terminal.render(open_run(), width=100, quiet=True)

    assert "NOT TICKED ai-chat-ttft" in text
    assert "NOT JUDGED ai-chat-stability" in text
    assert "refused as evidence: soak/run.json" in text
    assert "NOT TESTABLE" not in text
    assert terminal.render(ticked_run(), quiet=True) == "3 ticked, 3 manual in 38.90 s"


def test_verbose_tells_every_box_and_run() -> None:
    text = terminal.render(open_run(), width=200, verbose=True)

    for entry in checklist_facts(open_run()).boxes:
        assert f"  {state_of(entry)}: {entry.id}: " in text
    assert "Verify correct SSE headers are set (run 1)" in text
    assert "    SSE-TYPE-01 met: A stream is answered with status 200 and `text/event-stream`.\n" in text
    assert "run 3: capacity capacity/run.json" in text


def test_markdown_ticks_what_is_ticked_and_leaves_the_rest_open() -> None:
    run = open_run()
    lines = markdown.render(run).split("\n")

    tasks = [line for line in lines if re.match(r"- \[[x ]\] ", line)]
    boxes = checklist_facts(run).boxes
    assert [line.startswith("- [x] ") for line in tasks] == [entry.state == "ticked" for entry in boxes]
    for line, entry in zip(tasks, boxes, strict=True):
        assert (f"**{state_of(entry)}**" in line) == (entry.state != "ticked")
    assert "  - For a person to tick: the project builds it" in lines
    assert '- [ ] **manual** Add a switch "SSE-only mode" (Добавить переключатель "SSE-only mode")' in lines


def test_junit_holds_a_suite_for_each_document_and_a_case_for_each_box() -> None:
    run = open_run()
    wanted = {"ticked": "passed", "not_ticked": "failure", "not_judged": "error"}

    root = parsed(run)

    names = [suite.get("name") for suite in root.iter("testsuite")]
    assert names == [
        "chatproof",
        "checklist.AI chat guide",
        "checklist.Hybrid plan",
        "checklist.chatproof toml",
    ]
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("13", "2", "1", "7")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    for entry in checklist_facts(run).boxes:
        case = cases[f"{entry.id} {label(entry)}"]
        assert result(case) == ("skipped" if entry.held_back_by_waivers else wanted.get(entry.state, "skipped"))
        told = {item.get("name"): item.get("value") for item in case.iter("property")}
        assert told["id"] == entry.id
        assert told["document"] == entry.document
        assert told["section"] == entry.section
        assert all(piece.name in (told["evidence"] or "") for piece in entry.evidence)


def test_github_has_errors_for_what_is_open_and_notices_for_what_fails_nothing() -> None:
    lines = github.render(open_run()).split("\n")

    assert [line.partition(" ")[0] for line in lines[:-1]] == ["::error"] * 3 + ["::warning"] * 3 + ["::notice"] * 2
    assert lines[0].startswith("::error title=ai-chat-validation not ticked%3A Test request validation")
    assert "needs a soak of 299 streams" in lines[2]
    assert lines[3].startswith("::warning title=ai-chat-heartbeat not ticked%2C waived%3A")
    assert "3 boxes for a person to tick" in lines[7]


def test_a_state_that_nobody_knows_is_an_error_and_never_ticked() -> None:
    run = with_boxes(replace(box("ai-chat-headers"), state="perhaps"))

    [case] = [case for case in parsed(run).iter("testcase") if (case.get("name") or "").startswith("ai-chat")]
    assert result(case) == "error"
    assert "- [ ] **perhaps**" in markdown.render(run)
    assert 'href="#box-not_judged"' in html.render(run)


def test_hostile_text_makes_no_markup_no_task_and_no_command() -> None:
    run = hostile_checklist_run()
    text = markdown.render(run)
    outside = re.sub(r"(?ms)^(`{3,})\n.*?\n\1$", "", text)

    assert "<script" not in outside
    assert "https://evil" not in outside
    assert "@team" not in outside
    assert len(re.findall(r"(?m)^- \[", outside)) == len(checklist_facts(run).boxes)
    for rows in ([row for row in block.split("\n") if row] for block in re.findall(r"(?m)(?:^\|.*\n)+", outside)):
        assert len({row.count("|") for row in rows}) == 1
    for line in github.render(run).split("\n")[:-1]:
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line)
    shown = terminal.render(run, width=60, verbose=True)
    assert not [line for line in shown.split("\n") if line.strip().startswith("::")]
    assert "##[" not in shown
    for raw in ("\x00", "\x1b", "\ufffe", "\u202e"):
        assert raw not in text
        assert raw not in shown
    parsed(run)


def test_long_lines_and_many_boxes_stay_under_the_limit() -> None:
    long = replace(box("ai-chat-validation"), reason="A" * 1_000_000, text="B" * 1_000_000, remedy="C\n" * 500_000)
    run = with_boxes(*(replace(long, id=f"own-{number}") for number in range(2000)), exit_code=1)

    text = markdown.render(run)

    assert len(text.encode()) <= markdown.LIMIT_BYTES
    assert text.endswith(markdown.CUT_NOTE)
    assert len(terminal.render(with_boxes(long))) < 10_000
    assert len(junit.render(with_boxes(long))) < 120_000


def test_headline_follows_the_exit_code() -> None:
    run = open_run()

    assert outcome.headline(run) == "Not ready: 2 boxes are not ticked, 1 more is held back by a waiver"
    one = with_boxes(box("ai-chat-stability"), box("ai-chat-headers"))
    assert outcome.headline(one) == "Not complete: 1 box is not judged"
    assert outcome.headline(with_boxes(box("own-1"))) == "Not complete: no box is ticked"
    assert outcome.headline(with_boxes(box("ai-chat-headers"))) == "Not complete"
    assert outcome.headline(with_boxes(box("ai-chat-headers"), exit_code=1)) == "Not ready"
    assert outcome.headline(with_boxes(box("ai-chat-headers"), exit_code=0)) == "Every box is ticked"
    partly = with_boxes(box("ai-chat-headers"), box("ai-chat-proxy"), exit_code=0)
    assert outcome.headline(partly) == "Every box that can be judged here is ticked"
    waived = with_boxes(box("ai-chat-headers"), box("ai-chat-heartbeat"), exit_code=0)
    assert outcome.headline(waived) == "Every box is ticked, but for 1 that a waiver holds back"
    assert outcome.headline(ticked_run()) == (
        "Every box that can be judged here is ticked; 3 boxes are left to tick by hand"
    )
    assert outcome.headline(replace(run, exit_code=130)) == "Interrupted"
    assert outcome.headline(replace(run, exit_code=77)) == "Ended with exit code 77"


def test_what_concerns_the_whole_run_is_told_everywhere() -> None:
    invalid = load_run_document(invalid=True)
    run = replace(
        open_run(),
        crash="KeyError: 'turn'",
        interrupted=True,
        gate={"ai-chat": {"reason": "the control turn got no answer", "hint": "is it running?"}},
        validity=invalid.validity,
        exit_code=130,
    )

    for said in ("KeyError: &#x27;turn&#x27;", "The run was interrupted", "is it running?", "worker 2 used 97 %"):
        assert said in html.render(run).replace("&#39;", "&#x27;")
    for text in (terminal.render(run, width=400, quiet=True), github.render(run)):
        assert "KeyError: 'turn'" in text
        assert "The run was interrupted" in text
        assert "the control turn got no answer; hint: is it running?" in text
    own = next(parsed(run).iter("testsuite"))
    assert [result(case) for case in own.iter("testcase")] == ["error"] * 3 + ["skipped"] * 2
    assert terminal.render(run).split("\n")[-1].startswith("interrupted: 3 ticked")


def test_what_fails_the_check_and_no_box_is_told_apart() -> None:
    run = checklist_run()
    stale = replace(run.waivers[0], state="stale", message="it is met: delete the entry on line 12")
    run = replace(run, waivers=(stale,))

    own = next(parsed(run).iter("testsuite"))
    failed = [case.get("name") for case in own.iter("testcase") if result(case) == "failure"]
    assert failed == [
        "the waiver of SSE-FRAME-04 holds",
        *(f"{name} is met" for name in ("CORS-ACT-01", "AICHAT-VAL-05")),
    ]
    for text in (terminal.render(run, width=300, quiet=True), markdown.render(run), html.render(run)):
        assert "no box stands on it: CORS-ACT-01, AICHAT-VAL-05." in text
        assert "Waiver of SSE-FRAME-04 is stale: it is met: delete the entry on line 12" in text


def test_nothing_ticked_is_an_error_of_its_own() -> None:
    root = parsed(with_boxes(box("own-1")))

    assert [case.get("name") for case in root.iter("testcase") if result(case) == "error"] == ["something is ticked"]


def test_a_build_without_a_name_is_a_note_and_no_error() -> None:
    run = replace(ticked_run(), build="")

    assert "note: The build is not named" in terminal.render(run)
    assert "The build is not named" in markdown.render(run)
    assert "::error" not in github.render(run)


def test_reports_are_the_same_from_the_written_document() -> None:
    for run in (open_run(), hostile_checklist_run()):
        again = from_json(json.loads(json_report.render(run)))

        assert html.render(again) == html.render(run)
        assert junit.render(again) == junit.render(run)
        assert markdown.render(again) == markdown.render(run)
