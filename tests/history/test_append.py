from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.history.append import append
from chatproof.history.read import read
from chatproof.history.trouble import HistoryError
from chatproof.load_plan import Plan
from chatproof.run_json import to_json
from support.history_runs import capacity_run, check_run, checklist_run, hostile_runs, load_run, past_runs
from support.run_documents import faulty_run

if TYPE_CHECKING:
    from pathlib import Path

WRITERS, RUNS_EACH = 8, 5
WRITER = """\
import json, sys
from dataclasses import replace
from pathlib import Path
from chatproof.history.append import append
from chatproof.run_json import from_json
document = json.loads(Path(sys.argv[2]).read_text())
run = from_json(document)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[4])):
    assert append(Path(sys.argv[1]), replace(run, build=f"{sys.argv[3]}-{number}"))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.sqlite"


def test_a_check_is_read_as_it_was_found(file: Path) -> None:
    run = check_run(1, build="v1", broken=("SSE-TYPE-01",))

    assert append(file, run)
    (found,) = read(file, last=5).runs

    assert (found.command, found.build, found.fingerprint, found.exit_code) == ("check", "v1", run.fingerprint, 1)
    assert (found.url, found.environment, found.profiles) == ("http://127.0.0.1:3000", "staging", ("ai-chat",))
    assert (found.exit_reason, found.duration_seconds) == (run.exit_reason, run.duration_seconds)
    assert found.counts == run.counts
    assert [(one.requirement, one.level, one.verdict) for one in found.verdicts] == [
        (one.requirement, one.level, one.verdict) for one in run.verdicts
    ]
    assert (found.valid, found.plan, found.targets, found.capacity) == (None, "", (), None)


def test_a_load_keeps_its_targets_and_figures(file: Path) -> None:
    run = load_run(1, ttft=0.24)
    append(file, run)
    (found,) = read(file, last=5).runs

    assert run.load is not None
    assert found.valid is True
    assert [(one.target, one.value, one.lower, one.upper, one.limit) for one in found.targets] == [
        (one.target, one.value, one.lower, one.upper, one.limit) for one in run.targets
    ]
    ttft = next(one for one in run.load.figures if one.metric == "ttft" and not one.tag)
    kept = {one.statistic: one.value for one in found.figures if one.metric == "ttft" and not one.tag}
    assert kept == dict(ttft.percentiles)
    assert None in kept.values()


def test_capacity_and_checklist_are_kept(file: Path) -> None:
    append(file, checklist_run(1, ticked=7))
    append(file, capacity_run(2, streams=60))
    boxes, capacity = read(file, last=5).runs

    assert boxes.checklist == {"ticked": 7, "not_ticked": 3, "not_judged": 0, "not_testable": 0, "manual": 1}
    assert capacity.capacity is not None
    assert (capacity.capacity.capacity, capacity.capacity.recommended) == (60.0, 42.0)


def test_the_same_document_is_one_run(file: Path) -> None:
    assert append(file, check_run(1))
    assert not append(file, check_run(1))
    assert append(file, check_run(1, build="another"))
    assert read(file, last=9).of == 2


def test_loads_are_comparable_by_their_plan_and_not_by_its_moment(file: Path) -> None:
    for run in (load_run(1, ttft=0.2), load_run(2, ttft=0.3), load_run(3, ttft=0.3, users=50)):
        append(file, run)
    first, second, third = read(file, last=9).runs

    assert first.settings == second.settings != third.settings
    assert "started_at_ns" in Plan().to_json()


def test_runs_without_a_fingerprint_are_comparable_with_none(file: Path) -> None:
    append(file, check_run(1, fingerprint=""))

    assert read(file, last=9).runs[0].settings == ""


def test_the_last_ones_are_read_the_oldest_first_and_filtered(file: Path) -> None:
    for run in reversed(past_runs()):
        append(file, run)

    assert [run.started_at[8:10] for run in read(file, last=3).runs] == ["09", "10", "10"]
    assert read(file, last=3).of == 12
    assert {run.command for run in read(file, last=99, command="load").runs} == {"load"}
    assert read(file, last=99, profile="chatkit").runs == ()
    assert read(file, last=99, profile="ai-chat").of == 12


def test_text_that_no_database_can_keep_is_kept_escaped(file: Path) -> None:
    for run in hostile_runs():
        assert append(file, run)

    assert len(read(file, last=9).runs) == 2


def test_an_empty_run_is_kept(file: Path) -> None:
    append(file, replace(faulty_run(), verdicts=(), exit_code=3, exit_reason="nothing was judged"))

    assert read(file, last=9).runs[0].counts["met"] == 0


def test_eight_processes_lose_nothing(file: Path, tmp_path: Path) -> None:
    document = tmp_path / "run.json"
    document.write_text(json.dumps(to_json(check_run(1))))
    command = [sys.executable, "-Ic", WRITER, str(file), str(document)]
    writers = [
        subprocess.Popen(
            [*command, f"w{number}", str(RUNS_EACH)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)

    assert [writer.returncode for writer in writers] == [0] * WRITERS
    found = read(file, last=1000)
    assert {run.build for run in found.runs} == {f"w{n}-{k}" for n in range(WRITERS) for k in range(RUNS_EACH)}
    assert all(len(run.verdicts) == 90 for run in found.runs)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_nothing_of_a_run_stays_where_the_disk_is_full(file: Path) -> None:
    append(file, check_run(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        with pytest.raises(HistoryError) as caught:
            append(file, check_run(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "cannot be written: the disk" in str(caught.value)
    assert caught.value.hint
    assert read(file, last=9).of == 1
    assert append(file, check_run(2))
