from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from chatproof.load_facts import Line
from chatproof.reports import html
from chatproof.run import Run
from support.capacity_runs import OUTCOMES, capacity_facts, capacity_run, hostile_capacity_run, law_facts
from support.pages import LOADING, Page

RUNS = (*OUTCOMES, "hostile", "nothing")


def run_of(name: str) -> Run:
    if name == "hostile":
        return hostile_capacity_run()
    if name == "nothing":
        facts = law_facts([], capacity=None, recommended=None, outcome="unfinished")
        return capacity_run(
            "unfinished", **{name: getattr(facts, name) for name in ("rungs", "capacity", "recommended")}
        )
    return capacity_run(name)


@pytest.mark.parametrize("name", RUNS)
def test_page_is_balanced_and_loads_nothing(name: str) -> None:
    page = Page(html.render(run_of(name)))

    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.attributes("href") if link.startswith("#")} <= set(ids)
    assert not {tag for tag, _attrs in page.tags} & {"img", "iframe", "link", "object", "base", "form"}
    for tag, attrs in page.tags:
        assert not LOADING & set(attrs), tag
        assert not [attribute for attribute in attrs if attribute.startswith("on")], tag
        assert (attrs.get("href") or "#").startswith("#") or attrs["href"] == "run.json"


@pytest.mark.parametrize("name", ["found", "hostile"])
def test_policy_allows_exactly_our_style_and_our_script(name: str) -> None:
    text = html.render(run_of(name))

    [policy] = [attrs["content"] or "" for _tag, attrs in Page(text).tags if "http-equiv" in attrs]
    for tag in ("style", "script"):
        [found] = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        assert re.findall(rf"{tag}-src ([^;]*)", policy) == [f"'sha256-{digest}'"]
    assert policy.startswith("default-src 'none'; ")
    assert "function plan(users, given)" in text
    assert "http://" not in found
    assert "https://" not in found


def test_hostile_text_stays_text_and_is_cut() -> None:
    text = html.render(hostile_capacity_run())
    page = Page(text)

    assert "<script>alert(1)</script>" in page.text
    assert "onerror=alert(2)" in page.text
    for raw in ("\x00", "\x1b", "\u202e", "\x07", "\ufffe"):
        assert raw not in text
    assert len(text) < 600_000
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("found", "68 streams within every target"),
        ("no_failure_in_range", "At least 32 streams: nothing broke in range"),
        ("no_pass_in_range", "No load that was tested holds its targets"),
        ("generator_was_the_limit", "The generator was the limit: at least 16 streams"),
        ("unfinished", "Unfinished: at least 8 streams"),
    ],
)
def test_outcome_comes_first(outcome: str, said: str) -> None:
    text = Page(html.render(capacity_run(outcome))).text

    assert text.index(said) < text.index("What gave out") < text.index("Every level that was tried")
    assert text.index("What gave out") < text.index("Throughput against load" if "Throughput" in text else "Rungs")


def test_all_that_was_found_is_told() -> None:
    text = Page(html.render(capacity_run(at_least=100.0))).text

    for said in (
        "68 streams within every target; 100 streams were asked for",
        "Exit code 1: 68 streams held, and 100 were asked for",
        "100 streams: not reached",
        "47.6 streams (headroom 30 %)",
        "First to break: ttft.p95 < 350ms",
        "0.99 of a core at 72 streams, where it was 0.05 of one at rest",
        "Remedy: run more workers, or profile a turn",
        "11. 68 streams",
        "repeating",
        "a failure",
        "ttft.p95 < 350ms is inconclusive: p95 of ttft is 347 ms",
        "18.43 kB",
        "0.0031 USD",
        "100,000 667",
        "Hold time: 1.97 s, measured at 64 streams",
        "Fitted to 11 steady rungs",
        "4f2a9c1",
        "Each rung was judged on its last 2 s.",
    ):
        assert said in text, said


def test_every_input_of_the_plan_has_a_label_and_is_shown_by_the_script_alone() -> None:
    text = html.render(capacity_run())

    labelled = re.findall(r'<label><span><bdi>([^<]+)</bdi></span><input type="number" name="(\w+)" min="0"', text)
    assert [name for _label, name in labelled] == [
        *("users", "turnsPerHour", "holdSeconds", "peakFactor", "headroom", "perReplica")
    ]
    assert text.count("<input") == len(labelled)
    assert '<div class="inputs" data-inputs hidden>' in text
    assert "data-own hidden" in text
    assert 'data-arrivals="no" data-capacity="68"' in text


def test_no_line_ends_between_a_number_and_its_unit() -> None:
    text = html.render(capacity_run())

    assert "113.7\N{NO-BREAK SPACE}ms (≤\N{NO-BREAK SPACE}136.5\N{NO-BREAK SPACE}ms)" in text
    assert "1.80\N{NO-BREAK SPACE}%" in text
    assert "41.84\N{NO-BREAK SPACE}MB" in text


def test_every_chart_is_drawn_from_zero() -> None:
    narrow = Line(name="p50", points=((8.0, 102.0), (32.0, 105.0)))
    facts = capacity_facts("found")
    charts = tuple(replace(chart, lines=(narrow,), limits=(), marks=()) for chart in facts.charts)
    text = html.render(replace(capacity_run(), capacity=replace(facts, charts=charts)))

    lowest = re.findall(r'<svg class="chart".*?dx="-8"[^>]*>([^<]+)</text>', text, re.DOTALL)
    assert lowest == ["0"] * len(charts)


def test_reason_of_the_exit_code_is_told_where_it_says_more() -> None:
    run = capacity_run("no_failure_in_range")
    again = replace(run, exit_reason=str(run.capacity and run.capacity.sentence))

    assert "no rung broke a target. Exit code 0: 32 streams held" in Page(html.render(run)).text
    assert "no rung broke a target. Exit code 0. " in Page(html.render(again)).text


def test_rates_are_planned_by_arrivals() -> None:
    page = Page(html.render(capacity_run(unit="polls/s", latency_metric="poll")))

    assert "holdSeconds" not in page.attributes("name")
    assert "yes" in page.attributes("data-arrivals")
    assert "polls a second replicas" in page.text


def test_without_fit_the_page_says_why() -> None:
    text = Page(html.render(capacity_run("no_failure_in_range"))).text

    assert "at least 32 streams tested, and throughput was not clearly seen to fall" in text
    assert "Universal Scalability Law, X(N)" not in text


def test_without_plan_and_rungs_the_page_says_so() -> None:
    text = Page(html.render(run_of("nothing"))).text

    assert "There is no plan, for no load is known to hold." in text
    assert "No rung was judged" in text
    assert "Nothing was measured." in text
