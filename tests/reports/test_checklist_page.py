from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.checklist_facts import Box, ChecklistFacts
from chatproof.reports import html
from chatproof.reports.checklist.boxes import checklist_facts
from support.checklists import checklist_run, hostile_checklist_run, ticked_checklist_run
from support.pages import LOADING, Page

if TYPE_CHECKING:
    from chatproof.run import Run

STATES = {
    "ticked": "ticked",
    "not_ticked": "not ticked",
    "not_judged": "not judged",
    "not_testable": "not testable",
    "manual": "manual",
}


def empty_run() -> Run:
    bare = ChecklistFacts(boxes=(), runs=())
    return replace(checklist_run(), checklist=bare, build="", fingerprint="", exit_code=3, exit_reason="nothing")


RUNS = {"sample": checklist_run, "ticked": ticked_checklist_run, "hostile": hostile_checklist_run, "empty": empty_run}


@pytest.fixture(params=list(RUNS))
def any_checklist(request: pytest.FixtureRequest) -> Run:
    return RUNS[request.param]()


def with_boxes(*boxes: Box) -> Run:
    run = checklist_run()
    return replace(run, checklist=replace(checklist_facts(run), boxes=boxes))


def items(run: Run) -> list[str]:
    """The markup of each box."""
    return re.findall(r'<li class="box .*?(?=<li class="box |<section class="sign-off")', html.render(run), re.DOTALL)


def test_each_page_is_balanced_with_unique_ids_and_no_dangling_link(any_checklist: Run) -> None:
    text = html.render(any_checklist)
    page = Page(text)

    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.attributes("href") if link.startswith("#")} <= set(ids)


def test_nothing_outside_is_named_and_the_policy_holds_the_style_alone(any_checklist: Run) -> None:
    text = html.render(any_checklist)
    page = Page(text)

    assert not {tag for tag, _attrs in page.tags} & {
        "script",
        "img",
        "iframe",
        "link",
        "object",
        "base",
        "form",
        "input",
    }
    for tag, attrs in page.tags:
        assert not LOADING & set(attrs), tag
        assert not [name for name in attrs if name.startswith("on")], tag
        assert (attrs.get("href") or "#").startswith("#"), tag
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert "@import" not in style
    assert "url(" not in style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = [attrs["content"] or "" for _tag, attrs in page.tags if "http-equiv" in attrs]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_every_box_stands_there_once_with_a_glyph_and_its_state_in_words() -> None:
    run = checklist_run()
    boxes = checklist_facts(run).boxes

    found = items(run)
    assert len(found) == len(boxes)
    for box, markup in zip(boxes, found, strict=True):
        assert markup.startswith(f'<li class="box {box.state}" id="box-{box.id}">')
        assert f'href="#box-{box.state}"' in markup
        assert f'<b class="state">{STATES[box.state]}{", waived" if box.held_back_by_waivers else ""}</b>' in markup
        for entry in box.evidence:
            assert entry.name.replace("<", "&lt;").replace(">", "&gt;") in markup


def test_glyphs_of_the_states_differ_in_shape() -> None:
    text = html.render(checklist_run())

    shapes = [re.findall(rf'<symbol id="box-{state}"[^>]*>(.*?)</symbol>', text) for state in STATES]
    assert len({shape.replace(' rx="2"', "") for [shape] in shapes}) == len(STATES)


def test_outcome_comes_first_then_what_is_open_then_the_runs_the_boxes_and_the_signatures() -> None:
    run = checklist_run()
    text = Page(html.render(run)).text

    order = [
        "Not ready: 2 boxes are not ticked, 1 more is held back by a waiver",
        "3 ticked, 3 not ticked, 1 not judged, 1 not testable, 3 manual. Exit code 1: 2 boxes not ticked",
        "What keeps it from being complete",
        "Test request validation",
        "Needs: a soak of 299 streams",
        "The runs it stands on",
        "load-chat-turns/run.json",
        "Refused as evidence",
        "of build 77aa001, and not of 4f2c1e9",
        "Documents left out",
        "[profiles.chatkit]",
        "AI chat guide 3 of 8 ticked, 1 manual",
        "Hybrid plan 1 manual",
        "Sign-off",
        "For build 4f2c1e9 , configuration fingerprint 0a1b2c3d4e5f",
    ]
    assert [part for part in order if part not in text] == []
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_open_boxes_name_their_reason_remedy_and_needs() -> None:
    not_ticked, not_judged, not_testable = (
        next(text for text in items(checklist_run()) if text.startswith(f'<li class="box {state}"'))
        for state in ("not_ticked", "not_judged", "not_testable")
    )

    assert "AICHAT-VAL-01 is not met: found status 200" in not_ticked
    assert "<b>Remedy:</b>" in not_ticked
    assert "<b>Needs:</b> <bdi>a soak of 299 streams" in not_judged
    assert "<b>It takes:</b>" in not_testable


def test_original_text_names_its_language_beside_the_translation() -> None:
    [markup] = [text for text in items(checklist_run()) if 'id="box-hybrid-switch"' in text]

    assert "Add a switch" in markup
    assert re.search(r'<span class="original" lang="ru"><bdi>Добавить переключатель', markup)
    assert '<h3 class="clause" lang="ru">' in html.render(checklist_run())


