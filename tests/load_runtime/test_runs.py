from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types

from chatproof.load_plan import Stage
from chatproof.loading import load
from chatproof.samples.file import read_records
from chatproof.samples.records import Health, Pool, Sample, Start
from support.load_runs import LOAD, plan, run, runs, started, tables
from support.load_server import DONE, USAGE, Served, long_turn, serving, short_turn, token


def ordered(sample: Sample) -> bool:
    moments = (
        *(sample.start_ns, sample.connected_ns, sample.sent_ns, sample.headers_ns, sample.frame_ns),
        *(sample.token_ns, sample.last_ns, sample.terminal_ns, sample.end_ns),
    )
    known = [moment for moment in moments if moment is not None]
    return all(earlier <= later for earlier, later in pairwise(known))


def test_turns_are_recorded_with_their_moments_and_the_warm_up_is_marked() -> None:
    wanted = plan(warm_up_seconds=0.5, judged_share=1.0)
    with serving() as server:
        ran = run("chat_turns", wanted, tables(server.url) | {"observe": {"memory_field": "memory_ms"}})
    assert ran.code == 0, ran.said
    whole = [entry for entry in ran.samples if not entry.censored]
    assert len(ran.samples) == len(server.requests) > 10
    assert all(ordered(entry) for entry in ran.samples)
    assert {(entry.cause, entry.tokens, entry.tokens_out, entry.memory_ns) for entry in whole} == {
        ("", 3, 3, 12_000_000)
    }
    assert {entry.tags for entry in whole} == {("memory",), ("plain",)}
    assert [entry.warm_up for entry in ran.samples] == [entry.start_ns < 500_000_000 for entry in ran.samples]
    assert {entry.violations for entry in whole if entry.judged} == {()}
    assert sum(entry.judged for entry in whole) == len(whole)
    assert ran.ends["local"].samples == len(ran.samples)
    assert {"warm"} == ran.marks.keys()
    gaps = [entry for entry in ran.records if isinstance(entry, Pool) and entry.metric == "gap"]
    assert sum(sum(entry.counts.values()) for entry in gaps) == sum(max(0, entry.tokens - 1) for entry in ran.samples)
    assert {entry.warm_up for entry in gaps} == {True, False}
    start = next(entry for entry in ran.records if isinstance(entry, Start))
    assert ran.records[0] is start
    assert start.plan["users"] == wanted.users
    sessions = [request.body["sessionId"] for request in server.requests]
    assert all(re.fullmatch(r"session-\d{8}-\d{6}-[a-z0-9]{4}", session) for session in sessions)
    assert len(set(sessions)) > len(sessions) / 2


def test_what_is_wrong_with_a_stream_is_its_cause() -> None:
    answers = [
        (token() + USAGE, "no_terminal"),
        (USAGE + DONE, "no_token"),
        (token() + b'event: done\ndata: {"finish_reason": "error"}\n\n', "error_event"),
        (token() + b"bad line\n\n" + USAGE + DONE, ""),
    ]

    async def chat(_request: Served) -> AsyncIterator[bytes]:
        yield answers[(len(server.requests) - 1) % len(answers)][0]

    with serving(chat) as server:
        ran = run("chat_turns", plan(users=1, max_turns=8, judged_share=1.0), tables(server.url))
    assert [entry.cause for entry in ran.samples] == 2 * [cause for _answer, cause in answers]
    bad = ran.samples[3]
    assert (bad.judged, bad.violations) == (True, ("SSE-FRAME-03",))


def test_the_budget_ends_a_run_and_is_not_overdrawn() -> None:
    with serving() as server:
        ran, dear = runs(
            ("chat_turns", plan(max_turns=7, run_time_seconds=20), tables(server.url)),
            ("chat_turns", plan(users=1, max_cost_usd=1.6, run_time_seconds=20), tables(server.url)),
        )
    assert (ran.code, len(ran.samples), ran.ends["local"].reason) == (0, 7, "budget")
    assert "budget" in ran.marks
    assert not any(entry.censored for entry in ran.samples)
    assert sum(entry.cost_usd or 0 for entry in dear.samples) >= 1.6
    assert len(dear.samples) < 30


