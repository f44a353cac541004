"""The tables of a history: each version as the step that leads to it from the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__: list[str] = []

APPLICATION_ID = 0x63707266
"""Marks the database as ours (`cprf`), so that no other one is ever written to."""

_FIRST = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        started_at TEXT NOT NULL,
        command TEXT NOT NULL,
        version TEXT NOT NULL,
        url TEXT NOT NULL,
        environment TEXT NOT NULL,
        profiles TEXT NOT NULL,
        exit_code INTEGER NOT NULL,
        exit_reason TEXT NOT NULL,
        duration_seconds REAL NOT NULL,
        valid INTEGER,
        met INTEGER NOT NULL,
        not_met INTEGER NOT NULL,
        waived INTEGER NOT NULL,
        not_claimed INTEGER NOT NULL,
        not_testable INTEGER NOT NULL
    )
    """,
    "CREATE INDEX run_by_time ON run (started_at, id)",
    """
    CREATE TABLE verdict (
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        profile TEXT NOT NULL,
        requirement TEXT NOT NULL,
        level TEXT NOT NULL,
        verdict TEXT NOT NULL,
        PRIMARY KEY (run, place)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE target (
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        profile TEXT NOT NULL,
        target TEXT NOT NULL,
        metric TEXT NOT NULL,
        tag TEXT NOT NULL,
        statistic TEXT NOT NULL,
        comparison TEXT NOT NULL,
        "limit" REAL NOT NULL,
        unit TEXT NOT NULL,
        value REAL,
        lower REAL,
        upper REAL,
        n INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        PRIMARY KEY (run, place)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE figure (
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        metric TEXT NOT NULL,
        tag TEXT NOT NULL,
        statistic TEXT NOT NULL,
        value REAL,
        unit TEXT NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (run, place)
    ) WITHOUT ROWID
    """,
)

_SECOND = (
    "ALTER TABLE run ADD COLUMN build TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE run ADD COLUMN fingerprint TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE run ADD COLUMN workload TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE run ADD COLUMN \"plan\" TEXT NOT NULL DEFAULT ''",
    """
    CREATE TABLE checklist (
        run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
        ticked INTEGER NOT NULL,
        not_ticked INTEGER NOT NULL,
        not_judged INTEGER NOT NULL,
        not_testable INTEGER NOT NULL,
        manual INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE capacity (
        run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
        unit TEXT NOT NULL,
        outcome TEXT NOT NULL,
        capacity REAL,
        breaks_at REAL,
        recommended REAL
    )
    """,
)

STEPS: Sequence[Sequence[str]] = (_FIRST, _SECOND)
"""The statements that lead to version 1, to version 2 and so on; a published one is never changed, only followed."""

VERSION = len(STEPS)
