"""Old, new and strange files: migrated, refused with a hint, and never harmed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from chatproof.history import database
from chatproof.history.append import append
from chatproof.history.database import check_history
from chatproof.history.migrate import version_of
from chatproof.history.read import read
from chatproof.history.schema import STEPS, VERSION
from chatproof.history.trouble import HistoryError
from support.history_runs import check_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST_VERSION = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, started_at TEXT NOT NULL, command TEXT NOT NULL,
    version TEXT NOT NULL, url TEXT NOT NULL, environment TEXT NOT NULL, profiles TEXT NOT NULL,
    exit_code INTEGER NOT NULL, exit_reason TEXT NOT NULL, duration_seconds REAL NOT NULL, valid INTEGER,
    met INTEGER NOT NULL, not_met INTEGER NOT NULL, waived INTEGER NOT NULL, not_claimed INTEGER NOT NULL,
    not_testable INTEGER NOT NULL);
CREATE INDEX run_by_time ON run (started_at, id);
CREATE TABLE verdict (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, place INTEGER NOT NULL, profile TEXT NOT NULL,
    requirement TEXT NOT NULL, level TEXT NOT NULL, verdict TEXT NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID;
CREATE TABLE target (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, place INTEGER NOT NULL, profile TEXT NOT NULL,
    target TEXT NOT NULL, metric TEXT NOT NULL, tag TEXT NOT NULL, statistic TEXT NOT NULL, comparison TEXT NOT NULL,
    "limit" REAL NOT NULL, unit TEXT NOT NULL, value REAL, lower REAL, upper REAL, n INTEGER NOT NULL,
    verdict TEXT NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID;
CREATE TABLE figure (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, place INTEGER NOT NULL, metric TEXT NOT NULL,
    tag TEXT NOT NULL, statistic TEXT NOT NULL, value REAL, unit TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (run, place)) WITHOUT ROWID;
INSERT INTO run VALUES (7, 'd1', '2026-10-01T08:00:00+00:00', 'load', '0.0.9', 'http://127.0.0.1:3000', 'staging',
    '["ai-chat"]', 1, '1 target not met', 66.2, 1, 1, 1, 0, 0, 0);
INSERT INTO verdict VALUES (7, 0, 'ai-chat', 'SSE-TYPE-01', 'MUST', 'met');
INSERT INTO verdict VALUES (7, 1, 'ai-chat', 'SSE-FRAME-01', 'MUST', 'not_met');
INSERT INTO target VALUES (7, 0, 'ai-chat', 'ttft.p95 < 350ms', 'ttft', '', 'p95', '<', 0.35, 's', 0.4, 0.38, 0.42,
    1240, 'not_met');
INSERT INTO figure VALUES (7, 0, 'goodput', '', '', 12.5, '1/s', 900);
PRAGMA application_id = 1668313702;
PRAGMA user_version = 1;
"""
"""A database as the first version wrote it, by its own statements."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(FIRST_VERSION)
    return file


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def test_an_old_database_is_migrated_when_a_run_is_appended(old: Path) -> None:
    append(old, check_run(1, build="v2"))
    first, second = read(old, last=9).runs

    assert version(old) == VERSION > 1
    assert (first.digest, first.build, first.fingerprint, first.settings) == ("d1", "", "", "")
    assert (first.exit_reason, first.valid) == ("1 target not met", True)
    assert [one.verdict for one in first.verdicts] == ["met", "not_met"]
    assert (first.targets[0].value, first.figures[0].value) == (0.4, 12.5)
    assert second.build == "v2"


def test_an_old_database_is_read_without_being_changed(old: Path) -> None:
    before = old.read_bytes()

    assert read(old, last=9).runs[0].targets[0].limit == 0.35
    check_history(old)
    assert old.read_bytes() == before


def test_a_migration_that_fails_leaves_the_old_tables(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.history.migrate.STEPS", (STEPS[0], (*STEPS[1], "CREATE nonsense")))

    with pytest.raises(HistoryError):
        append(old, check_run(1))
    monkeypatch.undo()
    assert version(old) == 1
    assert read(old, last=9).of == 1


def test_migrated_and_new_databases_have_the_same_tables(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    append(new, check_run(1))
    append(old, check_run(1))

    def columns(file: Path) -> list[tuple[str, ...]]:
        query = """SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
                   FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2"""
        with closing(sqlite3.connect(file)) as connection:
            return connection.execute(query).fetchall()

    assert columns(old) == columns(new)


def test_a_newer_database_is_refused(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = old.read_bytes()

    for refuse in REFUSING:
        with pytest.raises(HistoryError, match=f"has the schema version {VERSION + 1}, this chatproof knows up to"):
            refuse(old)
    assert old.read_bytes() == before


def append_one(file: Path) -> None:
    append(file, check_run(1))


def read_one(file: Path) -> None:
    read(file, last=1)


REFUSING: tuple[Callable[[Path], None], ...] = (append_one, read_one, check_history)


@pytest.mark.parametrize("refuse", REFUSING)
def test_strange_files_are_refused_and_not_touched(refuse: Callable[[Path], None], tmp_path: Path) -> None:
    text, foreign = tmp_path / "notes.txt", tmp_path / "foreign.sqlite"
    text.write_text("a diary, of more than the hundred bytes that the head of a database has\n" * 20)
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE run (a)")
        connection.commit()
    before = foreign.read_bytes()

    for file, said in ((text, "no SQLite database"), (foreign, "something else"), (tmp_path, "is a folder")):
        with pytest.raises(HistoryError, match=said) as caught:
            refuse(file)
        assert "--history" in caught.value.hint
    assert foreign.read_bytes() == before


def test_a_check_makes_nothing(tmp_path: Path) -> None:
    check_history(tmp_path / "deep" / "history.sqlite")

    assert list(tmp_path.iterdir()) == []


def test_a_file_as_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="is no folder"):
        check_history(tmp_path / "file" / "history.sqlite")
    with pytest.raises(HistoryError, match="cannot be written"):
        append(tmp_path / "file" / "history.sqlite", check_run(1))


def test_an_empty_file_becomes_a_history(tmp_path: Path) -> None:
    file = tmp_path / "made-by-mktemp"
    file.touch()

    assert read(file, last=1).runs == ()
    check_history(file)
    append(file, check_run(1))
    assert read(file, last=1).of == 1


def test_no_history_to_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no history") as caught:
        read(tmp_path / "typo.sqlite", last=1)
    assert "--history FILE" in caught.value.hint


def test_a_locked_database_is_told_after_a_limit(
    old: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(database, "_LOOK_SECONDS", 0.05)
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        check_history(old)
        with pytest.raises(HistoryError, match="another process has it locked"):
            append(old, check_run(1))
        other.execute("ROLLBACK")
    append(old, check_run(1))
    assert not recwarn.list


def test_a_read_only_history_is_told_and_can_still_be_read(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(old, check_run(2))
    usual = database._connected

    def read_only(path: Path, *, mode: str, seconds: float) -> sqlite3.Connection:
        return usual(path, mode=mode.replace("rwc", "ro").replace("rw", "ro"), seconds=seconds)

    monkeypatch.setattr(database, "_connected", read_only)
    for write in (append_one, check_history):
        with pytest.raises(HistoryError, match="read-only"):
            write(old)
    assert read(old, last=9).of == 2


def test_nothing_is_left_beside_a_history(old: Path, tmp_path: Path) -> None:
    append(old, check_run(2))
    check_history(old)
    read(old, last=9)

    assert [path.name for path in tmp_path.iterdir()] == ["old.sqlite"]


def test_tables_that_another_process_makes_meanwhile_are_no_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    file = tmp_path / "history.sqlite"
    others: list[str] = []

    class Watched(sqlite3.Connection):
        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            if "sqlite_master" in statement:
                try:
                    others.append("appended" if append(file, check_run(1)) else "there")
                except HistoryError:
                    others.append("waits")
            return super().execute(statement, *values)  # type: ignore[arg-type]  # what sqlite3 takes

    with closing(sqlite3.connect(file, isolation_level=None, factory=Watched)) as connection:
        assert version_of(connection, file) in {0, VERSION}
    assert others
    append(file, check_run(2))
    assert "waits" not in others or read(file, last=9).of == 1
