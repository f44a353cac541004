from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest

from chatproof.reports import github, html, junit, markdown, terminal
from chatproof.reports import json as json_report
from chatproof.reports.load import outcome as load_outcome
from chatproof.reports.text import columns
from chatproof.run_json import from_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatproof.run import Run

SUITE = "load.ai-chat.chat-turns"
COPIED = ("[", "metrics_url =")


def parsed(run: Run) -> Element:
    return fromstring(junit.render(run).encode())  # noqa: S314 - our own document


def cases(run: Run) -> dict[str, Element]:
    return {str(case.get("name")): case for case in parsed(run).iter("testcase")}


def tags(case: Element) -> list[str]:
    return [child.tag for child in case if child.tag != "properties"]


@pytest.mark.parametrize("width", [30, 80, 120])
def test_terminal_is_as_reviewed(load_run: Run, snapshot: Callable[[str, str], None], width: int) -> None:
    text = terminal.render(load_run, width=width, report="chatproof-report/index.html")

    snapshot(f"load-terminal-{width}.txt", text + "\n")


@pytest.mark.parametrize("name", ["invalid", "partial", "unseen", "kept", "unjudged"])
def test_run_that_went_otherwise_is_as_reviewed(
    request: pytest.FixtureRequest, snapshot: Callable[[str, str], None], name: str
) -> None:
    run: Run = request.getfixturevalue(f"{name}_run")

    snapshot(f"load-terminal-{name}.txt", terminal.render(run, width=80) + "\n")
    snapshot(f"load-summary-{name}.md", markdown.render(run))


def test_verbose_quiet_and_the_other_formats_are_as_reviewed(
    load_run: Run, invalid_run: Run, snapshot: Callable[[str, str], None]
) -> None:
    snapshot("load-terminal-verbose.txt", terminal.render(load_run, verbose=True) + "\n")
    snapshot("load-terminal-quiet.txt", terminal.render(load_run, quiet=True) + "\n")
    snapshot("load-summary.md", markdown.render(load_run))
    snapshot("load-github.txt", github.render(load_run) + github.render(invalid_run))
    snapshot("load-junit.xml", junit.render(load_run))


def test_verdicts_come_first_and_the_outcome_last(load_run: Run) -> None:
    lines = terminal.render(load_run, width=200, report="chatproof-report/index.html").split("\n")

    assert lines[0] == "NOT MET      e2e.p99 < 10s: a failure, n = 1,240, 13 failed"
    assert "MET          ttft.p95 < 350ms: 331.2 ms (bounds: 324.0 ms to 338.5 ms), n = 1,240, 10 failed" in lines[7]
    assert lines[-1] == (
        "3 met, 2 not met, 1 inconclusive, 1 not claimed; 1,240 samples in 1 min 0 s"
        " - report: chatproof-report/index.html"
    )


@pytest.mark.parametrize("width", [10, 30, 57, 100])
def test_lines_fit_but_those_to_be_copied_are_whole(load_run: Run, invalid_run: Run, width: int) -> None:
    for run in (load_run, invalid_run):
        *lines, _last = terminal.render(run, width=width, verbose=True).split("\n")
        assert [line for line in lines if columns(line) > max(30, width) and not line.strip().startswith(COPIED)] == []


