from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from chatproof.reports import html, index
from chatproof.reports.load.figures import singles
from support.load_documents import load_run_document
from support.load_extremes import big_load_run, facts_of, odd_charts
from support.pages import LOADING, Page

if TYPE_CHECKING:
    from chatproof.run import Run

WORDS = {"met": "met", "not_met": "not met", "inconclusive": "inconclusive", "not_claimed": "not claimed"}
BESIDE = {"run.json", "samples.jsonl.gz", "locust.html"}


def test_every_load_run_renders_balanced_with_unique_ids_and_no_dangling_link(any_load_run: Run) -> None:
    page = Page(html.render(any_load_run))

    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    used = [
        *page.attributes("href"),
        *(f"#{name}" for name in re.findall(r"url\(#([^)]*)\)", html.render(any_load_run))),
    ]
    assert {link[1:] for link in used if link.startswith("#")} <= set(ids)
    named = [name for value in page.attributes("aria-labelledby") for name in value.split()]
    assert set(named) <= set(ids)


def test_nothing_is_loaded_and_only_the_script_of_charts_is_there(any_load_run: Run) -> None:
    text = html.render(any_load_run)
    page = Page(text)

    assert not {tag for tag, _attrs in page.tags} & {"img", "iframe", "link", "object", "base", "form"}
    for tag, attrs in page.tags:
        assert not LOADING & set(attrs), tag
        assert not [name for name in attrs if name.startswith("on")], tag
        href = attrs.get("href") or "#"
        assert href.startswith("#") or (tag == "a" and href in BESIDE), href
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert "@import" not in style
    assert "url(" not in style
    [script] = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script == files("chatproof.reports").joinpath("charts/zoom.js").read_text("utf-8")
    styled, run = (base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (style, script))
    [policy] = [attrs["content"] for _tag, attrs in page.tags if "http-equiv" in attrs]
    allowed = f"style-src 'sha256-{styled}'; script-src 'sha256-{run}'"
    assert policy == f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    assert "This page loads nothing." in page.text


def test_page_is_the_same_each_time(load_run: Run) -> None:
    assert html.render(load_run) == html.render(load_run_document())


def test_every_target_stands_there_with_its_verdict_value_and_bounds(load_run: Run) -> None:
    text = html.render(load_run)

    for target in load_run.targets:
        [said] = [part for part in re.split(r"(?=<article|<div class=\"group)", text) if _names(part, target.target)]
        assert f">{WORDS[target.verdict]}</span>" in said
        assert target.requirement in said
        for bound in (target.value, target.lower, target.upper):
            if bound is not None and target.unit == "s" and bound < 1:
                assert f"{bound * 1000:.1f} ms" in said


def _names(part: str, target: str) -> bool:
    shown = target.replace("<", "&lt;").replace(">", "&gt;")
    return f"<bdi>{shown}</bdi>" in part and part.startswith(("<article", '<div class="group not_claimed"'))


def test_not_met_comes_first_and_says_why(load_run: Run) -> None:
    text = Page(html.render(load_run)).text

    places = [text.index(name) for name in ("e2e.p99 <", "survival_5m >", "ttft[memory].p95 <", "ttft.p95 <")]
    assert places == sorted(places)
    for said in (
        "a failure",
        "13 failed",
        "95.60 % to 98.50 %",
        "199 more streams",
        "own error 1.2 ms",
        "limit 350 ms",
    ):
        assert said in text
    assert "[observe] metrics_url" in text


def test_outcome_is_the_first_thing_said(load_run: Run, kept_run: Run, unseen_run: Run, unjudged_run: Run) -> None:
    for run, phrase in (
        (load_run, "2 targets are not met"),
        (kept_run, "Every target is met"),
        (unseen_run, "No verdict: 6 targets are inconclusive"),
        (unjudged_run, "chatproof itself failed"),
    ):
        [heading] = re.findall(r"<h1>.*?</svg>(.*?)</h1>", html.render(run))
        assert heading == phrase
    assert "3 met, 2 not met, 1 inconclusive, 1 not claimed. Exit code 1" in Page(html.render(load_run)).text


def test_invalid_run_says_so_above_all_verdicts(invalid_run: Run, load_run: Run) -> None:
    text = Page(html.render(invalid_run)).text

    assert text.index("This run is invalid.") < text.index("Targets")
    assert text.index("worker 2 used 97 %") < text.index("Targets")
    assert text.count("in an invalid run") == 6
    assert "Remedy: use --processes 2, or fewer users" in text
    assert "This run is invalid." not in Page(html.render(load_run)).text


def test_each_check_of_the_generator_is_told(load_run: Run) -> None:
    text = Page(html.render(load_run)).text

    assert load_run.validity is not None
    for check in load_run.validity.checks:
        for said in (check.found, check.limit, check.why):
            assert said in text
    assert "checks of the generator: 4 hold, 1 not observed" in text


def test_all_charts_are_pictures_with_words_and_a_table(load_run: Run) -> None:
    text = html.render(load_run)
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)

    assert len(figures) == len(facts_of(load_run).charts)
    for chart, figure in zip(facts_of(load_run).charts, figures, strict=True):
        page = Page(figure)
        [picture] = [attrs for tag, attrs in page.tags if tag == "svg" and attrs.get("role") == "img"]
        assert len((picture["aria-labelledby"] or "").split()) == 2
        assert {"title", "desc", "table"} <= {tag for tag, _attrs in page.tags}
        assert chart.title in page.text
        for line in chart.lines:
            assert line.name in page.text
        for name, value in chart.limits:
            assert name in page.text, value
        rows = figure[figure.index("<tbody>") :].count("<tr")
        distinct = len({x for line in chart.lines for x, _y in line.points})
        assert rows == distinct or 50 <= rows < distinct


