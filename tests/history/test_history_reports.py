"""What is drawn of runs over time."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from chatproof.cli.report import command
from chatproof.history.append import append
from chatproof.history.read import read
from chatproof.reports.history import json as json_report
from chatproof.reports.history import markdown, page, terminal
from chatproof.reports.history.changes import changes, last_change
from chatproof.reports.history.figures import chart_of, tracks
from support.history_runs import check_run, hostile_runs, load_run, past_runs
from support.pages import LOADING, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result

    from chatproof.history.facts import History
    from chatproof.load_facts import Chart
    from chatproof.run import Run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def told(file: Path, runs: Sequence[Run], *, last: int = 30) -> History:
    for run in runs:
        append(file, run)
    if not runs:
        file.touch()
    return read(file, last=last)


def chart(history: History, name: str) -> Chart:
    found: Chart = next(chart_of(track, history) for track in tracks(history) if track.name == name)
    return found


def report(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_the_grid_shows_what_changed_or_is_not_met_and_nothing_else(file: Path) -> None:
    broken = ("SSE-TYPE-01", "AICHAT-HB-02")
    history = told(file, [check_run(1, broken=broken), check_run(2, broken=broken[1:]), load_run(3, ttft=0.2)])
    rows = {row.name: row for row in changes(history)}

    assert rows["AICHAT-HB-02"].verdicts == ("not_met", "not_met", "")
    assert rows["SSE-TYPE-01"].verdicts == ("not_met", "met", "")
    assert rows["e2e.p99 < 10s"].verdicts == ("", "", "not_met")
    assert set(rows) == {*broken, "e2e.p99 < 10s", "survival_5m > 99%", "ttft[memory].p95 < 500ms"}
    assert [row.last for row in changes(history)] == ["not_met", "not_met", "not_met", "inconclusive", "met"]
    assert last_change(rows["SSE-TYPE-01"]) == (1, "not_met", "met")
    assert last_change(rows["AICHAT-HB-02"]) is None


def test_targets_of_an_invalid_run_are_no_verdicts(file: Path) -> None:
    history = told(file, [load_run(1, ttft=0.9, invalid=True)])

    assert changes(history) == []
    assert tracks(history) == []


def test_a_line_joins_comparable_runs_only(file: Path) -> None:
    drawn = chart(told(file, past_runs()), "ttft.p95")
    points = {line.name: line.points for line in drawn.lines}

    assert points == {
        "settings B": ((2.0, 0.24), (4.0, 0.26), (8.0, 0.31), (12.0, 0.362)),
        "settings C": ((6.0, 0.19),),
    }
    assert drawn.lines[0].band[0] == pytest.approx((2.0, 0.228, 0.255))
    assert drawn.limits == (("limit < 350 ms", 0.35),)
    assert drawn.note == "1 run is left out: the generator was the bottleneck."


def test_runs_whose_settings_are_not_known_are_never_joined(file: Path) -> None:
    runs = [load_run(day, ttft=0.2, fingerprint="") for day in (1, 2, 3)]
    drawn = chart(told(file, runs), "ttft.p95")

    assert [(line.name, len(line.points)) for line in drawn.lines] == [("run 3", 1), ("run 2", 1), ("run 1", 1)]


def test_what_is_infinite_is_told_and_not_drawn(file: Path) -> None:
    drawn = chart(told(file, [load_run(1, ttft=0.2), load_run(2, ttft=0.2)]), "e2e.p99")

    assert drawn.lines[0].points == ()
    assert drawn.note == "2 runs are not drawn: a failure, so infinitely late."


def test_key_figures_capacity_and_boxes_have_charts(file: Path) -> None:
    history = told(file, past_runs())
    names = [track.name for track in tracks(history)]

    assert names[0] == "ttft.p95"
    assert names[-2:] == ["capacity in streams", "boxes ticked"]
    assert "error_rate" in names
    assert chart(history, "capacity in streams").lines[0].band[0] == pytest.approx((10.0, 60.0, 66.0))
    assert chart(history, "boxes ticked").lines[0].points == ((9.0, 7.0),)


def test_the_page_shows_strip_grid_charts_and_runs(file: Path) -> None:
    found = Page(page.render(told(file, past_runs())))

    assert "12 runs, the last not met" in found.text
    assert len(re.findall(r"run \d+: (?:met|not met|no verdict)", found.text)) == 12
    assert "AICHAT-EVT-02" in found.text
    assert "SSE-FRAME-02" not in found.text
    assert sum(tag == "svg" and attrs.get("role") == "img" for tag, attrs in found.tags) == 9
    assert "362.0 ms, not met (limit < 350 ms)" in found.text
    assert "v1.2.0" in found.text
    assert "8d1e0a7…" in found.text
    assert {*found.attributes("href")} <= {f"#{name}" for name in found.attributes("id")}


def test_every_figure_is_drawn_from_zero(file: Path) -> None:
    """A change of little is not drawn as one of much, and a single capacity is not at the foot of its chart."""
    text = page.render(told(file, past_runs()))
    charts = re.findall(
        r'<svg class="chart".*?</svg>\s*</figure>|<svg class="chart".*?<p class="legend">', text, re.DOTALL
    )
    lowest = [re.search(r'dx="-8"[^>]*>([^<]+)</text>', one) for one in charts]

    assert len(charts) == 9
    assert {found[1] for found in lowest if found} == {"0"}


def test_few_runs_are_all_named_below_a_narrow_chart(file: Path) -> None:
    assert 'class="at minor"' in page.render(told(file, past_runs()))
    assert 'class="at minor"' not in page.render(read(file, last=3))


def test_pages_load_nothing_whatever_a_build_is_called(file: Path) -> None:
    text = page.render(told(file, hostile_runs()))
    found = Page(text)

    assert not LOADING & {name for _tag, attrs in found.tags for name in attrs}
    assert "img" not in {tag for tag, _attrs in found.tags}
    assert re.findall(r"<script>(.*?)</script>", text, re.DOTALL) == [
        files("chatproof.reports").joinpath("charts/zoom.js").read_text("utf-8")
    ]
    assert not re.search("[\x00\x1b\u202e]", text)
    assert "alert(1)" in found.text


def test_no_report_has_what_steers_a_terminal(file: Path) -> None:
    history = told(file, hostile_runs())
    for text in (terminal.render(history), markdown.render(history), json_report.render(history)):
        assert not re.search("[\x00\x1b\u202e]", text)
        assert not re.search("^::|##\\[", text, re.MULTILINE) or text.startswith("{")


@pytest.mark.parametrize("writer", [page, markdown, terminal])
def test_an_empty_history_is_told(writer: Any, file: Path) -> None:
    text = " ".join(writer.render(told(file, [])).split())

    assert "No run yet" in text
    assert "No run is in this history yet" in text


def test_what_a_filter_leaves_nothing_of_is_told(file: Path) -> None:
    told(file, past_runs())
    done = report("--history", file, "--command", "gate", "--profile", "chatkit")

    assert done.exit_code == 0
    assert "No run of the command 'gate' and with the profile 'chatkit'" in " ".join(done.stdout.split())


def test_markdown_names_changes_and_figures(file: Path) -> None:
    text = markdown.render(told(file, past_runs()))

    assert "| 12 | not met | load | 8d1e0a7c55f2 | 2026-11-10 10:00 UTC |" in text
    assert "| **not met** | AICHAT-EVT-02 | ai-chat | run 11: met, then not met |" in text
    assert "| boxes ticked | run 9: 7 ticked, 3 not ticked" in text


def test_the_terminal_ends_with_the_outcome_and_is_short_by_default(file: Path) -> None:
    history = told(file, past_runs())
    usual, quiet, verbose = (
        terminal.render(history, width=100),
        terminal.render(history, width=100, quiet=True),
        terminal.render(history, width=100, verbose=True),
    )

    assert usual.splitlines()[-1] == "12 runs, the last not met"
    assert "2 older runs: -v shows them" in usual
    assert "v1.0.0" in verbose
    assert [line.split("  ")[0] for line in quiet.splitlines() if line][:4] == ["NOT MET"] * 4
    assert "NOT MET  AICHAT-EVT-02 (ai-chat), since run 11 (before: met)" in quiet


def test_every_format_goes_through_the_command(file: Path) -> None:
    told(file, past_runs())
    document = json.loads(report("--history", file, "--format", "json", "--last", "3").stdout)

    assert [run["command"] for run in document["runs"]] == ["capacity", "check", "load"]
    assert report("--history", file, "--format", "html").stdout.startswith("<!doctype html>")
    assert report("--history", file, "--format", "markdown").stdout.startswith("# chatproof history")
    assert report("--history", file, "--command", "load").stdout.splitlines()[-1] == "6 runs, the last not met"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to report on is given"),
        (("run.json", "--history", "h.sqlite"), "both run.json and --history are given"),
        (("run.json", "--last", "3"), "--last is given without --history"),
        (("--history", "absent.sqlite"), "there is no history absent.sqlite"),
        (("--history", "absent.sqlite", "--format", "junit"), "a history has no junit report"),
        (("--history", "absent.sqlite", "--last", "0"), "Invalid value for '--last'"),
    ],
)
def test_wrong_usage_says_what_to_do(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = report(*arguments)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "hint: " in done.stderr or "--last" in done.stderr
