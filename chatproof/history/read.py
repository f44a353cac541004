"""Reads past runs from a history."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from chatproof.history.database import readable
from chatproof.history.facts import History, PastCapacity, PastFigure, PastRun, PastTarget, PastVerdict

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

__all__ = ["read"]

T = TypeVar("T", PastVerdict, PastTarget, PastFigure, PastCapacity)

_COUNTS = ("met", "not_met", "waived", "not_claimed", "not_testable")
_STATES = ("ticked", "not_ticked", "not_judged", "not_testable", "manual")
_PLAIN = (
    *("digest", "started_at", "command", "version", "build", "fingerprint", "workload", "plan", "url"),
    *("environment", "exit_code", "exit_reason", "duration_seconds"),
)
_OF_PROFILE = "EXISTS (SELECT 1 FROM json_each(run.profiles) WHERE json_each.value = :profile)"
_WHERE = f"(:command = '' OR command = :command) AND (:profile = '' OR {_OF_PROFILE})"


def read(path: Path, *, last: int, command: str = "", profile: str = "") -> History:
    """
    The last runs of a history by their start, the oldest first; those of a command, or with a profile, where asked.

    Raises `HistoryError` with a hint where there is none or it cannot be read.
    """
    asked = {"command": command, "profile": profile}
    with readable(path) as connection:
        connection.execute("BEGIN")  # one state of the database for all that follows
        (of,) = connection.execute(f"SELECT count(*) FROM run WHERE {_WHERE}", asked).fetchone()  # noqa: S608 - ours
        wanted = f"SELECT * FROM run WHERE {_WHERE} ORDER BY started_at DESC, id DESC LIMIT :last"  # noqa: S608 - ours
        found = _rows(connection, wanted, {**asked, "last": last})
        runs = tuple(_run(connection, row) for row in reversed(found))
    return History(file=str(path), runs=runs, of=of, command=command, profile=profile)


def _run(connection: sqlite3.Connection, row: dict[str, Any]) -> PastRun:
    number = row["id"]
    checklist = _rows(connection, "SELECT * FROM checklist WHERE run = :run", {"run": number})
    capacity = _of_run(connection, "capacity", PastCapacity, number, order="run")
    return PastRun(
        **{name: row[name] for name in _PLAIN},
        profiles=tuple(json.loads(row["profiles"])),
        valid=None if row["valid"] is None else bool(row["valid"]),
        counts={name: row[name] for name in _COUNTS},
        verdicts=_of_run(connection, "verdict", PastVerdict, number),
        targets=_of_run(connection, "target", PastTarget, number),
        figures=_of_run(connection, "figure", PastFigure, number),
        checklist={name: checklist[0][name] for name in _STATES} if checklist else {},
        capacity=capacity[0] if capacity else None,
    )


def _of_run(
    connection: sqlite3.Connection, table: str, kind: type[T], run: int, *, order: str = "place"
) -> tuple[T, ...]:
    """The rows of a table that belong to a run, in their order; the columns are the fields of `kind`."""
    names = [entry.name for entry in fields(kind)]
    columns = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {columns} FROM {table} WHERE run = :run ORDER BY {order}"  # noqa: S608 - names of this module
    return tuple(kind(**row) for row in _rows(connection, query, {"run": run}))


def _rows(connection: sqlite3.Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    found = connection.execute(query, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]