def test_colour_adds_nothing_but_colour(any_load_run: Run) -> None:
    coloured = terminal.render(any_load_run, colour=True, verbose=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(any_load_run, verbose=True)


def test_quiet_leaves_what_fails_and_the_last_line(load_run: Run, invalid_run: Run, kept_run: Run) -> None:
    text = terminal.render(load_run, quiet=True)

    assert "NOT MET      survival_5m" in text
    assert "INCONCLUSIVE ttft[memory]" in text
    assert "ttft.p95" not in text
    assert terminal.render(invalid_run, quiet=True).startswith("INVALID RUN")
    assert terminal.render(kept_run, quiet=True) == "5 met; 1,240 samples in 1 min 0 s"


def test_backend_can_neither_steer_the_terminal_nor_the_ci_system(hostile_load_run: Run) -> None:
    text = terminal.render(hostile_load_run, width=60, verbose=True)

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "␛[31mred" in text
    assert not [line for line in text.split("\n") if line.strip().startswith("::")]
    assert "##[" not in text
    assert len(text) < 100_000


def test_targets_become_test_cases(load_run: Run) -> None:
    found = cases(load_run)

    assert tags(found["e2e.p99 < 10s"]) == ["failure"]
    assert tags(found["survival_5m > 99%"]) == ["failure"]
    assert tags(found["ttft[memory].p95 < 500ms"]) == ["error"]
    assert tags(found["memory.p95 < 200ms"]) == ["skipped"]
    assert tags(found["ttft.p95 < 350ms"]) == []
    assert tags(found["the load run is valid"]) == []
    assert {case.get("classname") for case in found.values()} == {SUITE, "chatproof"}
    properties = {entry.get("name"): entry.get("value") for entry in found["ttft.p95 < 350ms"].iter("property")}
    for name, value in {
        "requirement": "AICHAT-PERF-01",
        "limit": "< 350 ms",
        "value": "331.2 ms",
        "bounds": "324.0 ms to 338.5 ms",
        "n": "1240",
    }.items():
        assert properties[name] == value


def test_counts_are_those_of_the_cases(any_load_run: Run) -> None:
    root = parsed(any_load_run)

    for element in (root, *root.iter("testsuite")):
        counted = Counter(child.tag for case in element.iter("testcase") for child in case)
        assert element.get("tests") == str(len(list(element.iter("testcase"))))
        assert element.get("failures") == str(counted["failure"])
        assert element.get("errors") == str(counted["error"])
        assert element.get("skipped") == str(counted["skipped"])
    assert len(list(root.iter("testcase"))) >= 1 + len(any_load_run.targets)


def test_invalid_run_is_one_error_and_no_verdict(invalid_run: Run) -> None:
    root = parsed(invalid_run)

    assert (root.get("errors"), root.get("failures"), root.get("skipped")) == ("1", "0", "7")
    assert "worker 2 used 97 %" in str(next(root.iter("error")).get("message"))
    assert "says anything about the backend" in markdown.render(invalid_run)
    [line] = github.render(invalid_run).splitlines()
    assert line.startswith("::error title=chatproof%3A the load run is invalid::worker 2 used 97 %25")


def test_run_that_judged_nothing_is_never_green(unjudged_run: Run, partial_run: Run, unseen_run: Run) -> None:
    messages = {str(error.get("message")) for error in parsed(unjudged_run).iter("error")}
    assert "the generator was not checked" in messages
    assert "chatproof itself failed: KeyError: 'turn'" in messages
    assert "interrupted" in {error.get("message") for error in parsed(partial_run).iter("error")}
    assert parsed(unseen_run).get("errors") == "6"
    assert "::error title=chatproof%3A chatproof itself failed::" in github.render(unjudged_run)


@pytest.mark.parametrize("level", ["MUST", "SHOULD", "MAY"])
@pytest.mark.parametrize("strict", [False, True])
def test_target_weighs_whatever_the_level_of_its_requirement(load_run: Run, level: str, *, strict: bool) -> None:
    targets = tuple(replace(entry, level=level) for entry in load_run.targets)
    run = replace(load_run, targets=targets, strict=strict)

    assert parsed(run).get("failures") == "2"
    assert tags(cases(run)["survival_5m > 99%"]) == ["failure"]
    assert [line.partition(" ")[0] for line in github.render(run).splitlines()] == ["::error"] * 3
    assert load_outcome.headline(run) == "2 targets are not met"
    assert terminal.render(run, quiet=True).split("\n")[-1].startswith("3 met, 2 not met, 1 inconclusive")
    assert markdown.render(run).count("| **not met** |") == 2
    for text in (terminal.render(run), markdown.render(run), html.render(run), github.render(run), junit.render(run)):
        assert "does not fail" not in text
        assert "counts as MUST" not in text


def test_level_is_told_beside_the_requirement_and_only_there(load_run: Run) -> None:
    assert "n = 400; AICHAT-SOAK-01 (SHOULD)" in terminal.render(load_run, width=200)
    assert "AICHAT-SOAK-01 (SHOULD)" in markdown.render(load_run)
    assert "title=AICHAT-SOAK-01 (SHOULD) survival_5m > 99%25 not met" in github.render(load_run)
    levels = {
        name: [entry.get("value") for entry in case.iter("property") if entry.get("name") == "level"]
        for name, case in cases(load_run).items()
    }
    assert levels["survival_5m > 99%"] == ["SHOULD"]
    assert levels["e2e.p99 < 10s"] == []


def test_two_profiles_are_two_suites(load_run: Run) -> None:
    other = tuple(replace(entry, profile="chatkit") for entry in load_run.targets)

    root = parsed(replace(load_run, profiles=("ai-chat", "chatkit"), targets=(*load_run.targets, *other)))

    names = [suite.get("name") for suite in root.iter("testsuite")]
    assert names == ["chatproof", SUITE, "load.chatkit.chat-turns"]


def test_hostile_text_makes_no_markup_no_row_and_no_command(hostile_load_run: Run) -> None:
    text = markdown.render(hostile_load_run)
    outside = re.sub(r"(?ms)^(`{3,})\n.*?\n\1$", "", text)
    assert "<script" not in outside
    assert "https://evil" not in outside
    assert "@team" not in outside
    tables = [block.split("\n") for block in re.findall(r"(?m)(?:^\|.*\n)+", outside)]
    for rows in tables:
        assert len({row.count("|") for row in rows if row}) == 1
    for line in github.render(hostile_load_run).split("\n")[:-1]:
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line)
    xml = junit.render(hostile_load_run)
    fromstring(xml.encode())  # noqa: S314 - our own document
    for raw in ("\x00", "\x1b", "\ufffe", "\ud800"):
        assert raw not in xml
        assert raw not in text


