"""Ctrl-C and SIGTERM: a partial report that says so, and nothing left behind."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from outcomes.commands import Command, Outcome, chatproof
from outcomes.scripted import CONTROL_REQUESTS, Meeting, hanging_after

from chatproof import report_folder
from chatproof.cli import run

SOON_SECONDS = 30.0
SELECTED = ("SSE-TYPE-01", "AICHAT-VAL-01")

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])


def interrupted(folder: Path, number: signal.Signals, *options: str) -> Outcome:
    """A check that gets a signal while it waits for an answer, after the control scenario is recorded."""
    meeting = Meeting()
    with (
        hanging_after(CONTROL_REQUESTS, meeting) as server,
        Command("check", server.url, *SELECTED, "--color", "never", *options, cwd=folder) as command,
    ):
        assert meeting.reached(), command.said
        command.signal(number)
        return command.finish(SOON_SECONDS)


@BOTH
def test_a_partial_report_says_what_was_seen(number: signal.Signals, tmp_path: Path) -> None:
    outcome = interrupted(tmp_path, number)

    assert outcome.code == 130
    assert outcome.run["interrupted"] is True
    assert outcome.run["exit_code"] == 130
    assert outcome.entry("SSE-TYPE-01")["verdict"] == "met"
    unseen = outcome.entry("AICHAT-VAL-01")
    assert unseen["verdict"] == "not_testable"
    assert "interrupted" in unseen["reason"]
    assert "Traceback" not in outcome.err
    last = outcome.err.rstrip().splitlines()[-1]
    assert last.startswith("interrupted: 1 met, 1 not testable")
    assert last.endswith("chatproof-report/index.html")
    written = {path.name for path in (tmp_path / "chatproof-report" / "check").iterdir()}
    assert written == {"run.json", "report.html", "junit.xml", "summary.md", "recordings"}


def test_an_interrupted_recording_can_be_replayed(tmp_path: Path) -> None:
    outcome = interrupted(tmp_path, signal.SIGTERM)

    again = chatproof("check", "--replay", "chatproof-report/check", *SELECTED, cwd=tmp_path)

    assert again.code == 3
    assert again.entry("SSE-TYPE-01")["verdict"] == "met"
    assert again.entry("AICHAT-VAL-01")["reason"] == outcome.entry("AICHAT-VAL-01")["reason"]


def test_under_json_the_document_is_printed_all_the_same(tmp_path: Path) -> None:
    outcome = interrupted(tmp_path, signal.SIGINT, "--json")

    assert outcome.code == 130
    assert json.loads(outcome.out) == outcome.run


def test_a_second_interruption_while_the_report_is_written_leaves_no_half_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(tmp_path, signal.SIGINT)
    reports = tmp_path / "chatproof-report"
    before = {path: path.read_bytes() for path in reports.rglob("*") if path.is_file()}
    write = report_folder._write
    written: list[str] = []

    def pressed_meanwhile(path: Path, text: str) -> None:
        write(path, text)
        written.append(path.name)
        if len(written) == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report_folder, "_write", pressed_meanwhile)

    code = run(["check", "--replay", "chatproof-report/check", *SELECTED])

    assert code == 130
    assert len(written) == 2
    assert capsys.readouterr().err.rstrip().endswith("interrupted")
    assert {path: path.read_bytes() for path in reports.rglob("*") if path.is_file()} == before


def test_sigterm_is_as_before_when_the_command_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    assert run(["check", "http://127.0.0.1:1", "SSE-TYPE-01"]) == 3
    assert signal.getsignal(signal.SIGTERM) is before
