from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.reports import html, index
from support.pages import LOADING, Page

if TYPE_CHECKING:
    from chatproof.run import Run


def test_every_run_renders_balanced_with_unique_ids_and_no_dangling_link(any_run: Run) -> None:
    page = Page(html.render(any_run))

    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    inner = [link[1:] for link in page.attributes("href") if link.startswith("#")]
    assert set(inner) <= set(ids)


def test_nothing_is_loaded_and_no_script_is_there(any_run: Run) -> None:
    page = Page(html.render(any_run))

    assert not {tag for tag, _attrs in page.tags} & {"script", "img", "iframe", "link", "object", "base", "form"}
    for tag, attrs in page.tags:
        assert not LOADING & set(attrs), tag
        assert not [name for name in attrs if name.startswith("on")], tag
        href = attrs.get("href") or "#"
        assert href.startswith("#") or (tag == "a" and href.startswith("https://html.spec.whatwg.org/")), href
    style = "".join(re.findall(r"<style>(.*?)</style>", html.render(any_run), re.DOTALL))
    assert "url(" not in style.replace("url(#", "")
    assert "@import" not in style


def test_policy_allows_exactly_the_one_style_sheet(faulty_run: Run) -> None:
    text = html.render(faulty_run)

    found = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(found) == 1
    digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
    [policy] = [attrs["content"] for _tag, attrs in Page(text).tags if "http-equiv" in attrs]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_outcome_comes_first_and_facts_are_told(faulty_run: Run) -> None:
    page = Page(html.render(faulty_run))

    assert "The contract is not kept" in page.text
    assert "69 met, 5 not met (2 SHOULD), 5 not testable, 10 not claimed, 1 waived. Exit code 1" in page.text
    for fact in ("http://127.0.0.1:3000", "2026-11-21 09:30:00 UTC", "11.42 s", "chatproof 0.1.0", "4 not selected"):
        assert fact in page.text


def test_every_requirement_has_an_anchor_and_a_verdict_in_words(faulty_run: Run) -> None:
    page = Page(html.render(faulty_run))

    ids = set(page.attributes("id"))
    assert {entry.requirement for entry in faulty_run.verdicts} <= ids
    for word in ("not met", "not testable", "not claimed", "waived"):
        assert word in page.text


def test_requirement_shared_by_two_profiles_has_two_anchors(faulty_run: Run) -> None:
    others = tuple(replace(entry, profile="chatkit") for entry in faulty_run.verdicts)
    run = replace(faulty_run, profiles=("ai-chat", "chatkit"), verdicts=(*faulty_run.verdicts, *others))

    ids = Page(html.render(run)).attributes("id")

    assert "SSE-TYPE-01" in ids
    assert "chatkit.SSE-TYPE-01" in ids
    assert len(ids) == len(set(ids))


def test_each_finding_shows_found_expected_remedy_evidence_and_curl(faulty_run: Run) -> None:
    text = Page(html.render(faulty_run)).text

    for entry in faulty_run.verdicts:
        if entry.verdict == "not_met":
            for said in (entry.found, entry.evidence, entry.curl):
                assert " ".join(said.split()) in text
    assert "at most 15 s" in text
    assert "from a task of its own" in text
    assert "byte 812 of the body" in text
    assert "does not fail the run" in text


def test_stream_is_drawn_and_told_as_a_table(faulty_run: Run) -> None:
    page = Page(html.render(faulty_run))

    pictures = [attrs for tag, attrs in page.tags if tag == "svg" and attrs.get("class") == "time-line"]
    labels = [attrs["aria-label"] or "" for attrs in pictures]
    assert any(label.startswith("head after 21 ms; 24 events, 1 comment, 1 block without data") for label in labels)
    shapes = [href for tag, attrs in page.tags if tag == "use" and (href := attrs.get("href"))]
    assert {"#shape-event", "#shape-comment", "#shape-silent", "#shape-violation", "#shape-break"} <= set(shapes)
    assert "17.37 s of silence" in page.text
    assert '{"delta": "w23"}' in page.text
    assert "unknown-field" in page.text


def test_claiming_lines_and_waivers_and_plan_are_told(faulty_run: Run) -> None:
    text = Page(html.render(faulty_run)).text

    assert 'long_turn = { message = "Tell me a long story" }' in text
    assert "platform , until 2027-03-01" in text
    assert "at most 412 requests and 118 chat turns in 2 scenarios, about 14.50 s, no more than 1 min 34 s" in text
    assert "the longest is long_turn" in text
    assert "1 scenario left out idle_turn : slow: runs with --slow" in text


def test_scenario_left_out_is_told_once(faulty_run: Run) -> None:
    assert faulty_run.plan is not None
    row = {
        "profile": "ai-chat",
        "scenario": "resume",
        "reason": "`resume_path` is not declared",
        "declare": "resume = 1",
    }
    idle = replace(faulty_run.scenarios[0], scenario="resume", exchanges=0, seconds=0.0, note=row["reason"])
    run = replace(faulty_run, plan=replace(faulty_run.plan, left_out=(row,)), scenarios=(*faulty_run.scenarios, idle))

    page = Page(html.render(run))

    assert page.text.count("resume_path") == 1
    assert "resume : resume_path is not declared resume = 1" in page.text
    assert "`" not in page.text
    sent = replace(run, scenarios=(*faulty_run.scenarios, replace(idle, exchanges=2)))
    assert Page(html.render(sent)).text.count("resume_path") == 2


def test_column_of_notes_is_there_where_a_scenario_has_one(faulty_run: Run) -> None:
    bare = replace(faulty_run, scenarios=tuple(replace(entry, note="") for entry in faulty_run.scenarios))

    assert "took note turn" in Page(html.render(faulty_run)).text
    assert "took turn" in Page(html.render(bare)).text