def test_summary_is_cut_between_blocks(hostile_load_run: Run) -> None:
    text = markdown.render(hostile_load_run, limit_bytes=4000)

    assert len(text.encode()) <= 4000
    assert text.endswith(markdown.CUT_NOTE)
    assert text.count("<details>") == text.count("</details>")


def test_step_summary_holds_the_targets(load_run: Run, tmp_path: Path) -> None:
    github.append_step_summary(load_run, tmp_path / "summary")

    assert (tmp_path / "summary").read_text("utf-8") == markdown.render(load_run)


def test_headlines_follow_the_exit_code(load_run: Run, kept_run: Run) -> None:
    one = tuple(entry for entry in load_run.targets if entry.target.startswith("e2e"))
    bare = tuple(entry for entry in load_run.targets if entry.verdict == "not_claimed")

    assert load_outcome.headline(replace(load_run, targets=one)) == "1 target is not met"
    assert load_outcome.headline(replace(load_run, targets=())) == "A target is not met"
    claimed = load_outcome.headline(replace(kept_run, targets=(*kept_run.targets, *bare)))
    assert claimed == "Every target that is claimed is met"
    assert load_outcome.headline(replace(load_run, exit_code=3, targets=bare)) == "No verdict: no target was judged"
    assert load_outcome.headline(replace(kept_run, exit_code=3)) == "No verdict"
    assert load_outcome.headline(replace(load_run, exit_code=77)) == "Ended with exit code 77"


def test_reports_are_the_same_from_the_written_document(any_load_run: Run) -> None:

    again = from_json(json.loads(json_report.render(any_load_run)))

    assert html.render(again) == html.render(any_load_run)
    assert junit.render(again) == junit.render(any_load_run)
