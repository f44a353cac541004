"""The report folder: written beside, renamed when whole, so that a reader never meets half of one."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatproof.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from chatproof.run import Run

__all__ = ["ReportFolderError", "refuse_strangers", "write_report"]

FILES: Mapping[str, str] = {
    "run.json": "json",
    "report.html": "html",
    "junit.xml": "junit",
    "summary.md": "markdown",
}
_RUNS = "*/run.json"
GENERATOR = '<meta name="generator" content="chatproof'


class ReportFolderError(Exception):
    """The report could not be written; what was there before is still there. `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def write_report(directory: Path, run: Run, *, recordings: Callable[[Path], None] | None = None) -> Path:
    """
    Writes `<directory>/<command>/` and `<directory>/index.html`; returns the path of the latter.

    `recordings` is given the new folder, and writes `recordings/` into it. An older report of the same command
    is replaced when the new one is whole. Raises `ReportFolderError` where that is not possible.
    """
    rendered = {name: load("reports", writer).render(run) for name, writer in FILES.items()}
    target = directory / run.command
    try:
        directory.mkdir(parents=True, exist_ok=True)
        refuse_strangers(directory, run.command)
        with _beside(target) as folder:
            for name, text in rendered.items():
                _write(folder / name, text)
            if recordings is not None:
                recordings(folder)
        index = directory / "index.html"
        beside = directory / f".index.{secrets.token_hex(4)}.html"
        try:
            _write(beside, load("reports", "index").render(_entries(directory)))
            beside.replace(index)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        hint = "choose another folder with --report-dir, or make room"
        message = f"the report cannot be written to {directory}: {error.strerror or error}"
        raise ReportFolderError(message, hint=hint) from error
    return index


def refuse_strangers(directory: Path, command: str) -> None:
    """Raises `ReportFolderError` for a folder of a command, or an index, that chatproof did not write."""
    target, index = directory / command, directory / "index.html"
    hint = "choose another folder with --report-dir"
    ours = not target.exists() or (target / "run.json").is_file() or (target.is_dir() and not any(target.iterdir()))
    if target.is_symlink() or not ours:
        raise ReportFolderError(f"{target} exists and is no report of chatproof: it is not replaced", hint=hint)
    if index.exists() and GENERATOR not in index.read_text("utf-8", errors="replace")[:2000]:
        raise ReportFolderError(f"{index} exists and was not written by chatproof: it is not replaced", hint=hint)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new folder beside the target, which takes its place when the block has ended well."""
    unique = secrets.token_hex(4)
    fresh = target.with_name(f".{target.name}.{unique}.new")
    old = target.with_name(f".{target.name}.{unique}.old")
    fresh.mkdir()
    try:
        yield fresh
        _swap(fresh, target, old)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """A folder with content cannot be renamed over: the older one steps aside, and comes back if that fails."""
    replaced = target.exists()
    if replaced:
        target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        if replaced:
            old.rename(target)
        raise
    if replaced:
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    """Writes and syncs, so that a full disk shows before the older report is gone."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _entries(directory: Path) -> list[dict[str, object]]:
    """
    What lies in the report folder: for each command its files, what its run document says of the outcome, and `inner`.

    These are the same of the runs that lie in its folder, as those that a checklist stands on.
    """
    folders = [path.parent for path in sorted(directory.glob(_RUNS)) if not path.parent.name.startswith(".")]
    return [
        _entry(directory, folder) | {"inner": [_entry(directory, path.parent) for path in sorted(folder.glob(_RUNS))]}
        for folder in folders
    ]


def _entry(directory: Path, folder: Path) -> dict[str, object]:
    try:
        document = json.loads((folder / "run.json").read_text("utf-8"))
    except ValueError:
        document = {}
    return {
        "command": folder.name,
        "files": sorted(path.relative_to(directory).as_posix() for path in folder.iterdir()),
        "document": document if isinstance(document, dict) else {},
    }
