"""What the workers of one xdist run share: one records, the others load, and none of them waits for ever."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chatproof import shared_recordings
from chatproof.checking import Check, Options
from chatproof.config import ConfigError, from_table
from chatproof.config.problems import Problem
from chatproof.recorder import Job
from chatproof.shared_recordings import SharedRecordings
from support.recordings import recording, turn

TABLE = {"backend": {"url": "http://127.0.0.1:1"}}


def check() -> Check:
    return Check(config=from_table(TABLE, origin="a test", profiles=("ai-chat",)), options=Options())


def both(folder: Path) -> tuple[Check, Check]:
    """The checks of the worker that records and of one that loads, one after the other."""
    first, other = check(), check()
    SharedRecordings(folder=folder / "recordings", records=True).record_or_load(first, lambda _event: None)
    SharedRecordings(folder=folder / "recordings", records=False).record_or_load(other, lambda _event: None)
    return first, other


def test_one_records_and_the_others_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def well(jobs: Sequence[Job], *_positional: Any, **_options: Any) -> list[str]:
        for job in jobs:
            job.into["turn"] = recording("turn", turn())
        return []

    monkeypatch.setattr("chatproof.checking.record_profiles", well)

    first, other = both(tmp_path)

    assert other.recordings["ai-chat"]["turn"].exchanges[0].body == first.recordings["ai-chat"]["turn"]["turn"].body
    assert [path.name for path in tmp_path.iterdir()] == ["recordings"]


def test_a_credential_that_cannot_be_had_leaves_nothing_testable_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_positional: Any, **_options: Any) -> list[str]:
        raise ConfigError(Problem(where="chatproof.toml", key="auth.command", found="no output", expected="a token"))

    monkeypatch.setattr("chatproof.checking.record_profiles", refuses)

    for made in both(tmp_path):
        assert "auth.command" in made.recordings["ai-chat"]["turn"].not_testable
        assert made.errors == []


def test_nobody_waits_longer_than_the_plan_and_a_margin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_recordings, "_MARGIN_SECONDS", 0.05)
    made = check()

    SharedRecordings(folder=tmp_path / "never", records=False).record_or_load(made, lambda _event: None)

    assert made.errors == ["the worker gw0 left no recordings within 0 s"]