def test_workers_follow_one_schedule_and_every_sample_arrives_once() -> None:
    wanted = plan(users=30, arrivals="poisson", rate=40.0, run_time_seconds=1.2, seed=5)
    due = [at for _, at in load("load", "runtime.schedule").schedule(wanted)]
    with serving() as server:
        ran, alone = runs(
            ("chat_turns", replace(wanted, processes=2), tables(server.url)), ("chat_turns", wanted, tables(server.url))
        )
    assert ran.code == 0, ran.said
    assert {entry.process for entry in ran.samples} == {"worker-0", "worker-1"}
    names = [(entry.process, entry.number) for entry in ran.samples]
    assert len(names) == len(set(names))
    assert {name: entry.samples for name, entry in ran.ends.items()} == {
        name: sum(sample.process == name for sample in ran.samples) for name in ("master", "worker-0", "worker-1")
    }
    for one in (ran, alone):
        scheduled = sorted(entry.scheduled_ns or 0 for entry in one.samples)
        assert scheduled == due[: len(scheduled)]
        health = [entry for entry in one.records if isinstance(entry, Health)]
        assert sum(entry.planned for entry in health) == len(scheduled) > 20
        assert sum(entry.dropped for entry in health) == 0
        assert all(sample.start_ns >= (sample.scheduled_ns or 0) for sample in one.samples)


def test_starts_that_find_all_users_busy_are_dropped_and_counted() -> None:
    wanted = plan(users=2, arrivals="constant", rate=50.0, run_time_seconds=0.9)
    with serving(long_turn) as server:
        ran = run("chat_turns", wanted, tables(server.url))
    health = [entry for entry in ran.records if isinstance(entry, Health)]
    planned, offered = sum(entry.planned for entry in health), sum(entry.offered for entry in health)
    assert (offered, len(ran.samples)) == (2, 2)
    assert planned - offered == sum(entry.dropped for entry in health) > 30


def test_an_interrupt_ends_the_run_in_good_order() -> None:
    wanted = plan(run_time_seconds=60)
    with serving(long_turn) as server, started("chat_turns", wanted, tables(server.url)) as under_way:
        under_way.until(lambda records: any(isinstance(entry, Health) and entry.streams for entry in records))
        under_way.process.send_signal(signal.SIGINT)
        ran = under_way.end()
    assert ran.code == 130
    assert [entry.censored for entry in ran.samples] == [True] * 4
    assert {"interrupted"} == ran.marks.keys()
    assert ran.ends["local"].samples == 4


def test_a_worker_that_dies_is_told_of_and_what_it_sent_is_kept() -> None:
    wanted = plan(run_time_seconds=5.5, processes=2)
    with serving() as server, started("chat_turns", wanted, tables(server.url)) as under_way:
        under_way.until(
            lambda records: {"worker-0", "worker-1"} <= {it.process for it in records if isinstance(it, Sample)}
        )
        worker = psutil.Process(under_way.process.pid).children()[0]
        os.kill(worker.pid, signal.SIGKILL)
        ran = under_way.end()
    lost = ran.marks["worker_lost"].detail.partition(":")[0]
    (left,) = {"worker-0", "worker-1"} - {lost}
    assert ran.ends.keys() == {"master", left}
    assert any(entry.process == lost for entry in ran.samples)
    assert sum(entry.process == left for entry in ran.samples) == ran.ends[left].samples


