from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.reports import terminal
from chatproof.reports.text import columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.run import Run

COPIED = ("curl -N", "long_turn =", "secret =", "scheme =", "[")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_summary_is_as_reviewed(faulty_run: Run, snapshot: Callable[[str, str], None], width: int) -> None:
    text = terminal.render(faulty_run, width=width, report="chatproof-report/index.html")

    snapshot(f"terminal-{width}.txt", text + "\n")


@pytest.mark.parametrize("name", ["bare", "stale", "empty", "crashed", "gated", "interrupted"])
def test_run_that_went_wrong_is_as_reviewed(
    request: pytest.FixtureRequest, snapshot: Callable[[str, str], None], name: str
) -> None:
    run: Run = request.getfixturevalue(f"{name}_run")

    snapshot(f"terminal-{name}.txt", terminal.render(run, width=80) + "\n")


def test_verbose_and_quiet_are_as_reviewed(faulty_run: Run, snapshot: Callable[[str, str], None]) -> None:
    snapshot("terminal-verbose.txt", terminal.render(faulty_run, verbose=True) + "\n")
    snapshot("terminal-quiet.txt", terminal.render(faulty_run, quiet=True) + "\n")


def test_last_line_says_what_matters_most(faulty_run: Run) -> None:
    last = terminal.render(faulty_run, width=40, report="chatproof-report/index.html").split("\n")[-1]

    assert last == (
        "69 met, 5 not met (2 SHOULD), 5 not testable, 10 not claimed, 1 waived in 11.42 s"
        " - report: chatproof-report/index.html"
    )


@pytest.mark.parametrize("width", [40, 57, 100])
def test_lines_fit_but_those_to_be_copied_are_whole(faulty_run: Run, hostile_run: Run, width: int) -> None:
    for run in (faulty_run, hostile_run):
        *lines, _last = terminal.render(run, width=width, verbose=True).split("\n")
        long = [line for line in lines if columns(line) > width and not line.strip().startswith(COPIED)]
        assert [line for line in long if "planted" not in line and "## [add" not in line] == []
    curl = next(entry.curl for entry in faulty_run.verdicts if entry.curl)
    assert f"  {curl}" in terminal.render(faulty_run, width=width).split("\n")


def test_colour_adds_nothing_but_colour(any_run: Run) -> None:
    coloured = terminal.render(any_run, colour=True, verbose=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(any_run, verbose=True)


def test_backend_can_neither_steer_the_terminal_nor_the_ci_system(hostile_run: Run) -> None:
    text = terminal.render(hostile_run, width=60, verbose=True)

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "␛[31mred" in text
    assert not [line for line in text.split("\n") if line.strip().startswith("::")]
    assert "##[" not in text


def test_time_line_of_an_exchange_stands_once(faulty_run: Run) -> None:
    text = terminal.render(faulty_run)

    assert text.count("status 200 OK text/plain") == 2
    assert text.count("ai-chat/turn/turn (time line above)") == 2
    assert "byte 812 of the body (time line above)" in text


def test_long_and_hostile_texts_are_cut(hostile_run: Run) -> None:
    text = terminal.render(hostile_run)

    assert "(1,000,000 characters)" in " ".join(text.split())
    assert len(text) < 200_000


def test_quiet_still_tells_what_fails_unseen(faulty_run: Run) -> None:
    broken = replace(faulty_run, verdicts=tuple(e for e in faulty_run.verdicts if e.verdict == "not_testable"))

    text = " ".join(terminal.render(broken, quiet=True).split())

    assert "NOT TESTABLE AICHAT-SESS-01" in text
    assert "the scenario `abort` was left early" in text


def test_quiet_tells_a_closed_gate_once(gated_run: Run) -> None:
    text = terminal.render(gated_run, quiet=True)

    assert text.count("connection refused") == 1
    assert text.endswith("0 met, 90 not testable in 11.42 s")


def test_verbose_names_what_a_closed_gate_left_unseen(gated_run: Run) -> None:
    assert "  SSE-FRAME-01, SSE-FRAME-02" in terminal.render(gated_run, verbose=True)
