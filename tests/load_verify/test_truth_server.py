from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from chatproof.fixtures.truth import Faults, Options, TruthServer, TruthServerError
from chatproof.fixtures.truth.options import FORMS

from .truth_client import REQUEST, SECONDS, Answered, ask, ask_on, connect

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK: dict[str, Any] = {"events": 6, "interval_seconds": 0.01, "first_low_seconds": 0.01, "first_high_seconds": 0.02}


def options(**changes: Any) -> Options:
    return Options(**{**QUICK, "heartbeat_seconds": 0.02, **changes})


def row_of(server: TruthServer, answered: Answered) -> dict[str, Any]:
    rows = [row for row in server.rows() if row["port"] == answered.port]
    assert len(rows) == 1
    return rows[0]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture(scope="module")
def every_form() -> Any:
    with TruthServer(options(forms=FORMS, heartbeat_seconds=0.03, interval_seconds=0.02)) as server:
        yield server, {form: ask(server.url) for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_is_whole_in_every_form(form: str, every_form: Any) -> None:
    server, answers = every_form
    answered = answers[form]
    row = row_of(server, answered)

    assert answered.whole
    assert [event.type for event in answered.events] == ["token"] * 6 + ["usage", "done"]
    assert all(json.loads(event.data)["text"] for event in answered.events[:6])
    assert (row["form"], row["end"], row["tokens"]) == (form, "done", 6)
    assert row["beats"] == answered.beats > 0


@pytest.mark.parametrize("form", FORMS)
def test_the_truth_lies_between_asking_and_seeing(form: str, every_form: Any) -> None:
    server, answers = every_form
    answered = answers[form]
    row = row_of(server, answered)
    seen, arrivals = b"", []
    for at_ns, data in answered.reads:
        arrivals += [at_ns] * ((seen + data).count(b"event: token") - seen.count(b"event: token"))
        seen += data

    assert answered.sent_ns <= row["receipt_ns"] <= row["head_ns"] <= row["tokens_ns"][0]
    assert row["tokens_ns"] == sorted(row["tokens_ns"])
    assert row["tokens_ns"][-1] < row["terminal_ns"] <= row["end_ns"]
    assert row["terminal_ns"] <= answered.reads[-1][0]
    assert row["delay_ns"] <= row["tokens_ns"][0] - row["receipt_ns"]
    assert row["gap_max_ns"] == max(later - earlier for earlier, later in pairwise(row["tokens_ns"]))
    if form not in {"split", "bytes"}:  # there a name is seen before its event is complete
        assert all(written <= arrived for written, arrived in zip(row["tokens_ns"], arrivals, strict=True))


def test_forms_are_on_the_wire_what_they_are_called(every_form: Any) -> None:
    _, answers = every_form

    def payloads(form: str) -> list[bytes]:
        return [data for _, data in answers[form].reads]

    assert all(b"transfer-encoding: chunked" in answers[form].head.lower() for form in ("chunked", "split", "bytes"))
    assert b"content-length" not in answers["close"].head.lower()
    assert b"transfer-encoding" not in answers["close"].head.lower()
    assert b"content-length" in answers["length"].head.lower()
    assert b"event: token\r\ndata: " in answers["crlf"].body
    assert b"\n\n" not in answers["crlf"].body
    assert max(data.count(b"event: token") for data in payloads("coalesced")) >= 4
    assert len(payloads("bytes")) > len(payloads("chunked"))
    assert any(not data.endswith(b"\n") for data in payloads("split"))
    assert all(data.endswith(b"\n") for data in payloads("chunked"))


def test_a_connection_serves_one_request_after_another() -> None:
    with TruthServer(options()) as server, connect(server.url) as sock:
        first, second = ask_on(sock), ask_on(sock)
        rows = server.rows()

    assert first.whole
    assert second.whole
    assert [row["end"] for row in rows] == ["done", "done"]
    assert {row["port"] for row in rows} == {first.port}
    assert rows[0]["terminal_ns"] <= rows[1]["receipt_ns"]


def test_a_request_behind_a_stream_is_served_after_it() -> None:
    with TruthServer(options()) as server, connect(server.url) as sock:
        sock.sendall(REQUEST)
        ask_on(sock)
        until(lambda: [row["end"] for row in server.rows()] == ["done", "done"])


def test_health_needs_no_token_and_other_routes_are_not_there() -> None:
    with TruthServer(options()) as server:
        assert ask(server.url, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        assert ask(server.url, b"POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").status == 404
        assert ask(server.url, b"nonsense\r\n\r\n").status == 400
        assert server.rows() == []


def test_a_client_that_leaves_is_seen() -> None:
    with TruthServer(options(events=1000)) as server:
        with connect(server.url) as sock:
            sock.sendall(REQUEST)
            assert sock.recv(10)
            until(lambda: [row["end"] for row in server.rows()] == ["open"])
        until(lambda: [row["end"] for row in server.rows()] in (["client"], ["reset"]))
        assert server.state()["open"] == 0


def test_a_reader_that_stops_holds_nobody_up_and_costs_no_memory() -> None:
    endless = options(events=100_000, interval_seconds=0.00001, heartbeat_seconds=0)
    with TruthServer(endless) as server, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((urlsplit(server.url).hostname, urlsplit(server.url).port))
        slow.sendall(REQUEST)
        until(lambda: server.rows()[:1] != [] and server.rows()[0]["blocked"] > 0)
        assert ask(server.url, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        assert len(server.rows()[0]["tokens_ns"]) <= 1024


def test_kept_rows_are_bounded_and_what_is_forgotten_is_told() -> None:
    with TruthServer(options(rows_kept=2, events=1)) as server:
        for _ in range(3):
            ask(server.url)
        assert [row["number"] for row in server.rows()] == [1, 2]
        assert [row["number"] for row in server.rows(since=2)] == [2]
        assert server.state()["forgotten"] == 1


def test_slow_streams_are_the_declared_share() -> None:
    with TruthServer(options(slow_share=0.15, slow_seconds=0.06, events=1)) as server:
        asking = [threading.Thread(target=ask, args=(server.url,)) for _ in range(40)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(SECONDS)
        delays = [row["delay_ns"] for row in server.rows()]

    assert delays.count(60_000_000) == 6
    assert all(10_000_000 <= delay <= 20_000_000 for delay in delays if delay != 60_000_000)


@pytest.mark.parametrize(
    ("faults", "status", "end", "whole"),
    [
        (Faults(status_share=1.0), 500, "status", True),
        (Faults(error_event_share=1.0), 200, "error_event", True),
        (Faults(cut_after_seconds=0.03), 200, "cut", False),
        (Faults(empty=True), 200, "empty", True),
        (Faults(dead_after_seconds=0.03), 200, "dead", False),
    ],
)
def test_a_fault_shows_at_both_ends(faults: Faults, status: int, end: str, whole: bool) -> None:
    with TruthServer(options(faults=faults, events=50)) as server:
        answered = ask(server.url)
        row = row_of(server, answered)

    assert (answered.status, answered.whole, row["end"], row["status"]) == (status, whole, end, status)
    assert b"event: done" not in answered.body


def test_an_error_event_comes_half_way_and_is_the_last() -> None:
    with TruthServer(options(faults=Faults(error_event_share=1.0))) as server:
        assert [event.type for event in ask(server.url).events] == ["token"] * 3 + ["error"]


def test_the_dead_take_no_connection() -> None:
    with TruthServer(options(faults=Faults(dead_after_seconds=0.01), events=50)) as server:
        ask(server.url)
        with pytest.raises(ConnectionRefusedError):
            connect(server.url)
        assert [row["end"] for row in server.rows()] == ["dead"]


def test_one_that_never_answers_keeps_silent() -> None:
    with TruthServer(options(faults=Faults(silent=True))) as server, connect(server.url) as sock:
        sock.sendall(REQUEST)
        until(lambda: server.state()["begun"] == 1)
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(1)


def test_streams_above_the_most_are_refused_as_long_as_the_others_last() -> None:
    with TruthServer(options(faults=Faults(max_streams=1), events=1000)) as server:
        with connect(server.url) as sock:
            sock.sendall(REQUEST)
            assert sock.recv(10)
            assert ask(server.url).status == 503
        until(lambda: server.state()["open"] == 0)
        with connect(server.url) as sock:
            sock.sendall(REQUEST)
            assert b" 200 " in sock.recv(100)


def test_a_gap_between_heartbeats_is_true() -> None:
    with TruthServer(options(faults=Faults(beat_gap_seconds=0.4), events=60)) as server:
        row = row_of(server, ask(server.url))
    gaps = [later - earlier for earlier, later in pairwise(row["beats_ns"])]

    assert row["beat_gap_ns"] >= gaps[1] >= 200_000_000
    assert sorted(gaps)[len(gaps) // 2] < gaps[1]


def test_a_stall_holds_every_stream_up() -> None:
    faults = Faults(stall_at_seconds=0.1, stall_seconds=0.2)
    with TruthServer(options(faults=faults, events=30)) as server:
        row = row_of(server, ask(server.url))
        state = server.state()

    assert row["gap_max_ns"] >= 150_000_000
    assert state["late_max_ns"] >= 150_000_000


def test_shares_differ_by_seed_and_repeat_with_it() -> None:
    def ends(seed: int) -> list[str]:
        with TruthServer(options(faults=Faults(status_share=0.5), events=1, seed=seed)) as server:
            return ["x" if ask(server.url).status == 500 else "." for _ in range(8)]

    first = ends(1)
    assert first == ends(1) != ends(2)
    assert 3 <= first.count("x") <= 5


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "import os, sys, time\n"
        "from chatproof.fixtures.truth import TruthServer\n"
        "server = TruthServer()\nserver.start()\nprint(server.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-Ic", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait(SECONDS)
        until(lambda: not _is_there(server))


def test_what_it_is_not_started_with_is_told() -> None:
    server = TruthServer(options(), core=10_000)
    with pytest.raises(TruthServerError, match="does not start"):
        server.start()


def test_its_truth_is_json_lines_for_anybody() -> None:
    with TruthServer(options(events=1)) as server:
        ask(server.url)
        connection = http.client.HTTPConnection(urlsplit(server._control).netloc, timeout=SECONDS)
        connection.request("GET", "/truth")
        answer = connection.getresponse()
        lines = answer.read().splitlines()
        connection.close()
        assert [json.loads(line)["end"] for line in lines] == ["done"]


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # one that nobody has waited for yet is there in name only
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 - a pseudo-file
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
