"""What is said while a search goes on."""

from __future__ import annotations

import pytest
from capacity.samples import rung, streams

from chatproof.capacity.scale import scale_of
from chatproof.capacity.search import Span, Step
from chatproof.cli.capacity_progress import CapacityProgress, capacity_progress
from chatproof.load_plan import Plan
from chatproof.load_run.run import LoadRun
from chatproof.load_run.tally import Tally
from chatproof.samples.collected import Collected

SPAN = Span(start=4.0, most=64.0)


class Show:
    def __init__(self) -> None:
        self.told: list[tuple[float, str, float | None]] = []

    def __call__(self, share: float, text: str, *, left_seconds: float | None = None) -> None:
        self.told.append((share, text, left_seconds))


def progress(lines: list[str], show: Show | None = None) -> CapacityProgress:
    scale = scale_of("chat-turns", rate=False)
    return CapacityProgress(lines.append, scale=scale, span=SPAN, usual_rungs=9, rung_seconds=10.0, show=show)


def test_each_rung_leaves_a_line_that_says_what_broke() -> None:
    lines: list[str] = []
    told = progress(lines)
    told.ends(rung(list(streams(20, ttft=0.4)), number=4))
    assert lines == ["rung 4: 20 streams, breaks: ttft.p95 400 ms (limit 350 ms)"]


def test_in_a_terminal_it_says_what_goes_on_and_what_is_left() -> None:
    show = Show()
    told = progress([], show)
    run = LoadRun(collected=Collected(), tally=Tally(turns=120, failed=3), samples=None)
    for number in (1, 3):
        told.begins(number, Step(8.0 * number, "doubling"), Plan(run_time_seconds=10.0))
        told.goes_on(run)
    (early, text, left), (later, _text, less) = show.told
    assert text == "rung 1 (doubling): 8 streams, 120 ended, 3 failed"
    assert 0 <= early < later < 1
    assert left is not None
    assert less is not None
    assert less < left <= 90


def test_the_first_ctrl_c_is_answered_once() -> None:
    lines: list[str] = []
    told = progress(lines)
    run = LoadRun(collected=Collected(), tally=Tally(), samples=None, ending=True)
    told.begins(1, Step(8.0, "doubling"), Plan())
    told.goes_on(run)
    told.goes_on(run)
    assert lines == ["ending: streams are being closed; Ctrl-C once more ends at once"]


def test_elsewhere_than_in_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    scale = scale_of("chat-turns", rate=False)
    with capacity_progress(lines.append, scale=scale, span=SPAN, usual_rungs=9, rung_seconds=10.0) as told:
        told.begins(1, Step(8.0, "doubling"), Plan())
        told.goes_on(LoadRun(collected=Collected(), tally=Tally(), samples=None))
    assert lines == []
    assert capsys.readouterr().err == ""