def test_lines_differ_by_dashes_and_marks_not_by_colour_alone(load_run: Run) -> None:
    figure = re.findall(r"<figure.*?</figure>", html.render(load_run), re.DOTALL)[1]
    page = Page(figure)

    curves = [attrs["class"] for tag, attrs in page.tags if tag == "path" and "curve" in (attrs.get("class") or "")]
    assert curves == ["curve s0 d0", "curve s1 d1", "curve s2 d2"]
    shapes = {href for tag, attrs in page.tags if tag == "use" and (href := attrs.get("href"))}
    assert shapes == {"#point-0", "#point-1", "#point-2"}
    assert page.classes().count("direct") == 3


def test_charts_that_hardly_can_be_drawn_are_drawn_or_say_why(load_run: Run) -> None:
    charts = tuple(odd_charts())
    text = html.render(replace(load_run, load=replace(facts_of(load_run), charts=charts)))
    page = Page(text)

    geometry = " ".join(value or "" for tag, attrs in page.tags if tag in SHAPES for value in attrs.values())
    assert not re.search(r"\b(nan|inf)", geometry, re.IGNORECASE)
    assert page.text.count("Nothing to draw: no value was measured.") == 4
    assert page.text.count("Nothing to draw: all 3 values are failures, or out of every range.") == 4
    assert page.text.count("8 more lines are in run.json.") == 4
    assert "out of view: far" in page.text
    for attrs in (attrs for tag, attrs in page.tags if tag == "rect" and "bar" in (attrs.get("class") or "").split()):
        assert float((attrs["width"] or "").rstrip("%")) >= 0
        assert float((attrs["height"] or "").rstrip("%")) >= 0


SHAPES = {"line", "path", "rect", "use", "text", "svg"}


def test_hostile_text_stays_text_and_is_cut(hostile_load_run: Run) -> None:
    text = html.render(hostile_load_run)
    page = Page(text)

    assert "<script>alert(1)</script>" in page.text
    assert "onerror=alert(2)" in page.text
    assert "{{ 7*7 }}" in page.text
    for raw in ("\x00", "\x1b", "\u202e", "\x07", "\ufffe"):
        assert raw not in text
    assert len(text) < 400_000
    assert "(1,000,000 characters)" in text
    assert not [link for link in page.attributes("href") if "javascript" in link or "etc" in link]
    text.encode("utf-8")


def test_big_run_is_a_small_page() -> None:
    text = html.render(big_load_run())

    assert len(text.encode()) < 450_000
    assert "2,000,000 samples" in Page(text).text
    assert "rows; all are in run.json" in Page(text).text


def test_errors_figures_plan_processes_and_proof_are_told(load_run: Run) -> None:
    text = Page(html.render(load_run)).text

    for said in (
        "503 Service Unavailable: upstream",
        "the stream ended without its last event",
        "no `done` <b>",
        "ttft[memory]",
        "331.2 ms",
        "open files did not vary",
        "100 users, 20 new ones a second, for 60 s, the first 5 s are warm-up and not judged, seed 1",
        "retry_rate.provider",
        "worker 2 lost 609",
        "heartbeat.interval",
        "2.1 ms",
        "Linux 6.8",
        "what it had reported is kept",
        "Locust's view (rounded to 10 ms, never used for a verdict)",
    ):
        assert said in text, said


def test_proof_with_one_entry_for_each_statistic_shows_the_greatest(load_run: Run) -> None:
    errors = [
        {"metric": "ttft", "statistic": name, "error_ms": error} for name, error in (("p50", -0.2), ("p99", 1.25))
    ]
    level = {"name": "50 at once", "streams": 50, "errors": errors, "valid": True, "within": False}
    proof = {"schema": 1, "made_at": "today", "levels": [level], "machine": {"cpu": "none"}}

    text = Page(html.render(replace(load_run, load=replace(facts_of(load_run), verify=proof)))).text

    assert "50 at once 1.25 ms broken" in text
    assert "its own error on this machine is not known" not in text.lower()


def test_moment_of_the_proof_is_written_as_all_moments_are(load_run: Run) -> None:
    text = Page(html.render(load_run)).text

    assert "made at 2026-11-20 18:00:00 UTC" in text
    assert "2026-11-20T18" not in text


def test_processor_of_the_backend_has_its_unit(load_run: Run) -> None:
    facts = load_run.load
    assert facts is not None
    used = replace(
        facts.figures[0], metric="backend.cpu", tag="", unit="1", value=0.09001112, percentiles={}, mean=None
    )

    [row] = singles([used])

    assert row.value == "9.00 % of a core"


def test_unknown_proof_says_how_to_make_one(unseen_run: Run) -> None:
    assert "is not known: run chatproof verify" in Page(html.render(unseen_run)).text


@pytest.mark.parametrize("name", ["partial", "unseen"])
def test_notices_are_told(request: pytest.FixtureRequest, name: str) -> None:
    text = Page(html.render(request.getfixturevalue(f"{name}_run"))).text

    said = {"partial": "The run was interrupted", "unseen": "Nothing was measured: no target can be met."}
    assert said[name] in text


def test_index_links_samples_and_locusts_view() -> None:
    files = ["load/run.json", "load/report.html", "load/samples.jsonl.gz", "load/locust.html"]

    page = Page(index.render([{"command": "load", "files": files, "document": {}}]))

    assert {"load/report.html", "load/run.json", "load/samples.jsonl.gz", "load/locust.html"} <= {
        *page.attributes("href")
    }
    assert "Locust's view rounded to 10 ms, never used for a verdict" in page.text
