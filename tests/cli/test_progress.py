from __future__ import annotations

import re

import pytest

from chatproof.cli.progress import progress
from chatproof.recorder.events import Event, ExchangeFinished, Paused, ScenarioFinished, ScenarioStarted
from support.terminals import in_terminal, screens, unheard

EVENTS: tuple[Event, ...] = (
    ScenarioStarted(profile="ai-chat", scenario="turn", index=1, of=3),
    ExchangeFinished(profile="ai-chat", scenario="turn", label="turn", status=200, end="terminal chunk"),
    Paused(profile="ai-chat", scenario="turn", label="again", seconds=2.0),
    ScenarioFinished(profile="ai-chat", scenario="turn", seconds=0.25, exchanges=2, note=""),
    ScenarioStarted(profile="ai-chat", scenario="long_turn", index=2, of=3),
)


def told(*events: Event, quiet: bool = False, verbose: bool = False, scenarios: int = 3) -> list[str]:
    said: list[str] = []
    with progress(said.append, scenarios=scenarios, quiet=quiet, verbose=verbose) as listen:
        for event in events:
            listen(event)
    return [re.sub(r"\d+\.\d\d s", "N s", line) for line in said]


def test_one_line_says_in_the_end_how_much_was_recorded() -> None:
    assert told(*EVENTS) == ["recorded 1 of 3 scenarios in N s, held up 1 times by status 429"]
    assert told(EVENTS[0], EVENTS[3], scenarios=1) == ["recorded 1 scenario in N s"]


def test_nothing_recorded_is_nothing_to_say() -> None:
    assert told() == told(EVENTS[0]) == []


def test_verbose_has_a_line_for_each_scenario_and_each_pause() -> None:
    assert told(*EVENTS, verbose=True)[:-1] == [
        "status 429 in ai-chat/turn: waiting 2.0 s",
        "recorded ai-chat/turn in N s",
    ]


def test_a_terminal_shows_how_far_it_is_in_one_line_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=100)

    with progress(unheard, scenarios=3, quiet=False, verbose=False, expected_seconds=3600) as listen:
        for event in EVENTS:
            listen(event)

    last = screens(terminal)[-1]
    assert re.search(r"0:00:0\d (59:5\d|1:00:00) left recording, 1 of 3 scenarios done: long_turn$", last)
    assert terminal.getvalue().endswith("\x1b[2K")


def test_expected_time_that_is_over_is_not_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=100)

    with progress(unheard, scenarios=3, quiet=False, verbose=False, expected_seconds=0) as listen:
        listen(EVENTS[0])

    assert "left" not in terminal.getvalue()


@pytest.mark.parametrize("columns", [30, 60])
def test_the_line_is_never_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=columns)

    told(EVENTS[0])

    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "rec" in shown
    assert max(map(len, re.split("[\r\n]+", shown))) <= columns


def test_no_colour_is_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = re.compile(r"\x1b\[[0-9;]*m")
    found = []
    for colour in (True, False):
        terminal = in_terminal(monkeypatch)
        with progress(unheard, scenarios=3, quiet=False, verbose=False, colour=colour) as listen:
            listen(EVENTS[0])
        found.append(bool(re.search(r"\x1b\[[0-9;]*3[0-9]", "".join(coloured.findall(terminal.getvalue())))))

    assert found == [True, False]


@pytest.mark.parametrize("options", [{"quiet": True}, {"verbose": True}])
def test_nothing_is_written_over_under_quiet_and_verbose(
    options: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = in_terminal(monkeypatch)

    told(*EVENTS, **options)

    assert terminal.getvalue() == ""


def test_nothing_is_written_over_where_nobody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")

    told(*EVENTS)

    assert capsys.readouterr().err == ""
