"""The file of a history: opened to be written, opened to be read, and looked at before a run begins."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from chatproof.history.migrate import migrate, version_of
from chatproof.history.schema import VERSION
from chatproof.history.trouble import HistoryError, error_name, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["check_history", "readable", "writable"]

BUSY_SECONDS = 30.0
"""So long a writer waits for its turn."""
_LOOK_SECONDS = 1.0
_OTHER_FOLDER = "give a file in a folder that can be written with --history"


def check_history(path: Path) -> None:
    """
    Raises `HistoryError` for a file that no run could be appended to; nothing is made or changed.

    A database that is locked at the moment is in order: its turn may come when the run has ended.
    """
    _refuse_folder(path)
    if not path.exists():
        folder = next(parent for parent in path.absolute().parents if parent.exists())
        if not folder.is_dir():
            raise HistoryError(f"the history {path} cannot be written: {folder} is no folder", hint=_OTHER_FOLDER)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise HistoryError(f"the history {path} cannot be written: {folder} is read-only", hint=_OTHER_FOLDER)
        return
    try:
        with closing(_connected(path, mode="rw", seconds=_LOOK_SECONDS)) as connection:
            version = version_of(connection, path)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA user_version = {version}")  # a read-only database says so at a write alone
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if not error_name(error).startswith("SQLITE_BUSY"):
            raise in_words(path, error, doing="written") from error


@contextmanager
def writable(path: Path) -> Iterator[sqlite3.Connection]:
    """
    The database, made or migrated where that is needed; it is closed when the block ends.

    Raises `HistoryError` with a hint for all that SQLite or the disk refuses, in the block too.
    """
    _refuse_folder(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connected(path, mode="rwc", seconds=BUSY_SECONDS)) as connection:
            version_of(connection, path)
            _log_ahead(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise in_words(path, error, doing="written") from error
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise HistoryError(f"the history {path} cannot be written: {said}", hint=_OTHER_FOLDER) from error


@contextmanager
def readable(path: Path) -> Iterator[sqlite3.Connection]:
    """
    The database with the tables of today; an older one is migrated in memory, and the file stays as it is.

    Raises `HistoryError` where there is none, or where it cannot be read.
    """
    _refuse_folder(path)
    if not path.exists():
        raise HistoryError(
            f"there is no history {path}", hint="`chatproof check --history FILE` begins one; is the name right?"
        )
    try:
        with closing(_opened_to_read(path)) as connection:
            if version_of(connection, path) == VERSION:
                yield connection
                return
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
                connection.backup(memory)
                migrate(memory, path)
                yield memory
    except sqlite3.Error as error:
        raise in_words(path, error, doing="read") from error


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """
    The database, in which nothing can be changed.

    It is opened as a writer would, where that is possible: the last one to close it tidies what lies beside it. Where
    its folder cannot be written there is no place for that, and nobody who could change it meanwhile.
    """
    connection = _connected(path, mode="rw", seconds=BUSY_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        connection.close()
        if not error_name(error).startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise
        return _connected(path, mode="ro&immutable=1", seconds=BUSY_SECONDS)
    return connection


def _connected(path: Path, *, mode: str, seconds: float) -> sqlite3.Connection:
    """A connection that begins no transaction by itself, and waits up to `seconds` for its turn."""
    name = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(name, uri=True, timeout=seconds, isolation_level=None)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """
    Write-ahead logging, so that readers and a writer do not wait for one another.

    A file system without shared memory has none, and while others are at work the mode cannot be changed: the journal
    that there is then loses nothing either.
    """
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if not error_name(error).startswith("SQLITE_BUSY"):
            raise


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise HistoryError(f"{path} is a folder", hint=f"give a file, such as --history {path}/history.sqlite")
