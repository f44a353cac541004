"""What the file of a history is protected by, and which of SQLite's errors are told."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatproof.history import database
from chatproof.history.append import append, digest_of
from chatproof.history.database import check_history, readable, writable
from chatproof.history.migrate import transaction
from chatproof.history.read import read
from chatproof.history.trouble import HistoryError, in_words
from support.history_runs import check_run


def failure(name: str) -> sqlite3.OperationalError:
    """An error with SQLite's name for it, as the module gives it."""
    error = sqlite3.OperationalError(f"told as {name}")
    error.sqlite_errorname = name
    return error


class Refusing(sqlite3.Connection):
    """A connection that cannot execute what begins in some way."""

    refused = ""
    error: sqlite3.Error = sqlite3.OperationalError()

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(self.refused):
            raise self.error
        return super().execute(statement, *values)


class Opened:
    """The connections that were opened, the first of which refuses statements."""

    def __init__(self, refused: str, name: str) -> None:
        self.modes: list[str] = []
        self.first: sqlite3.Connection | None = None
        self._factory = type("Refused", (Refusing,), {"refused": refused, "error": failure(name)})

    def connect(self, path: Path, *, mode: str, seconds: float) -> sqlite3.Connection:
        self.modes.append(mode)
        if self.first is not None:
            return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=seconds, isolation_level=None)
        self.first = sqlite3.connect(path, timeout=seconds, isolation_level=None, factory=self._factory)
        return self.first

    @property
    def first_is_closed(self) -> bool:
        assert self.first is not None
        try:
            self.first.total_changes  # noqa: B018 - a closed connection refuses to tell
        except sqlite3.ProgrammingError:
            return True
        return False


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "history.sqlite"
    append(made, check_run(1))
    return made


def count(connection: sqlite3.Connection, table: str) -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a name of this module
    return int(found)


def test_what_belongs_to_a_run_goes_with_it(file: Path) -> None:
    with writable(file) as connection:
        assert count(connection, "verdict") > 0
        connection.execute("DELETE FROM run")
        assert (count(connection, "run"), count(connection, "verdict")) == (0, 0)


def test_nothing_can_be_written_for_a_run_that_is_not_there(file: Path) -> None:
    with pytest.raises(HistoryError, match="FOREIGN KEY"), writable(file) as connection:
        connection.execute("UPDATE verdict SET run = 4711")
    assert len(read(file, last=1).runs[0].verdicts) > 0


@pytest.mark.parametrize(
    "statement", ["DELETE FROM run", "UPDATE run SET exit_code = 0", "DROP TABLE verdict", "CREATE TABLE more (a)"]
)
def test_who_reads_can_change_nothing(file: Path, statement: str) -> None:
    before = file.read_bytes()

    with pytest.raises(HistoryError, match="cannot be read"), readable(file) as connection:
        connection.execute(statement)
    assert file.read_bytes() == before
    assert read(file, last=9).of == 1


@pytest.mark.parametrize("name", ["SQLITE_CANTOPEN", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_DIRECTORY"])
@pytest.mark.parametrize("refused", ["SELECT count(*) FROM sqlite_master", "PRAGMA query_only"])
def test_where_no_writer_can_be_the_file_is_read_as_it_is(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, refused: str
) -> None:
    opened = Opened(refused, name)
    monkeypatch.setattr(database, "_connected", opened.connect)

    with readable(file) as connection:
        assert count(connection, "run") == 1
    assert opened.modes == ["rw", "ro&immutable=1"]
    assert opened.first_is_closed


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SQLITE_BUSY", "another process has it locked"),
        ("SQLITE_BUSY_RECOVERY", "another process has it locked"),
        ("SQLITE_CORRUPT", "it is damaged"),
        ("SQLITE_IOERR_READ", "the disk refused"),
        ("SQLITE_NOTADB", "it is no SQLite database"),
        ("", "told as"),
    ],
)
def test_any_other_refusal_to_be_read_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    opened = Opened("SELECT count(*) FROM sqlite_master", name)
    monkeypatch.setattr(database, "_connected", opened.connect)

    with pytest.raises(HistoryError, match=f"cannot be read: {told}"), readable(file):
        pytest.fail("there is nothing to be read")
    assert opened.modes == ["rw"]
    assert opened.first_is_closed


def test_a_history_that_another_process_writes_is_not_read_beside_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryError, match="another process has it locked"):
            read(file, last=1)
        other.execute("ROLLBACK")
    assert read(file, last=1).of == 1