def test_code_in_what_was_found_is_code(faulty_run: Run) -> None:
    verdicts = tuple(replace(entry, found="`usage` after `done`") for entry in faulty_run.verdicts)

    text = html.render(replace(faulty_run, verdicts=verdicts))

    assert '<dd class="mono found"><bdi><code>usage</code> after <code>done</code></bdi></dd>' in text


def test_build_is_told_where_it_is_known(faulty_run: Run, load_run: Run) -> None:
    for run in (faulty_run, load_run):
        assert "Build abc123 Started" in Page(html.render(replace(run, build="abc123"))).text
        assert "Build" not in Page(html.render(replace(run, build=""))).text


@pytest.mark.parametrize("head", [0.0, 0.5, 0.98])
def test_head_and_end_of_an_exchange_are_named_apart(head: float, faulty_run: Run) -> None:
    """Where both are near the right edge, they stand in two rows, to the left of their lines."""
    name, evidence = next(iter(faulty_run.evidence.items()))
    told = replace(evidence, frames=(), head_seconds=head, ended_seconds=1.0)

    labels = [
        attrs
        for tag, attrs in Page(html.render(replace(faulty_run, evidence={name: told}, verdicts=()))).tags
        if tag == "text" and attrs.get("class") == "label" and attrs.get("y") in {"12", "27"}
    ]

    assert [(entry["y"], entry["text-anchor"]) for entry in labels] == [
        ("27" if head else "12", "end" if head > 0.5 else "start"),
        ("12", "end"),
    ]


def test_hostile_text_stays_text(hostile_run: Run) -> None:
    text = html.render(hostile_run)
    page = Page(text)

    assert "<script>alert(1)</script>" in page.text
    assert "onerror=alert(2)" in page.text
    assert "{{ 7*7 }}" in page.text
    for raw in ("\x00", "\x1b", "\u202e", "\x07", "\ufffe"):
        assert raw not in text
    assert "␀␛[31mred" in page.text
    assert r"\u202egnp.exe" in page.text
    assert r"\ud800" in page.text
    text.encode("utf-8")


def test_megabyte_line_is_cut_and_its_length_told(hostile_run: Run) -> None:
    text = html.render(hostile_run)

    assert len(text) < 500_000
    assert "(1,000,000 characters)" in text


def test_script_links_are_not_links(faulty_run: Run) -> None:
    evil = {"title": "a", "section": "b", "url": "javascript:alert(1)"}
    verdicts = tuple(replace(entry, sources=(evil,)) for entry in faulty_run.verdicts)

    page = Page(html.render(replace(faulty_run, verdicts=verdicts)))

    assert not [link for link in page.attributes("href") if "javascript" in link]


def test_stale_waiver_and_gate_and_crash_are_noticed(stale_run: Run, gated_run: Run, crashed_run: Run) -> None:
    assert "A waiver no longer holds" in Page(html.render(stale_run)).text
    assert "delete the entry on line 12" in Page(html.render(stale_run)).text
    assert "is the backend running at http://127.0.0.1:3000?" in Page(html.render(gated_run)).text
    assert "KeyError: 'turn'" in Page(html.render(crashed_run)).text


def test_lead_begins_as_a_sentence(empty_run: Run) -> None:
    assert '<p class="lead">Nothing was judged' in html.render(empty_run)


def test_empty_run_says_that_nothing_was_judged(empty_run: Run) -> None:
    page = Page(html.render(empty_run))

    assert "No verdict" in page.text
    assert "Nothing was judged." in page.text


@pytest.mark.parametrize("code", [2, 77])
def test_exit_code_without_a_phrase_is_named(faulty_run: Run, code: int) -> None:
    assert f"Ended with exit code {code}" in Page(html.render(replace(faulty_run, exit_code=code))).text


def test_index_links_what_is_there() -> None:
    files = ["check/run.json", "check/report.html", "check/recordings"]
    entries = [
        {"command": "check", "files": files, "document": {"exit_code": 1, "exit_reason": "<b>", "started_at": "today"}},
        {"command": "load", "files": ["load/report.html"], "document": {}},
    ]

    page = Page(index.render(entries))

    links = [link for link in page.attributes("href") if not link.startswith("#")]
    assert links == [
        *("check/report.html", "check/report.html", "check/run.json", "check/recordings/"),
        *("load/report.html", "load/report.html"),
    ]
    assert "not passed exit code 1: <b>" in page.text
    assert "today" in page.text
    assert "the run document cannot be read" in page.text


def test_index_tells_what_the_runs_in_a_folder_came_to() -> None:
    document = {"exit_code": 0, "exit_reason": "every MUST is met", "backend": {"url": "http://x"}, "build": "v7"}
    inner = {"command": "load-soak", "files": ["checklist/load-soak/run.json"], "document": document}
    outer = {"command": "checklist", "files": [], "document": {"exit_code": 3, "exit_reason": "2 boxes not judged"}}

    page = Page(index.render([outer | {"inner": [inner]}]))

    assert "no verdict exit code 3: 2 boxes not judged" in page.text
    assert "passed exit code 0: every MUST is met" in page.text
    assert "checklist/load-soak/run.json" in page.attributes("href")


@pytest.mark.parametrize("document", [{"exit_code": []}, {"exit_code": 0, "backend": "x", "build": {}}])
def test_index_bears_documents_of_others(document: dict[str, object]) -> None:
    assert Page(index.render([{"command": "check", "files": [], "document": document}])).text


def test_index_of_an_empty_folder_says_so() -> None:
    assert "There is no report here yet" in Page(index.render([])).text
