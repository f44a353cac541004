from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from chatproof.reports import github, html, junit, markdown, terminal
from chatproof.reports import json as json_report
from chatproof.reports.text import columns
from chatproof.run import Run
from chatproof.run_json import from_json
from support.capacity_runs import OUTCOMES, capacity_run, hostile_capacity_run


def parsed(run: Run) -> Element:
    return fromstring(junit.render(run).encode())  # noqa: S314 - our own document


def tags(run: Run) -> dict[str, list[str]]:
    return {
        str(case.get("name")): [child.tag for child in case if child.tag != "properties"]
        for case in parsed(run).iter("testcase")
    }


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcomes_are_as_reviewed(outcome: str, snapshot: Callable[[str, str], None]) -> None:
    run = capacity_run(outcome)

    snapshot(f"capacity-terminal-{outcome}.txt", terminal.render(run, report="chatproof-report/index.html") + "\n")
    snapshot(f"capacity-summary-{outcome}.md", markdown.render(run))


def test_verbose_quiet_and_annotations_are_as_reviewed(snapshot: Callable[[str, str], None]) -> None:
    run = capacity_run(at_least=100.0)

    snapshot("capacity-terminal-verbose.txt", terminal.render(run, verbose=True) + "\n")
    snapshot("capacity-terminal-quiet.txt", terminal.render(run, quiet=True) + "\n")
    snapshot("capacity-github.txt", "".join(github.render(capacity_run(outcome)) for outcome in OUTCOMES))


@pytest.mark.parametrize(
    ("outcome", "at_least", "cases"),
    [
        ("found", None, {"capacity": []}),
        ("found", 60.0, {"capacity": [], "at least 60 streams": []}),
        ("found", 100.0, {"capacity": [], "at least 100 streams": ["failure"]}),
        ("no_failure_in_range", None, {"capacity": []}),
        ("no_pass_in_range", 8.0, {"capacity": ["failure"], "at least 8 streams": ["failure"]}),
        ("generator_was_the_limit", None, {"capacity": ["error"]}),
        ("generator_was_the_limit", 16.0, {"capacity": ["skipped"], "at least 16 streams": []}),
        ("generator_was_the_limit", 17.0, {"capacity": ["error"], "at least 17 streams": ["error"]}),
        ("unfinished", None, {"the run was not interrupted": ["error"], "capacity": ["error"]}),
    ],
)
def test_capacity_is_a_case_and_what_was_asked_for_another(
    outcome: str, at_least: float | None, cases: dict[str, list[str]]
) -> None:
    assert tags(capacity_run(outcome, at_least=at_least)) == cases


def test_crash_is_an_error() -> None:
    run = replace(capacity_run("unfinished"), interrupted=False, crash="KeyError: 'turn'")

    assert tags(run) == {"chatproof works": ["error"], "capacity": ["error"]}


def test_rungs_are_properties() -> None:
    [case] = parsed(capacity_run()).iter("testcase")
    told = {str(entry.get("name")): str(entry.get("value")) for entry in case.iter("property")}

    assert told["outcome"] == "found"
    assert told["capacity"] == "68 streams"
    assert told["rung 8"].startswith("80 streams breaks; n 1,305; p50 239.0 ms")
    assert "rung 11" in told


@pytest.mark.parametrize("width", [30, 57, 100])
@pytest.mark.parametrize("outcome", ["found", "unfinished"])
def test_lines_fit(outcome: str, width: int) -> None:
    *lines, _last = terminal.render(capacity_run(outcome), width=width, verbose=True).split("\n")

    assert [line for line in lines if columns(line) > width] == []


def test_colour_adds_nothing_but_colour() -> None:
    coloured = terminal.render(capacity_run(), colour=True, verbose=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(capacity_run(), verbose=True)


def test_backend_steers_neither_terminal_nor_table_nor_ci_system() -> None:
    run = hostile_capacity_run()
    text = terminal.render(run, width=60, verbose=True)

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not [line for line in text.split("\n") if line.strip().startswith("::")]
    summary = markdown.render(run)
    assert "<script" not in summary
    assert "https://evil" not in summary
    for table in re.findall(r"(?m)(?:^\|.*\n)+", summary):
        assert len({row.count("|") for row in table.split("\n") if row}) == 1
    for line in github.render(run).splitlines():
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line)
    assert parsed(run).get("errors") is not None


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_reports_are_the_same_from_the_written_document(outcome: str) -> None:
    run = capacity_run(outcome)
    again = from_json(json.loads(json_report.render(run)))

    assert html.render(again) == html.render(run)
    assert terminal.render(again, verbose=True) == terminal.render(run, verbose=True)
    assert junit.render(again) == junit.render(run)
