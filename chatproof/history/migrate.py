"""Brings the tables of a history to the version that this chatproof writes."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from chatproof.history.schema import APPLICATION_ID, STEPS, VERSION
from chatproof.history.trouble import OTHER_FILE, HistoryError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["migrate", "transaction", "version_of"]


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """
    The version of the tables; 0 stands for an empty database.

    Raises `HistoryError` where they are of something else, or of a newer chatproof.
    """
    version, application, tables = _looked_at(connection)
    if not version and not application and not tables:
        return 0
    if application != APPLICATION_ID:
        raise HistoryError(f"{path} is a database of something else: nothing is written to it", hint=OTHER_FILE)
    if version > VERSION:
        found = f"{path} has the schema version {version}, this chatproof knows up to {VERSION}"
        raise HistoryError(
            found, hint="a newer chatproof wrote it: update this one, or give another file with --history"
        )
    return version


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """
    All steps that are missing, in one transaction: another process sees the old tables or the new ones.

    Raises `HistoryError` as `version_of` does; sqlite3.Error where the database cannot be written.
    """
    if version_of(connection, path) == VERSION:
        return
    with transaction(connection):
        version = version_of(connection, path)  # another process may have been first
        for step in STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that has the right to write from its beginning; nothing of it stays where the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _looked_at(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """
    The versions of the database and the number of its tables, all of one moment.

    Between two questions on their own another process may have made the tables.
    """
    with nullcontext() if connection.in_transaction else _one_moment(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(version), int(application), int(tables)


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that reads."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
