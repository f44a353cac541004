from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatproof import report_folder
from chatproof.report_folder import ReportFolderError, write_report
from chatproof.run_json import from_json

if TYPE_CHECKING:
    from chatproof.run import Run


def save(folder: Path) -> None:
    (folder / "recordings" / "ai-chat").mkdir(parents=True)
    (folder / "recordings" / "ai-chat" / "turn.har").write_text("{}", "utf-8")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


WHOLE = [
    "check/junit.xml",
    "check/recordings/ai-chat/turn.har",
    "check/report.html",
    "check/run.json",
    "check/summary.md",
]


def test_folder_holds_every_report_and_links_them(faulty_run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "chatproof-report"

    index = write_report(folder, faulty_run, recordings=save)

    assert index == folder / "index.html"
    assert names(folder) == [*WHOLE, "index.html"]
    assert from_json(json.loads((folder / "check/run.json").read_text("utf-8"))) == faulty_run
    page = index.read_text("utf-8")
    for link in ("check/report.html", "check/junit.xml", "check/summary.md", "check/run.json", "check/recordings/"):
        assert f'href="{link}"' in page
    assert "exit code" in page


def test_older_report_is_replaced_as_a_whole(faulty_run: Run, tmp_path: Path) -> None:
    write_report(tmp_path, faulty_run, recordings=save)
    write_report(tmp_path, replace(faulty_run, version="9.9.9"))

    assert names(tmp_path) == [name for name in [*WHOLE, "index.html"] if "recordings" not in name]
    assert '"version": "9.9.9"' in (tmp_path / "check/run.json").read_text("utf-8")


def test_reports_of_other_commands_stay_and_are_linked(faulty_run: Run, tmp_path: Path) -> None:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "run.json").write_text("no json", "utf-8")
    (tmp_path / "gate").mkdir()
    (tmp_path / "gate" / "run.json").write_text("[1]", "utf-8")
    (tmp_path / ".check.1.new").mkdir()
    (tmp_path / ".check.1.new" / "run.json").write_text("{}", "utf-8")

    page = write_report(tmp_path, faulty_run).read_text("utf-8")

    assert 'href="load/run.json"' in page
    assert 'href="gate/run.json"' in page
    assert ".new" not in page


def test_runs_in_the_folder_of_a_command_are_linked(faulty_run: Run, tmp_path: Path) -> None:
    def save_runs(folder: Path) -> None:
        (folder / "load-soak").mkdir()
        (folder / "load-soak" / "run.json").write_text('{"exit_code": 0, "exit_reason": "in a run"}', "utf-8")

    page = write_report(tmp_path, faulty_run, recordings=save_runs).read_text("utf-8")

    assert 'href="check/load-soak/run.json"' in page
    assert "in a run" in page


def test_failure_while_recordings_are_saved_leaves_the_older_report(faulty_run: Run, tmp_path: Path) -> None:
    write_report(tmp_path, faulty_run, recordings=save)
    before = names(tmp_path)

    def full(folder: Path) -> None:
        save(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(ReportFolderError, match="No space left on device") as caught:
        write_report(tmp_path, replace(faulty_run, version="9.9.9"), recordings=full)

    assert "--report-dir" in caught.value.hint
    assert names(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert "9.9.9" not in (tmp_path / "check/run.json").read_text("utf-8")


def test_interruption_while_writing_leaves_nothing_behind(faulty_run: Run, tmp_path: Path) -> None:
    def interrupted(_folder: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path, faulty_run, recordings=interrupted)

    assert names(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_failed_swap_brings_the_older_report_back(
    faulty_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(tmp_path, faulty_run, recordings=save)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ReportFolderError, match="Input/output error"):
        write_report(tmp_path, faulty_run)

    assert names(tmp_path) == [*WHOLE, "index.html"]


def test_first_report_whose_swap_fails_leaves_nothing(
    faulty_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_self: Path, _target: Path) -> Path:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ReportFolderError):
        write_report(tmp_path, faulty_run)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_strangers_are_never_replaced(faulty_run: Run, tmp_path: Path, what: str) -> None:
    target = tmp_path / "out" / "check"
    target.parent.mkdir()
    if what == "file":
        target.write_text("mine", "utf-8")
    elif what == "folder":
        target.mkdir()
        (target / "mine.py").write_text("mine", "utf-8")
    else:
        target.symlink_to(tmp_path)
    before = names(tmp_path)

    with pytest.raises(ReportFolderError, match="is no report of chatproof"):
        write_report(tmp_path / "out", faulty_run)

    assert names(tmp_path) == before


def test_link_to_a_report_elsewhere_is_never_replaced(faulty_run: Run, tmp_path: Path) -> None:
    write_report(tmp_path / "elsewhere", faulty_run)
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "check").symlink_to(tmp_path / "elsewhere" / "check")

    with pytest.raises(ReportFolderError, match="is not replaced"):
        write_report(reports, faulty_run)

    assert (reports / "check").is_symlink()
    assert (tmp_path / "elsewhere" / "check" / "run.json").is_file()


def test_strange_index_is_never_replaced(faulty_run: Run, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>My page</h1>", "utf-8")

    with pytest.raises(ReportFolderError, match="was not written by chatproof"):
        write_report(tmp_path, faulty_run)

    assert names(tmp_path) == ["index.html"]


def test_folder_that_is_a_file_is_an_error_with_a_hint(faulty_run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", "utf-8")

    with pytest.raises(ReportFolderError, match="cannot be written") as caught:
        write_report(tmp_path / "out", faulty_run)

    assert caught.value.hint


def test_empty_folder_of_that_name_is_taken(faulty_run: Run, tmp_path: Path) -> None:
    (tmp_path / "check").mkdir()

    write_report(tmp_path, faulty_run, recordings=save)

    assert names(tmp_path) == [*WHOLE, "index.html"]


def test_every_run_can_be_written(any_run: Run, tmp_path: Path) -> None:
    write_report(tmp_path, any_run)

    assert sorted(report_folder.FILES) == sorted(path.name for path in (tmp_path / "check").iterdir())
