"""Ctrl-C once and twice, SIGTERM, and a worker that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatproof.samples.file import read_records
from chatproof.samples.records import Sample
from support.load_backend import TOKEN, good_turns
from support.raw_server import STREAM, Peer, Server, chunk

LONGEST = 60.0
LONG = ("load", "--no-verify", "--run-time", "50s")


def slow_turn(peer: Peer) -> None:
    """Streams that go on until the client leaves."""
    while peer.request():
        peer.send(STREAM)
        while True:
            peer.send(chunk(TOKEN))
            peer.socket.settimeout(0.05)
            try:
                if not peer.socket.recv(1):
                    return
            except TimeoutError:
                continue


def await_turns(server: Server, number: int) -> None:
    """Until so many turns were asked for."""
    deadline = time.monotonic() + LONGEST
    while sum(request.startswith(b"POST ") for request in server.requests) < number:
        assert time.monotonic() < deadline, server.requests
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "handler", "turns"), [(signal.SIGINT, good_turns, 12), (signal.SIGTERM, slow_turn, 3)]
)
def test_once_ends_in_order_with_a_partial_report(
    number: signal.Signals,
    handler: Callable[[Peer], None],
    turns: int,
    *,
    serve: Callable[..., Server],
    start: Callable[..., Any],
    document: Callable[[], dict[str, Any]],
) -> None:
    server = serve(handler)
    command = start(*LONG)
    await_turns(server, turns)
    command.process.send_signal(number)

    assert command.end() == 130
    found = document()
    assert found["interrupted"]
    assert found["load"]["partial"]
    assert found["load"]["samples"] > 0
    assert any("streams are being closed" in line for line in command.said)
    assert server.errors == []


def test_twice_ends_at_once_and_keeps_the_samples(
    serve: Callable[..., Server], start: Callable[..., Any], folder: Path
) -> None:
    serve()
    command = start(*LONG)
    await_samples_of(folder, 1)
    for _number in range(2):
        command.process.send_signal(signal.SIGINT)
        command.wait_for("streams are being closed")

    assert command.end() == 130
    (kept,) = (folder / "chatproof-report").glob("load-unfinished-*/samples.jsonl.gz")
    assert any(str(kept.relative_to(folder)) in line for line in command.said)
    assert [record for record in read_records(kept) if isinstance(record, Sample)]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def await_samples_of(folder: Path, processes: int) -> None:
    """Until the file of samples, which is being written, holds some of so many processes."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path in (folder / "chatproof-report").glob("load-unfinished-*/samples.jsonl.gz"):
            found = {record.process for record in read_records(path) if isinstance(record, Sample)}
            if len(found) == processes:
                return
        time.sleep(0.05)
    pytest.fail("the samples did not come")


def test_a_worker_that_dies_is_told_and_what_it_had_sent_is_kept(
    serve: Callable[..., Server], start: Callable[..., Any], folder: Path
) -> None:
    serve()
    port = str(free_port())
    plan = ("--users", "4", "--run-time", "3s", "--master-port", port)
    master = start(
        *("load", "--no-verify", "--json", "--master", "--expect-workers", "2", "--master-bind-host", "127.0.0.1"),
        *plan,
    )
    workers = [start("load", "--worker", "--master-host", "127.0.0.1", *plan) for _ in range(2)]
    await_samples_of(folder, 2)
    os.killpg(generator_of(workers[0].process.pid), signal.SIGKILL)

    assert master.end() == 3
    found = json.loads(master.out)
    assert not found["validity"]["valid"]
    states = [entry for entry in found["load"]["processes"] if "worker" in entry["name"]]
    assert len(states) == 2
    assert len({entry["state"] for entry in states}) == 2
    assert all(entry["samples"] > 0 for entry in states)
    assert workers[0].end() != 0
    assert workers[1].end() == 0


def generator_of(pid: int) -> int:
    """The process that a command has started."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def test_workers_that_do_not_come_are_no_verdict(serve: Callable[..., Server], start: Callable[..., Any]) -> None:
    serve()
    master = start(
        *("load", "--no-verify", "--master", "--expect-workers", "2", "--master-bind-host", "127.0.0.1"),
        *("--master-port", str(free_port()), "--wait", "1"),
    )
    assert master.end() == 3
    assert any("not all workers have connected" in line for line in master.said)
