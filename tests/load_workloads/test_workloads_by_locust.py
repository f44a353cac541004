"""Each workload against the reference backend, in Locust processes of their own, some of them side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.server import Farm
from chatproof.fixtures.serving import Wanted, serving
from chatproof.load_plan import Plan
from chatproof.samples.codec import decode
from chatproof.samples.records import Delivery, End, Mark, Record, Resumption, Sample
from support.cores import cores
from support.environments import CHECKOUT
from support.load_runs import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "canary-secret-with-at-least-32-bytes-in-it"
PROFILES = ("agent-stream", "ai-chat", "chatkit", "hybrid", "stream-chat")
LONGEST_SECONDS = 120
AT_ONCE = 4
COMMON = {"warm_up_seconds": 0.5, "run_time_seconds": 3.0, "users": 6, "spawn_rate": 30.0, "think_seconds": (0.1, 0.2)}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One run: the file of the workload, its profile, and what differs in its plan and in the profile's table."""

    file: str
    profile: str
    plan: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    processes: int = 1
    table: dict[str, Any] = field(default_factory=dict)


CASES = {
    "fan-out": Case(file="fan_out", profile="agent-stream", plan={"publish_interval_seconds": 0.2}, processes=2),
    "fan-out without a publish route": Case(file="fan_out", profile="agent-stream", without=("publish",)),
    "reconnect": Case(
        file="reconnect", profile="agent-stream", plan={"publish_interval_seconds": 0.15, "drop_share": 1.0}
    ),
    "reconnect of a turn": Case(file="reconnect", profile="ai-chat", plan={"drop_share": 1.0}),
    "reconnect of a turn without a resume route": Case(
        file="reconnect", profile="ai-chat", plan={"drop_share": 1.0}, without=("resume_path",)
    ),
    "polling": Case(file="polling", profile="hybrid", plan={"poll_interval_seconds": 0.2}),
    "polling in an open loop": Case(file="polling", profile="hybrid", plan={"arrivals": "constant", "rate": 20.0}),
    "sessions": Case(file="chatkit_sessions", profile="chatkit"),
    "self-hosted": Case(file="chatkit_sessions", profile="chatkit", table={"mode": "self-hosted"}),
    "tokens": Case(file="token_storm", profile="stream-chat"),
}


class Run:
    """The records of one run."""

    def __init__(self, process: subprocess.Popen[bytes], sink: Path) -> None:
        self._process = process
        self._sink = sink

    def wait(self) -> None:
        _out, error = self._process.communicate(timeout=LONGEST_SECONDS)
        assert self._process.returncode == 0, error.decode()[-2000:]
        assert SECRET not in error.decode()
        text = self._sink.read_text()
        assert SECRET not in text
        assert "client_secret" not in text
        self.records: list[Record] = [decode(line) for line in text.splitlines()]

    def of(self, kind: type[Any]) -> list[Any]:
        return [record for record in self.records if isinstance(record, kind)]

    @property
    def samples(self) -> Counter[tuple[str, str]]:
        """How many samples of each operation and cause; those that the end of the run cut off are left out."""
        return Counter((one.operation, one.cause) for one in self.of(Sample) if not one.censored)

    @property
    def notes(self) -> list[str]:
        return [mark.detail for mark in self.of(Mark) if mark.what == "note"]


