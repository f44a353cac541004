"""What a row of a run holds: every field of the document that a history keeps, and whether it was new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chatproof.history.append import append, digest_of
from chatproof.history.read import read
from support.history_runs import capacity_run, check_run, load_run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_a_run_is_appended_once_and_the_second_time_is_told(file: Path) -> None:
    run = check_run(1)

    assert append(file, run) is True
    assert append(file, run) is False
    assert append(file, replace(run, duration_seconds=run.duration_seconds + 1)) is True
    assert read(file, last=9).of == 2


def test_every_field_of_a_run_comes_back(file: Path) -> None:
    run = replace(load_run(2, ttft=0.2, build="b1"), version="9.8.7", exit_code=3, exit_reason="it is not valid")
    append(file, run)
    (found,) = read(file, last=1).runs

    assert (found.digest, found.started_at, found.command) == (digest_of(run), run.started_at, "load")
    assert (found.version, found.build, found.fingerprint) == ("9.8.7", "b1", run.fingerprint)
    assert (found.exit_code, found.exit_reason, found.duration_seconds) == (
        3,
        "it is not valid",
        run.duration_seconds,
    )
    assert run.load is not None
    assert found.workload == run.load.plan["workload"]
    assert (found.url, found.environment) == (run.backend["url"], run.backend["environment"])
    assert found.profiles == run.profiles
    assert found.counts == run.counts


def test_searches_are_comparable_by_what_they_count(file: Path) -> None:
    first = capacity_run(1, streams=60.0)
    assert first.capacity is not None
    other = replace(first, started_at="later", capacity=replace(first.capacity, capacity=99.0))
    rate = replace(first, capacity=replace(first.capacity, unit="turns/s"))
    for run in (first, other, rate):
        assert append(file, run)

    runs = read(file, last=9).runs
    plans = {run.digest: run.plan for run in runs}
    assert plans[digest_of(first)] == plans[digest_of(other)] != plans[digest_of(rate)]
    assert all(plans.values())
    assert {run.workload for run in runs} == {first.capacity.workload}
