from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from chatproof.cli.live import clock
from chatproof.cli.load_progress import load_progress
from chatproof.load_plan import Plan
from chatproof.load_run.run import LoadRun
from chatproof.load_run.tally import Tally
from chatproof.samples.collected import Collected
from support.terminals import in_terminal, screens, unheard

PLAN = Plan(run_time_seconds=60, warm_up_seconds=5)


def run(seconds_ago: float, *, ending: bool = False) -> LoadRun:
    """A load that began so long ago."""
    began = time.time_ns() - round(seconds_ago * 1e9)
    return LoadRun(collected=Collected(), tally=Tally(turns=7), samples=None, started_at_ns=began, ending=ending)


def test_each_phase_has_one_line_where_nobody_watches() -> None:
    said: list[str] = []
    with load_progress(said.append, PLAN, quiet=False) as hear:
        for seconds in (1.2, 1.4, 6.2, 6.4, 7.2):
            hear(run(seconds))

    assert [re.sub(r"0:\d\d left", "T left", line) for line in said] == [
        "warm-up: until 5 s of 60 s, T left",
        "judged: until 60 s of 60 s, T left",
    ]


def test_nothing_is_said_before_the_load_has_begun_and_nothing_under_quiet() -> None:
    said: list[str] = []
    with load_progress(said.append, PLAN, quiet=False) as hear:
        hear(replace(run(1), started_at_ns=0))
    with load_progress(said.append, PLAN, quiet=True) as hear:
        hear(run(10))

    assert said == []


def test_the_end_by_ctrl_c_is_said_once() -> None:
    said: list[str] = []
    with load_progress(said.append, PLAN, quiet=True) as hear:
        hear(run(10, ending=True))
        hear(run(11, ending=True))

    assert said == ["ending: streams are being closed; Ctrl-C once more ends at once"]


def test_a_terminal_shows_time_and_counts_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=100)

    with load_progress(unheard, PLAN, quiet=False) as hear:
        hear(run(10.5))

    assert re.search(r"0:(49|50) left 0 users, 0 streams open, 7 ended$", screens(terminal)[-1])


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (1230, "20:30"), (3723, "1:02:03"), (-4, "0:00")]
)
def test_a_clock_shows_hours_where_there_are_any(seconds: float, text: str) -> None:
    assert clock(seconds) == text
