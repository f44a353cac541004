"""What can go wrong with the database of a history, in words that say what to do."""

from __future__ import annotations

import sqlite3  # noqa: TC003 - its errors are looked at here
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HistoryError", "error_name", "in_words"]

OTHER_FILE = "give the file of a history, or one that does not exist yet, with --history"
_WORDS = (
    ("SQLITE_NOTADB", "it is no SQLite database", OTHER_FILE),
    ("SQLITE_READONLY", "it, or its folder, is read-only", "make both writable, or give another file with --history"),
    ("SQLITE_CANTOPEN", "it cannot be opened", "look at the permissions of the file and of its folder"),
    ("SQLITE_FULL", "the disk is full", "make room, or give a file on another disk with --history"),
    ("SQLITE_BUSY", "another process has it locked", "end what holds it open, then run again"),
    ("SQLITE_CORRUPT", "it is damaged", "restore it from a copy, or begin a new one with another file"),
    ("SQLITE_IOERR", "the disk refused", "is there room, and is the disk in order?"),
)


class HistoryError(Exception):
    """A history could not be read or written; what it held is still there. `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def error_name(error: sqlite3.Error) -> str:
    """The name of SQLite's result code, such as `SQLITE_BUSY`; empty where Python's module itself refused."""
    return getattr(error, "sqlite_errorname", "")


def in_words(path: Path, error: sqlite3.Error, *, doing: str) -> HistoryError:
    """What SQLite said of the file, as an error of ours; `doing` is `read` or `written`."""
    name = error_name(error)
    for begin, reason, hint in _WORDS:
        if name.startswith(begin):
            return HistoryError(f"the history {path} cannot be {doing}: {reason}", hint=hint)
    return HistoryError(f"the history {path} cannot be {doing}: {error}", hint=OTHER_FILE)