def started(case: Case, tables: dict[str, Any], folder: Path) -> Run:
    """Locust on one workload, its records into a pipe that a file stands in for."""
    profile = {name: value for name, value in tables["profiles"][case.profile].items() if name not in case.without}
    if case.table:
        profile = dict(case.table)
    plan = Plan(
        **{**COMMON, "workload": case.file.replace("_", "-"), "profile": case.profile, **case.plan},
        processes=case.processes,
    )
    folder.mkdir()
    sink = folder / "records"
    with sink.open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        load = {
            "plan": plan.to_json(),
            "config": {"tables": {**tables, "profiles": {case.profile: profile}}, "profiles": [case.profile]},
            "sink": f"fd:{file.fileno()}",
        }
        path = str(CHECKOUT / "load" / f"{case.file}.py")
        command = [sys.executable, "-P", "-m", "locust", "-f", path, "--headless", "--only-summary"]
        if case.processes > 1:  # on Locust's own port another run on this machine would be taken for its part
            port = str(free_port())
            command += ["--processes", str(case.processes), "--master-bind-host", "127.0.0.1"]
            command += ["--master-bind-port", port, "--master-port", port]
        process = subprocess.Popen(
            command,
            env={**os.environ, "CHATPROOF_LOAD": json.dumps(load)},
            pass_fds=(file.fileno(),),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    return Run(process, sink)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    folder = tmp_path_factory.mktemp("workloads")
    wanted = Wanted(profiles=PROFILES, secret=SECRET, heartbeat_seconds=0.5)
    found: dict[str, Run] = {}
    with Farm() as farm:
        tables = serving(farm, wanted, FAULTS["identity"], {}).config
        try:
            with cores(folder, alone=True):  # they are many enough for this machine
                for first in range(0, len(CASES), AT_ONCE):
                    names = list(CASES)[first : first + AT_ONCE]
                    for name in names:
                        found[name] = started(CASES[name], tables, folder / name)
                    for name in names:
                        found[name].wait()
            yield found
        finally:
            for run in found.values():
                run._process.kill()
                run._process.wait(LONGEST_SECONDS)


@pytest.mark.parametrize("name", CASES)
def test_nothing_fails_and_every_process_ends_by_itself(name: str, runs: dict[str, Run]) -> None:
    run = runs[name]
    assert {cause for _operation, cause in run.samples} <= {""}
    assert len(run.of(End)) == (1 if CASES[name].processes == 1 else CASES[name].processes + 1)


def test_every_subscriber_gets_every_message_once(runs: dict[str, Run]) -> None:
    run = runs["fan-out"]
    deliveries: list[Delivery] = run.of(Delivery)
    assert {one.subscriber for one in deliveries} == set(range(6))
    assert len({one.process for one in deliveries}) == 2
    assert all(one.received_ns is not None and one.received_ns > one.published_ns for one in deliveries)
    assert all(one.acknowledged_ns is not None for one in deliveries), "the publisher's word reached both processes"
    assert not any(one.doubles or one.reordered for one in deliveries)
    assert len({(one.message, one.subscriber) for one in deliveries}) == len(deliveries)
    assert run.samples["publish", ""] >= len({one.message for one in deliveries})
    assert run.samples["generate", ""] == 1
    subscriptions = [one for one in run.of(Sample) if one.operation == "subscription"]
    assert len(subscriptions) == 6
    assert all(one.beats for one in subscriptions)


def test_without_a_publish_route_nothing_is_said_of_deliveries(runs: dict[str, Run]) -> None:
    run = runs["fan-out without a publish route"]
    assert run.of(Delivery) == []
    assert run.samples["generate", ""] == 1
    (note,) = run.notes
    assert "declare `publish`" in note


@pytest.mark.parametrize("name", ["reconnect", "reconnect of a turn"])
def test_drops_lose_and_double_nothing(name: str, runs: dict[str, Run]) -> None:
    found: list[Resumption] = runs[name].of(Resumption)
    assert found
    assert sum(one.missing + one.doubles + one.reordered for one in found) == 0
    assert all(one.reconnected_ns is not None and one.reconnected_ns > one.dropped_ns for one in found)
    assert all(one.caught_up_ns is not None for one in found)
    assert any(one.aborted for one in runs[name].of(Sample))


def test_without_a_resume_route_turns_are_not_dropped(runs: dict[str, Run]) -> None:
    run = runs["reconnect of a turn without a resume route"]
    assert run.of(Resumption) == []
    assert run.samples["turn", ""] > 0
    (note,) = run.notes
    assert "declare `resume_path`" in note


@pytest.mark.parametrize("name", ["polling", "polling in an open loop"])
def test_polls_are_made_at_their_pace(name: str, runs: dict[str, Run]) -> None:
    polls = [one for one in runs[name].of(Sample) if one.operation == "poll"]
    planned = 6 * 3.0 / 0.2 if name == "polling" else 20 * 3.0
    assert 6 < len(polls) <= planned + 6
    assert all((one.scheduled_ns is None) is (name == "polling") for one in polls)
    assert len({one.local_port for one in polls}) < len(polls), "each user keeps its connection"


def test_sessions_are_made_and_renewed(runs: dict[str, Run]) -> None:
    samples = runs["sessions"].samples
    assert samples["session", ""] >= 6
    assert samples["refresh", ""] > samples["session", ""]


def test_self_hosted_servers_have_no_sessions(runs: dict[str, Run]) -> None:
    assert runs["self-hosted"].of(Sample) == []
    (note,) = runs["self-hosted"].notes
    assert "self-hosted" in note


def test_all_ask_for_a_token_at_once(runs: dict[str, Run]) -> None:
    tokens = [one for one in runs["tokens"].of(Sample) if one.operation == "token"]
    first = {one.user: one.start_ns for one in reversed(tokens)}
    assert len(first) == 6
    assert min(first.values()) >= 500_000_000, "not before the warm-up is over"
    assert len(tokens) > 6
