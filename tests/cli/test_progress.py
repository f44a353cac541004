from __future__ import annotations

import re
import sys
from io import StringIO

import pytest

from chatproof.cli.progress import progress
from chatproof.recorder.events import Event, ExchangeFinished, Paused, ScenarioFinished, ScenarioStarted

EVENTS: tuple[Event, ...] = (
    ScenarioStarted(profile="ai-chat", scenario="turn", index=1, of=3),
    ExchangeFinished(profile="ai-chat", scenario="turn", label="turn", status=200, end="terminal chunk"),
    Paused(profile="ai-chat", scenario="turn", label="again", seconds=2.0),
    ScenarioFinished(profile="ai-chat", scenario="turn", seconds=0.25, exchanges=2, note=""),
    ScenarioStarted(profile="ai-chat", scenario="long_turn", index=2, of=3),
)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def in_terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int = 60) -> Terminal:
    """Makes stderr a terminal for the rest of the test; a fixture would do so before pytest takes stderr itself."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


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


def test_a_terminal_shows_what_runs_in_one_line_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch)

    told(*EVENTS)

    lines = terminal.getvalue().split("\r\x1b[2K")
    assert lines[1] == "recording, 0 of 3 scenarios done: turn"
    assert lines[-2] == "recording, 1 of 3 scenarios done: long_turn"
    assert lines[-1] == ""


def test_the_line_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=20)

    told(EVENTS[0])

    assert "\r\x1b[2Krecording, 0 of 3 s\r" in terminal.getvalue()


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
