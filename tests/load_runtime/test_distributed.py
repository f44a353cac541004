"""One schedule in one process, and over two workers of which one is killed: what they measure is the same."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it has no types

from chatproof.config import from_table
from chatproof.exit_code import ExitCode
from chatproof.load_plan import Plan
from chatproof.load_run.document import load_document
from chatproof.loading import load
from chatproof.metrics.measured import Series
from chatproof.metrics.values import measure
from chatproof.run import Run
from chatproof.samples.collected import Collected
from chatproof.samples.records import Health, Record, Sample
from support.load_runs import Ran, Started, plan, started
from support.load_server import DONE, Served, serving, token

WORKLOAD = str(Path(__file__).with_name("numbered_turns"))
PLAN = plan(users=40, arrivals="poisson", rate=40.0, run_time_seconds=5.0, seed=11)
LEVEL_MS = 60
"""First tokens come after one to four times so long: a percentile is taken for another only by an error of as much."""

LEAST_REPORTED = 10
END_NS = int(PLAN.run_time_seconds * 1e9)
SETTLED_NS = 500_000_000
"""What was due so long before a moment is sure to have been made by then."""

AT_THE_END = 25
"""So many turns may be under way when a run ends: those of half a second, in two runs."""


def told_ms(scheduled_ns: int) -> int:
    """When the first token of a turn comes after its request."""
    return LEVEL_MS * (1 + scheduled_ns % 4)


async def scheduled_turn(request: Served) -> AsyncIterator[bytes]:
    """Waits as long as the scheduled start in the message says, and tells it."""
    wait_ms = told_ms(int(request.body["message"]))
    await asyncio.sleep(wait_ms / 1000)
    yield token()
    yield b"event: usage\ndata: %b\n\n" % json.dumps({"tokens_in": 1, "tokens_out": 1, "memory_ms": wait_ms}).encode()
    yield DONE


def tables(url: str) -> dict[str, Any]:
    return {"backend": {"url": url}, "profiles": {"ai-chat": {}}, "observe": {"memory_field": "memory_ms"}}


def by_start(samples: Iterable[Sample]) -> dict[int, Sample]:
    """The samples by when they were due; each start has one at the most."""
    listed = [(sample.scheduled_ns or 0, sample) for sample in samples]
    assert len({due for due, _sample in listed}) == len(listed)
    return dict(listed)


def part_of(worker: int) -> list[int]:
    """When the starts of one of two workers are due."""
    return [due_ns for _number, due_ns in load("load", "runtime.schedule").schedule(PLAN, worker=worker, workers=2)]


def last_told_ns(records: Iterable[Record], worker: int) -> int:
    """When a worker last said how it was; 0 where it never did."""
    of_worker = (record for record in records if isinstance(record, Health) and record.process == f"worker-{worker}")
    return max((record.at_ns for record in of_worker), default=0)


def ended_by(worker: int, at_ns: int) -> list[int]:
    """The starts of a worker whose turns had surely ended and been handed in by then."""
    return [due for due in part_of(worker) if due + told_ms(due) * 1_000_000 < at_ns - SETTLED_NS]


def document(ran: Ran, wanted: Plan, url: str) -> Run:
    """What `chatproof load` makes of the records."""
    return load_document(
        Collected(ran.records),
        plan=wanted,
        config=from_table(tables(url), origin="a test", profiles=["ai-chat"]),
        targets=(),
        proof=None,
        started_at="2026-11-21T09:30:00+00:00",
        duration_seconds=wanted.run_time_seconds,
    )


def ttft_ms(samples: Iterable[Sample]) -> tuple[int, float, float]:
    """The number of streams, the median and the 95th percentile, as a report has them."""
    found = measure(Collected(samples), PLAN, metric="ttft")
    assert isinstance(found, Series)
    assert not found.infinite
    return found.n, found.percentile(50) / 1e6, found.percentile(95) / 1e6


def kill_one_that_has_reported(under_way: Started) -> None:
    """Kills a worker by its process number, once both have handed in samples, and said so later on."""

    def reported(records: list[Record]) -> bool:
        names = [record.process for record in records if isinstance(record, Sample)]
        enough = all(names.count(f"worker-{number}") >= LEAST_REPORTED for number in range(2))
        return enough and all(ended_by(number, last_told_ns(records, number)) for number in range(2))

    under_way.until(reported)
    workers = psutil.Process(under_way.process.pid).children()
    assert len(workers) == 2
    os.kill(workers[0].pid, signal.SIGKILL)


def test_two_workers_of_which_one_is_killed_measure_what_one_process_does() -> None:
    wanted = replace(PLAN, processes=2)
    with (
        serving(scheduled_turn) as server,
        started(WORKLOAD, PLAN, tables(server.url)) as single,
        started(WORKLOAD, wanted, tables(server.url)) as divided,
    ):
        kill_one_that_has_reported(divided)
        ran, alone = divided.end(), single.end()
    assert (alone.code, ran.code) == (0, 0), (alone.said, ran.said)

    lost = int(ran.marks["worker_lost"].detail.partition(":")[0].removeprefix("worker-"))
    left = 1 - lost
    names = [(sample.process, sample.number) for sample in ran.samples]
    assert len(names) == len(set(names))
    ours = by_start(ran.samples)
    of_left = sorted(due for due, sample in ours.items() if sample.process == f"worker-{left}")
    of_lost = sorted(due for due, sample in ours.items() if sample.process == f"worker-{lost}")
    assert len(ours) == len(of_left) + len(of_lost)

    # the one that was left did its part to the end, and no more than its part
    assert of_left == part_of(left)[: len(of_left)]
    assert [due for due in part_of(left)[len(of_left) :] if due < END_NS - SETTLED_NS] == []
    assert ran.ends[f"worker-{left}"].samples == len(of_left)
    # of the other all is there that had ended when it reported last
    due_by_then = ended_by(lost, last_told_ns(ran.records, lost))
    assert due_by_then
    assert len(of_lost) >= LEAST_REPORTED
    assert set(due_by_then) <= set(of_lost) <= set(part_of(lost))

    theirs = by_start(alone.samples)
    both = [due for due in ours.keys() & theirs.keys() if not (ours[due].censored or theirs[due].censored)]
    assert len(both) >= len(of_lost) + len(of_left) - AT_THE_END
    for mine in (ours, theirs):
        assert [mine[due].memory_ns for due in both] == [told_ms(due) * 1_000_000 for due in both]
        assert all((mine[due].token_ns or 0) - (mine[due].sent_ns or 0) >= told_ms(due) * 1_000_000 for due in both)
    told = sorted(told_ms(due) for due in both)
    expected = [told[math.ceil(len(told) * share) - 1] for share in (0.5, 0.95)]
    for mine in (ours, theirs):
        n, *percentiles = ttft_ms(mine[due] for due in both)
        assert n == len(both)
        assert [found - found % LEVEL_MS for found in percentiles] == expected

    run = document(ran, wanted, server.url)
    assert run.validity is not None
    assert run.load is not None
    (reason,) = [text for text in run.validity.reasons if text.startswith("processes")]
    assert f"lost: worker-{lost}" in reason
    assert run.exit_code == ExitCode.NO_VERDICT
    assert run.load.samples == len(ours)
    assert {entry["name"] for entry in run.load.processes if entry["state"] == "lost"} == {f"worker-{lost}"}