def test_streams_of_a_soak_survive_or_are_censored() -> None:
    async def chat(request: Served) -> AsyncIterator[bytes]:
        async for piece in short_turn(request) if request.body["message"] == "short" else long_turn(request):
            yield piece

    wanted = plan(users=2, stream_seconds=0.4, scale=750.0, run_time_seconds=1.0)
    with serving(chat) as server:
        long, short, none = runs(
            ("soak", wanted, tables(server.url, long_turn={"message": "long"})),
            ("soak", wanted, tables(server.url, long_turn={"message": "short"})),
            ("soak", wanted, tables(server.url)),
        )
    survived = [entry for entry in long.samples if not entry.censored]
    assert {entry.user for entry in survived} == {0, 1}, "each has time for one, even where it starts late"
    for user in (0, 1):
        own = [entry for entry in long.samples if entry.user == user]
        assert len(own) >= 2, "the next begins when one has survived"
        assert all(entry.start_ns >= before.end_ns for before, entry in pairwise(own))
        assert all(entry.censored == (entry.end_ns - entry.start_ns < 0.999 * (entry.planned_ns or 0)) for entry in own)
    assert all(entry.end_ns - entry.start_ns >= 0.999 * (entry.planned_ns or 0) for entry in survived)
    assert {entry.planned_ns for entry in long.samples} == {400_000_000}
    assert any(entry.beats for entry in survived)
    assert {entry.cause for entry in long.samples + short.samples} == {""}
    assert len(short.samples) > 10
    assert all(entry.censored for entry in short.samples)
    assert none.code == 2
    assert "long_turn" in none.said
    assert "Traceback" not in none.said


def test_users_who_leave_are_neither_good_nor_bad() -> None:
    wanted = plan(users=6, abort_share=0.5, slow_share=0.3, run_time_seconds=1.5)
    with serving(long_turn) as server:
        ran = run("client_aborts", wanted, tables(server.url))
        slow = [entry for entry in ran.samples if "slow" in entry.tags]
        left = [entry for entry in ran.samples if entry.aborted and "slow" not in entry.tags]
        assert left
        assert slow
        assert {entry.cause for entry in ran.samples} == {""}
        assert all(1 <= entry.tokens <= 5 for entry in left)
        assert all(entry.aborted and entry.status == 200 for entry in slow)


def test_a_mixed_load_says_of_which_workload_a_sample_is() -> None:
    wanted = plan(
        workload="mixed",
        users=4,
        weights={"chat-turns": 2, "bystander": 1, "client-aborts": 1},
        abort_share=1.0,
        probe_interval_seconds=0.2,
    )
    with serving() as server:
        ran = run("mixed", wanted, tables(server.url))
    assert ran.code == 0, ran.said
    assert {entry.workload for entry in ran.samples} == {"chat-turns", "bystander", "client-aborts"}
    assert all(entry.workload in entry.tags for entry in ran.samples)
    probes = [entry for entry in ran.samples if entry.workload == "bystander" and not entry.censored]
    assert {(entry.operation, entry.aborted, entry.tokens) for entry in probes} == {("probe", False, 1)}
    assert 2 <= len(probes) <= 7
    assert len({entry.user for entry in probes}) == 1


def test_stages_are_ramps_of_users() -> None:
    stages = (Stage(seconds=1.0, users=2), Stage(seconds=0.0, users=6), Stage(seconds=2.0, users=6))
    wanted = plan(stages=stages, run_time_seconds=3.0)
    with serving() as server:
        ran = run("chat_turns", wanted, tables(server.url))
    assert ran.code == 0, ran.said
    assert {entry.user for entry in ran.samples} == set(range(6))
    assert ran.ends["local"].reason == "time"


def test_plain_locust_finds_its_settings_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "locust", "-f", str(LOAD / "chat_turns.py"), "--headless", "--loglevel", "WARNING"]
    (tmp_path / "chatproof.toml").write_text('[load]\nthink_min = "10ms"\nthink_max = "20ms"\nwarm_up = 0\n')
    with serving() as server:
        options = ["--users", "2", "--spawn-rate", "50", "--run-time", "1s", "--host", server.url]
        ran = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, timeout=30, check=False)
    records = list(read_records(tmp_path / "chatproof-samples.jsonl.gz"))
    assert ran.returncode == 0
    assert sum(isinstance(entry, Sample) for entry in records) > 10
    assert {entry.user for entry in records if isinstance(entry, Sample)} == {0, 1}
    nowhere = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=False)
    assert nowhere.returncode == 2
    assert b"no URL" in nowhere.stderr
    assert b"Traceback" not in nowhere.stderr
