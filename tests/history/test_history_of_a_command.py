"""`--history` of a command: refused before anything is sent, appended at the end, never at the report's cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from chatproof.cli.check import command as check
from chatproof.cli.finish import Talk, tell
from chatproof.cli.load import command as load
from chatproof.exit_code import ExitCode
from chatproof.history.read import read
from support.history_runs import check_run

if TYPE_CHECKING:
    import click

    from chatproof.run import Run


def told(run: Run, folder: Path, history: Path | None) -> ExitCode:
    talk = Talk(color="never", quiet=False, verbose=False, as_json=False, history=history)
    return tell(run, folder=folder, talk=talk, beside=lambda _folder: None)


def test_a_run_is_appended_beside_its_report(tmp_path: Path) -> None:
    history = tmp_path / "history.sqlite"

    assert told(check_run(1), tmp_path / "report", history) is ExitCode.MET
    assert told(check_run(2, broken=("SSE-TYPE-01",)), tmp_path / "report", history) is ExitCode.NOT_MET
    assert [run.exit_code for run in read(history, last=9).runs] == [0, 1]


def test_without_the_option_there_is_none(tmp_path: Path) -> None:
    assert told(check_run(1), tmp_path / "report", None) is ExitCode.MET
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize(("broken", "code"), [((), ExitCode.CRASHED), (("SSE-TYPE-01",), ExitCode.NOT_MET)])
def test_a_history_that_cannot_be_written_costs_no_report(
    broken: tuple[str, ...], code: ExitCode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = tmp_path / "history.sqlite"
    history.write_text("since the run began somebody put a text here, longer than the head of a database is\n" * 20)

    assert told(check_run(1, broken=broken), tmp_path / "report", history) is code
    assert (tmp_path / "report" / "check" / "run.json").is_file()
    said = capsys.readouterr().err
    assert "error: the history" in said
    assert "no SQLite database\nhint: " in said


def test_an_interrupted_run_is_kept_as_such(tmp_path: Path) -> None:
    run = replace(check_run(1), interrupted=True, exit_code=130, exit_reason="interrupted")

    assert told(run, tmp_path / "report", tmp_path / "history.sqlite") is ExitCode.INTERRUPTED
    assert read(tmp_path / "history.sqlite", last=1).runs[0].exit_reason == "interrupted"


@pytest.mark.parametrize("command", [check, load])
def test_a_file_that_is_no_history_is_refused_before_anything_is_sent(
    command: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("a diary, of more than the hundred bytes that the head of a database has\n" * 20)
    done = CliRunner().invoke(command, ["--reference", "--history", "notes.txt"])

    assert done.exit_code == 2
    assert "notes.txt cannot be written: it is no SQLite database\nhint: " in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
