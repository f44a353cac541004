"""What a backend that floods us may take of our memory, and how that is told."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import anyio
import pytest

from chatproof.recorder.room import Room
from chatproof.recording import End
from support.raw_server import OK, STREAM, Peer, chunk, config, each_request, post, run_all, run_one, scenario, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.driver import Driver
    from chatproof.recording import Exchange
    from support.raw_server import Server

    Serve = Callable[..., Server]


def recorded(server: Server) -> Exchange:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver))

    return run_one(config(server.url), run)["turn"]


@pytest.mark.parametrize("line", [b":\n", b"\r", b"data:\n\n", b"x\r\n"])
def test_lines_without_end_are_left_at_a_limit(serve: Serve, line: bytes) -> None:
    def flood(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM)
        while True:
            peer.send(chunk(line * 1000))

    exchange = recorded(serve(flood))

    assert exchange.end is End.BYTE_CAP
    assert "more than 50000 lines" in exchange.trouble
    assert exchange.stream.size < 2_000_000


def test_a_bomb_is_not_inflated(serve: Serve) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    head = OK + b"Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
    answer = head + b"Content-Length: %d\r\n\r\n" % len(bomb) + bomb

    exchange = recorded(serve(each_request(lambda peer, _request: peer.send(answer))))

    assert exchange.end is End.BYTE_CAP
    assert exchange.stream.size <= 4 * 1024 * 1024


def test_a_compressed_flood_of_lines_is_read_to_the_same_limit(serve: Serve) -> None:
    body = gzip.compress(b"data: x\n\n" * 200_000)
    head = OK + b"Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
    answer = head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    exchange = recorded(serve(each_request(lambda peer, _request: peer.send(answer))))

    assert exchange.end is End.BYTE_CAP
    assert len(exchange.stream.frames) == 25_000


def test_a_full_room_ends_the_recording_and_blames_nobody(serve: Serve) -> None:
    large = b"Content-Length: 4000000\r\n\r\n" + bytes(4_000_000)

    def answer(peer: Peer, request: bytes) -> None:
        if b"large" in request:
            peer.send(OK + large)
        else:
            turn(peer, request)

    async def side_by_side(driver: Driver) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(8):
                tasks.start_soon(driver.send, str(number), post(driver, b'"large"'))

    async def later(driver: Driver) -> None:
        await driver.send("turn", post(driver))

    done = run_all(
        config(serve(each_request(answer)).url),
        scenario("side_by_side", side_by_side),
        scenario("later", later, last=True),
    )

    assert done.errors == []
    assert done.recordings["turn"].not_testable == ""
    for name in ("side_by_side", "later"):
        assert "nothing more is recorded" in done.recordings[name].not_testable


def test_the_estimate_counts_reads_and_lines() -> None:
    room = Room(1000)
    room.take(1, reads=1, lines=1)
    assert not room.full
    room.take(0, lines=10)
    assert room.full
