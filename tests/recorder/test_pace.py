"""How fast a backend is asked, seen from the backend."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import anyio
import pytest

from chatproof.config import Backend
from chatproof.recorder.events import Event, Paused
from chatproof.recorder.pace import requests_per_second, retry_after
from support.raw_server import OK, Peer, config, each_request, post, run_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.driver import Driver
    from support.raw_server import Server

    Serve = Callable[..., Server]

EMPTY = OK + b"Content-Length: 0\r\n\r\n"
NOW = 1_800_000_000.0


def sending(count: int) -> Callable[[Driver], object]:
    async def run(driver: Driver) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(count):
                tasks.start_soon(driver.send, str(number), post(driver))

    return run


def test_never_more_under_way_than_declared(serve: Serve) -> None:
    lock, under_way, most = threading.Lock(), 0, 0
    three = threading.Barrier(3)

    def answer(peer: Peer, _request: bytes) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        three.wait(5)
        with lock:
            under_way -= 1
        peer.send(EMPTY)

    recording = run_one(config(serve(each_request(answer)).url, max_concurrency=3), sending(9))  # type: ignore[arg-type]  # returns an awaitable
    assert most == 3
    assert len(recording.exchanges) == 9


def test_no_request_comes_before_its_time(serve: Serve) -> None:
    times: list[float] = []

    def answer(peer: Peer, _request: bytes) -> None:
        times.append(time.monotonic())
        peer.send(EMPTY)

    url = serve(each_request(answer)).url
    began = time.monotonic()
    run_one(config(url, max_rps=50.0), sending(26))  # type: ignore[arg-type]  # returns an awaitable

    # A busy machine may delay one, and bring it close to the next; none can be early. Timers have a millisecond.
    early = {number: at - began for number, at in enumerate(sorted(times)) if at - began < number / 50 - 0.001}
    assert len(times) == 26
    assert early == {}


@pytest.mark.parametrize(
    ("url", "declared", "expected"),
    [
        ("http://localhost:1", 0, 400),
        ("http://127.0.0.9", 0, 400),
        ("https://chat.example.com", 0, 20),
        ("http://[::1]", 7, 7),
    ],
)
def test_what_no_declared_rate_stands_for(url: str, declared: float, expected: float) -> None:
    assert requests_per_second(Backend(url=url, max_rps=declared)) == expected


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 1.0),
        ("0", 0.0),
        (" 2 ", 2.0),
        ("86400", 30.0),
        ("9" * 5000, 30.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("Fri, 15 Jan 2027 08:00:05 GMT", 5.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2044 07:00:00 GMT", 30.0),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after(header, now=NOW) == seconds


def busy(times: int) -> Callable[[Peer], None]:
    left = [times]

    def answer(peer: Peer, _request: bytes) -> None:
        left[0] -= 1
        busy = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
        peer.send(busy if left[0] >= 0 else EMPTY)

    return each_request(answer)


def test_a_429_is_waited_out(serve: Serve) -> None:
    told: list[Event] = []
    server = serve(busy(2))
    recording = run_one(config(server.url), sending(1), listener=told.append)  # type: ignore[arg-type]  # returns an awaitable
    assert (recording["0"].status, recording["0"].attempts, len(recording.exchanges)) == (200, 3, 1)
    assert [event.seconds for event in told if isinstance(event, Paused)] == [0.0, 0.0]


def test_a_429_is_an_observation_after_three_repetitions(serve: Serve) -> None:
    server = serve(busy(9))
    recording = run_one(config(server.url), sending(1))  # type: ignore[arg-type]  # returns an awaitable
    assert (recording["0"].status, recording["0"].attempts, len(server.requests)) == (429, 4, 4)


def test_a_429_that_is_asked_for_is_not_repeated(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver), accept_429=True)

    exchange = run_one(config(serve(busy(1)).url), run)["turn"]
    assert (exchange.status, exchange.attempts) == (429, 1)


def test_a_pause_holds_back_everyone(serve: Serve) -> None:
    served: list[float] = []
    first = threading.Event()

    def answer(peer: Peer, _request: bytes) -> None:
        served.append(time.monotonic())
        if not first.is_set():
            first.set()
            peer.send(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")
        else:
            peer.send(EMPTY)

    run_one(config(serve(each_request(answer)).url, max_concurrency=1), sending(3))  # type: ignore[arg-type]  # returns an awaitable
    assert served[1] - served[0] >= 0.9
    assert len(served) == 4
