"""Appends a run to a history."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from chatproof.history.database import writable
from chatproof.history.migrate import transaction
from chatproof.run_json import to_json
from chatproof.settings import fingerprint

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from chatproof.run import Run

__all__ = ["append", "digest_of"]

_STAMP = "started_at_ns"


def append(path: Path, run: Run) -> bool:
    """
    Appends a run in one transaction; False where exactly this run is there already.

    Raises `HistoryError` with a hint where the history cannot be written: then nothing of the run is in it.
    """
    with writable(path) as connection, transaction(connection):
        number = _run(connection, run)
        if number is None:
            return False
        _rows(connection, "verdict", number, _verdicts(run))
        _rows(connection, "target", number, _targets(run))
        _rows(connection, "figure", number, _figures(run))
        if run.checklist is not None:
            _insert(connection, "checklist", {"run": number, **run.checklist.counts})
        if run.capacity is not None:
            facts = run.capacity
            names = ("unit", "outcome", "capacity", "breaks_at", "recommended")
            _insert(connection, "capacity", {"run": number, **{name: getattr(facts, name) for name in names}})
    return True


def digest_of(run: Run) -> str:
    """Stands for the content of a run document: 64 hexadecimal digits."""
    text = json.dumps(to_json(run), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _run(connection: sqlite3.Connection, run: Run) -> int | None:
    """The number of the new row of a run; None where there is one with this content."""
    digest = digest_of(run)
    if connection.execute("SELECT 1 FROM run WHERE digest = ?", (digest,)).fetchone():
        return None
    plan = _plan(run)
    return _insert(
        connection,
        "run",
        {
            "digest": digest,
            "started_at": run.started_at,
            "command": run.command,
            "version": run.version,
            "build": _text(run.build),
            "fingerprint": run.fingerprint,
            "workload": _text(str(plan.get("workload", ""))),
            "plan": fingerprint(plan) if plan else "",
            "url": _text(str(run.backend.get("url", ""))),
            "environment": _text(str(run.backend.get("environment", ""))),
            "profiles": json.dumps(run.profiles),
            "exit_code": run.exit_code,
            "exit_reason": _text(run.exit_reason),
            "duration_seconds": run.duration_seconds,
            "valid": None if run.validity is None else int(run.validity.valid),
            **run.counts,
        },
    )


def _plan(run: Run) -> dict[str, Any]:
    """What the load did, without the moment at which it began; empty where there was none."""
    if run.capacity is not None:
        facts = run.capacity
        return {"unit": facts.unit, "workload": facts.workload, "profile": facts.profile}
    if run.load is not None:
        return {name: value for name, value in run.load.plan.items() if name != _STAMP}
    return {}


def _verdicts(run: Run) -> Iterator[dict[str, Any]]:
    for entry in run.verdicts:
        yield {name: getattr(entry, name) for name in ("profile", "requirement", "level", "verdict")}


def _targets(run: Run) -> Iterator[dict[str, Any]]:
    names = ("profile", "target", "metric", "tag", "statistic", "comparison", "limit", "unit")
    for entry in run.targets:
        yield {name: getattr(entry, name) for name in (*names, "value", "lower", "upper", "n", "verdict")}


def _figures(run: Run) -> Iterator[dict[str, Any]]:
    """The value of each metric, and its percentiles, each as a row."""
    for entry in run.load.figures if run.load is not None else ():
        shared = {"metric": entry.metric, "tag": entry.tag, "unit": entry.unit, "n": entry.n}
        if entry.value is not None or not entry.percentiles:
            yield {**shared, "statistic": "", "value": entry.value}
        for name, value in entry.percentiles.items():
            yield {**shared, "statistic": name, "value": value}


def _rows(connection: sqlite3.Connection, table: str, run: int, rows: Iterator[dict[str, Any]]) -> None:
    found: Sequence[dict[str, Any]] = [{"run": run, "place": place, **row} for place, row in enumerate(rows)]
    if found:
        connection.executemany(_statement(table, found[0]), [tuple(map(_text, row.values())) for row in found])


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int:
    return connection.execute(_statement(table, row), tuple(row.values())).lastrowid or 0


def _statement(table: str, row: Mapping[str, Any]) -> str:
    """All names come from this module, none from a run."""
    names = ", ".join(f'"{name}"' for name in row)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - see above


def _text(value: Any) -> Any:
    """The value; of a text what UTF-8 can say, as SQLite keeps nothing else."""
    return value.encode("utf-8", errors="backslashreplace").decode() if isinstance(value, str) else value