def test_a_box_of_one_s_own_in_cyrillic_letters_is_not_called_russian() -> None:
    facts = checklist_facts(checklist_run())
    mine = replace(facts.boxes[-1], text="Черговий знає про випуск")
    text = html.render(replace(checklist_run(), checklist=replace(facts, boxes=(mine,))))

    assert "Черговий знає" in text
    assert 'lang="ru"' not in text


def test_every_printed_sheet_names_build_and_fingerprint_and_nothing_leaves_the_style() -> None:
    run = replace(checklist_run(), build='4f<2">}é</style>')
    style = html.render(run).partition("<style>")[2].partition("</style>")[0]

    [foot] = re.findall(r'@bottom-left \{ content: "([^"]*)"', style.partition("production checklist, ")[0] + style)[
        -1:
    ]
    assert foot.startswith("chatproof production checklist\\00002c ")
    assert "4f\\00003c 2\\000022 \\00003e \\00007d \\0000e9 \\00003c \\00002f style" in foot
    assert foot.endswith(f"fingerprint {run.fingerprint}")
    assert "build not named" in html.render(replace(run, build="")).partition("</style>")[0]


def test_the_foot_of_a_printed_sheet_is_short_whatever_the_run_says() -> None:
    run = replace(checklist_run(), build="b" * 10_000, fingerprint="f" * 10_000)

    feet = re.findall(r'@bottom-left \{ content: "([^"]*)"', html.render(run))
    assert "\\000028 10\\00002c 000 characters\\000029 " in feet[-1]
    assert len(feet[-1]) < 400


def test_the_headline_ends_as_those_of_other_reports_do() -> None:
    assert re.search(r"<h1>.*<span>Not ready: [^<]*[^.<]</span></h1>", html.render(checklist_run()))


def test_manual_boxes_and_the_sign_off_leave_room_for_a_pen() -> None:
    run = checklist_run()
    text = html.render(run)

    manual = [markup for markup in items(run) if markup.startswith('<li class="box manual"')]
    assert [markup.count('class="pen"') for markup in manual] == [1, 1, 1]
    assert text.count('class="pen"') == len(manual)
    table = text[text.index('<table class="signatures">') :]
    assert re.findall(r'<th scope="col">(\w+)</th>', table) == ["name", "role", "signature", "date"]
    assert table.count("<tr><td></td><td></td><td></td><td></td></tr>") >= 3


def test_print_is_black_on_white_with_margins_and_whole_boxes() -> None:
    [style] = re.findall(r"<style>(.*?)</style>", html.render(checklist_run()), re.DOTALL)
    printed = style[style.rindex("@media print", 0, style.rindex("@media print")) :]

    assert re.search(r"@page \{\s*margin: \d+mm", style)
    assert re.search(r"[^}]*\.box[^}]*\{ break-inside: avoid; \}", printed)
    assert "position: sticky" not in style
    assert "position: fixed" not in style
    assert style.rindex("--paper: #fff; ") > style.rindex("prefers-color-scheme: dark")


def test_many_requirements_are_all_named_and_the_first_of_them_told() -> None:
    box = checklist_facts(checklist_run()).boxes[0]
    evidence = tuple(replace(box.evidence[0], name=f"SSE-MANY-{n:02}", text=f"text {n}.") for n in range(20))

    [markup] = items(with_boxes(replace(box, evidence=evidence)))

    assert [name in markup for name in (entry.name for entry in evidence)] == [True] * 20
    assert "text 3." in markup
    assert "text 4." not in markup
    assert "<b>16 more met</b>" in markup


def test_evidence_against_a_box_comes_first_and_is_never_left_out() -> None:
    box = checklist_facts(checklist_run()).boxes[1]
    met = tuple(replace(box.evidence[1], name=f"MET-{n:02}") for n in range(20))

    [markup] = items(with_boxes(replace(box, evidence=(*met, box.evidence[0]))))

    assert markup.index("AICHAT-VAL-01</bdi></span> <b>not met") < markup.index("MET-00")


def test_hostile_text_stays_text_and_a_long_line_is_cut() -> None:
    run = hostile_checklist_run()
    facts = checklist_facts(run)
    boxes = (*facts.boxes[:1], replace(facts.boxes[1], text="A" * 1_000_000, reason="B" * 1_000_000, translation=""))
    text = html.render(replace(run, checklist=replace(facts, boxes=boxes)))

    assert "<script>alert(1)</script>" in Page(text).text
    assert "{{ 7*7 }}" in Page(text).text
    for raw in ("\x00", "\x1b", "\u202e", "\x07", "\ufffe"):
        assert raw not in text
    assert text.count("(1,000,000 characters)") == 4
    assert "A" * 1000 not in text
    assert "B" * 1000 not in text
    assert len(text) < 100_000
    text.encode("utf-8")


def test_equal_ids_get_places_of_their_own() -> None:
    first, second, *_rest = checklist_facts(checklist_run()).boxes

    page = Page(html.render(with_boxes(first, replace(second, id=first.id))))

    assert [name for name in page.attributes("id") if name.startswith("box-ai-chat")] == [
        "box-ai-chat-headers",
        "box-ai-chat-headers-2",
    ]


def test_checklist_without_a_box_says_that_nothing_is_ready() -> None:
    text = Page(html.render(empty_run())).text

    assert "Not complete: no box is ticked" in text
    assert "No box was walked: nothing here says that anything is ready." in text
    assert "The build is not named" in text