@pytest.mark.parametrize("name", ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT"])
def test_a_journal_that_cannot_be_changed_now_serves_as_well(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(database, "_connected", Opened("PRAGMA journal_mode", name).connect)

    assert append(file, check_run(2))
    monkeypatch.undo()
    assert read(file, last=9).of == 2


@pytest.mark.parametrize(
    ("name", "told"), [("SQLITE_IOERR_SHMOPEN", "the disk refused"), ("SQLITE_READONLY", "read-only"), ("", "told as")]
)
def test_a_journal_that_can_never_be_changed_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    opened = Opened("PRAGMA journal_mode", name)
    monkeypatch.setattr(database, "_connected", opened.connect)

    with pytest.raises(HistoryError, match=f"cannot be written: .*{told}"):
        append(file, check_run(2))
    assert opened.first_is_closed
    monkeypatch.undo()
    assert read(file, last=9).of == 1


@pytest.mark.parametrize("missing", [os.W_OK, os.X_OK])
def test_a_folder_in_which_nothing_can_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & missing)

    with pytest.raises(HistoryError, match="is read-only") as caught:
        check_history(tmp_path / "deep" / "history.sqlite")
    assert "--history" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "told"),
    [(OSError(28, "No space left on device"), "No space left on device"), (BlockingIOError(), "BlockingIOError")],
)
def test_what_the_disk_refuses_is_told_also_without_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, told: str
) -> None:
    def refused(*_rest: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(HistoryError, match=f"cannot be written: {told}$"):
        append(tmp_path / "deep" / "history.sqlite", check_run(1))


def fails_after_a_row(connection: sqlite3.Connection, error: BaseException) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO one VALUES (1)")
        raise error


@pytest.mark.parametrize("error", [ZeroDivisionError("so many"), KeyboardInterrupt()])
def test_nothing_of_a_transaction_that_fails_stays(error: BaseException) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE one (a)")
        with pytest.raises(type(error)):
            fails_after_a_row(connection, error)
        assert not connection.in_transaction
        assert count(connection, "one") == 0
        with transaction(connection):
            connection.execute("INSERT INTO one VALUES (2)")
        assert not connection.in_transaction
        assert count(connection, "one") == 1


def test_a_transaction_that_sqlite_has_ended_itself_tells_the_first_error() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE one (a UNIQUE)")
        connection.execute("INSERT INTO one VALUES (1)")
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"), transaction(connection):
            connection.execute("INSERT OR ROLLBACK INTO one VALUES (1)")


@pytest.mark.parametrize(
    ("name", "reason", "hint"),
    [
        ("SQLITE_NOTADB", "it is no SQLite database", "give the file of a history"),
        ("SQLITE_READONLY_DBMOVED", "it, or its folder, is read-only", "make both writable"),
        ("SQLITE_CANTOPEN_ISDIR", "it cannot be opened", "permissions"),
        ("SQLITE_FULL", "the disk is full", "make room"),
        ("SQLITE_BUSY", "another process has it locked", "end what holds it open"),
        ("SQLITE_CORRUPT_VTAB", "it is damaged", "restore it from a copy"),
        ("SQLITE_IOERR_WRITE", "the disk refused", "is there room"),
        ("SQLITE_MISUSE", "told as SQLITE_MISUSE", "give the file of a history"),
        ("", "told as", "give the file of a history"),
    ],
)
def test_every_error_has_its_words_and_a_hint(name: str, reason: str, hint: str) -> None:
    found = in_words(Path("h.sqlite"), failure(name), doing="written")

    assert str(found).startswith(f"the history h.sqlite cannot be written: {reason}")
    assert hint in found.hint


def test_the_order_of_a_runs_settings_makes_no_other_run(file: Path) -> None:
    settings: dict[str, Any] = {"profiles": {"ai-chat": {}}, "backend": {"url": "http://127.0.0.1:3000", "cors": "any"}}
    turned = {"backend": dict(reversed(settings["backend"].items())), "profiles": settings["profiles"]}
    first, second = (replace(check_run(2), settings=told) for told in (settings, turned))

    assert json.dumps(settings) != json.dumps(turned)
    assert digest_of(first) == digest_of(second)
    assert (append(file, first), append(file, second)) == (True, False)


def test_a_text_that_utf_8_cannot_say_is_kept_in_other_words(file: Path) -> None:
    run = replace(check_run(2), exit_reason="half a pair: \ud83d")

    assert append(file, run) is True
    assert read(file, last=1).runs[0].exit_reason == "half a pair: \\ud83d"
