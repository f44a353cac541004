"""A report that cannot be written: said with a hint, never green, and the verdicts are not lost."""

from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from outcomes.conftest import Stand

from chatproof import report_folder
from chatproof.cli import run

Check = Callable[..., int]


@pytest.fixture
def check(stand: Stand, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks a backend without a defect, in this process; temporary files go into a folder of the test."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(write(stand().file))
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return lambda *options: run(["check", "SSE-TYPE-01", "--color", "never", *options])


def full_disk(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A disk that takes so many more files."""
    write = report_folder._write
    written: list[Path] = []

    def failing(path: Path, text: str) -> None:
        if len(written) == after:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write(path, text)

    monkeypatch.setattr(report_folder, "_write", failing)


def is_told(capsys: pytest.CaptureFixture[str], found: str) -> None:
    """The error and its hint on stderr, the document on stdout."""
    said = capsys.readouterr()
    assert "error: " in said.err
    assert found in said.err
    assert "hint: " in said.err
    assert "report: " not in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    document = json.loads(said.out)
    assert [entry["verdict"] for entry in document["verdicts"]] == ["met"]


def test_a_file_in_place_of_the_folder(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("mine")

    assert check("--json", "--report-dir", "taken") == 4
    is_told(capsys, "the report cannot be written to taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_the_run_document_is_kept_elsewhere_where_it_was_not_printed(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk(monkeypatch, after=0)

    assert check() == 4
    said = capsys.readouterr().err
    (kept,) = (tmp_path / "temporary").glob("chatproof-check-*.json")
    assert f"the run document is in {kept}" in said
    assert run(["report", str(kept), "--format", "markdown"]) == 0
    assert "1 met" in capsys.readouterr().out


def test_without_any_room_the_way_to_print_it_is_told(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not-there"))
    full_disk(monkeypatch, after=0)

    assert check() == 4
    assert "make room; --json prints the run document on stdout" in capsys.readouterr().err


def test_a_folder_of_somebody_else(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs" / "check").mkdir(parents=True)
    (tmp_path / "docs" / "check" / "mine.txt").write_text("mine")

    assert check("--json", "--report-dir", "docs") == 4
    is_told(capsys, "is no report of chatproof")
    assert (tmp_path / "docs" / "check" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("after", [0, 2, 4])
def test_a_full_disk_leaves_the_older_report(
    after: int, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check() == 0
    before = {path.name for path in (tmp_path / "chatproof-report").rglob("*")}
    capsys.readouterr()
    full_disk(monkeypatch, after)

    assert check("--json") == 4
    is_told(capsys, "No space left on device")
    assert {path.name for path in (tmp_path / "chatproof-report").rglob("*")} == before


def test_a_full_disk_does_not_hide_what_is_not_met(
    stand: Stand, check: Check, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(stand("wrong_media_type").file)
    full_disk(monkeypatch, 0)

    assert check() == 1


def test_recordings_that_cannot_be_written_are_told_too(
    check: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_arguments: object) -> None:
        raise OSError(errno.EFBIG, "File too large")

    monkeypatch.setattr("chatproof.checking.save_folder", failing)

    assert check("--json") == 4
    is_told(capsys, "File too large")


def test_a_recorder_that_breaks_is_our_failure_with_a_report(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_arguments: object, **_options: object) -> list[str]:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("chatproof.checking.record_profiles", broken)

    assert check() == 4
    said = capsys.readouterr().err
    assert "chatproof itself failed: the recorder broke: RuntimeError: a wheel came off" in " ".join(said.split())
    assert "INTERNALERROR" not in said
    document = json.loads((tmp_path / "chatproof-report" / "check" / "run.json").read_bytes())
    assert document["exit_code"] == 4
    assert [entry["verdict"] for entry in document["verdicts"]] == ["not_testable"]
