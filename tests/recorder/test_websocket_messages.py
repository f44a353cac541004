"""A WebSocket that is open, recorded from real sockets: its messages, its limits, and who closed it."""

from __future__ import annotations

import json
import struct
import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from chatproof.config import AiChat, Auth
from chatproof.har import dump, parse
from chatproof.recording import End, Recording, Request
from support.raw_server import config, run_one
from support.tls import Authority
from support.websocket_peer import (
    FIN,
    PING,
    PONG,
    TEXT,
    TOKEN,
    accepted,
    agree,
    closing,
    frame,
    opened,
    received,
    recorded,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatproof.driver import Driver
    from support.raw_server import Peer, Server

    Serve = Callable[..., Server]


@pytest.mark.parametrize("options", [{}, {"messages": 1}, {"hold": anyio.Event}, {"messages": 3, "hold": anyio.Event}])
def test_the_code_with_which_the_backend_closes(serve: Serve, options: dict[str, Any]) -> None:
    given = {name: value() if callable(value) else value for name, value in options.items()}
    exchange = recorded(config(serve(opened(closing(4401))).url), **given)
    assert (exchange.status, exchange.end, told(exchange)) == (101, End.CLOSED, (True, 0, 4401))


def test_a_code_that_crosses_our_closing_is_the_backends(serve: Serve) -> None:
    def later(peer: Peer) -> None:
        received(peer)
        peer.send(closing(4401))

    exchange = recorded(config(serve(opened(then=later)).url))
    assert (exchange.end, told(exchange)) == (End.CLOSED, (True, 0, 4401))


def test_an_end_without_a_close_frame_is_1006(serve: Serve) -> None:
    exchange = recorded(config(serve(opened(then=lambda _peer: None)).url), messages=1)
    assert (exchange.end, told(exchange)) == (End.CLOSED, (True, 0, 1006))


def test_texts_are_sent_and_messages_recorded_one_a_read(serve: Serve) -> None:
    def echo(peer: Peer) -> None:
        for opcode, data in [received(peer) for _ in range(2)]:
            assert opcode == TEXT
            peer.send(frame(TEXT, data[:2], first=0), frame(PING, b"now"), frame(0, data[2:]))
            assert received(peer) == (PONG, b"now")
        agree(peer)

    exchange = recorded(config(serve(opened(then=echo)).url), send=("hello", "w\xf6rld"), messages=2)
    assert [read.data for read in exchange.reads] == [b"hello", "w\xf6rld".encode()]
    assert 0 < exchange.reads[0].at_ns <= exchange.reads[1].at_ns <= exchange.ended_ns
    assert (exchange.end, told(exchange)) == (End.ABORTED, (True, 2, None))
    written = json.loads(json.dumps(dump(Recording(scenario="turn", profile="ai-chat", exchanges=(exchange,)))))
    assert parse(written).exchanges == (exchange,)


def test_messages_that_came_with_the_head_count(serve: Serve) -> None:
    exchange = recorded(config(serve(opened(frame(TEXT, b"hi"))).url), messages=1)
    assert ([read.data for read in exchange.reads], told(exchange)) == ([b"hi"], (True, 1, None))
    assert "surplus_bytes" not in exchange.findings


def test_silence_ends_at_our_total_limit(serve: Serve) -> None:
    settings = config(serve(opened(frame(TEXT, b"hi"))).url, settings=AiChat(heartbeat=0.5, turn_timeout=1.0))
    exchange = recorded(settings, messages=2)
    assert (exchange.end, told(exchange)) == (End.TOTAL_DEADLINE, (True, 1, None))


def test_silence_between_messages_ends_at_our_idle_limit(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.recorder.shared._LEAST_IDLE", 0.5)
    settings = config(serve(opened(frame(TEXT, b"hi"))).url, settings=AiChat(heartbeat=0.1, turn_timeout=10.0))
    exchange = recorded(settings, messages=2)
    assert (exchange.end, told(exchange)) == (End.IDLE_DEADLINE, (True, 1, None))


def test_a_reset_is_told(serve: Serve) -> None:
    def reset(peer: Peer) -> None:
        received(peer)
        peer.reset()

    exchange = recorded(config(serve(opened(then=reset)).url), send=("hello",), messages=1)
    assert (exchange.end, exchange.trouble, told(exchange)) == (End.RESET, "connection reset", (True, 0, 1006))


def test_texts_for_a_backend_that_closes_are_not_all_sent(serve: Serve) -> None:
    exchange = recorded(config(serve(opened(closing(4401))).url), send=("x" * 100,) * 1000, messages=1)
    assert (exchange.end, told(exchange)) == (End.CLOSED, (True, 0, 4401))


def test_all_messages_have_a_limit(serve: Serve) -> None:
    large = bytes([FIN | TEXT, 127]) + struct.pack("!Q", 3 << 20) + b"x" * (3 << 20)
    exchange = recorded(config(serve(opened(large, large)).url), messages=3)
    assert (exchange.end, told(exchange)) == (End.BYTE_CAP, (True, 1, None))
    assert exchange.trouble == "more than 4194304 bytes or 100000 messages came"


def test_frames_that_break_the_standard_end_it(serve: Serve) -> None:
    exchange = recorded(config(serve(opened(frame(3, b"what?"))).url), messages=1)
    assert (exchange.end, told(exchange)) == (End.MALFORMED, (True, 0, None))
    assert exchange.trouble.startswith("what came is no WebSocket's: ")


def test_a_message_has_a_limit(serve: Serve) -> None:
    huge = bytes([FIN | TEXT, 127]) + struct.pack("!Q", 1 << 40)
    exchange = recorded(config(serve(opened(huge)).url), messages=1)
    assert (exchange.end, exchange.trouble) == (End.BYTE_CAP, "a message has more than 4194304 bytes")


def test_one_is_held_until_told(serve: Serve) -> None:
    seen: list[bytes] = []

    def tell(peer: Peer) -> None:
        seen.append(received(peer)[1])
        peer.send(closing(1000))

    server = serve(opened(frame(TEXT, b"hi"), then=tell))

    async def run(driver: Driver) -> None:
        hold = anyio.Event()
        request = Request(method="GET", url=driver.config.backend.url + "/chat/1")
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: driver.websocket("held", request, hold=hold))
                await driver.websocket("other", request, messages=1)
                assert len(seen) == 1
                hold.set()

    recording = run_one(config(server.url), run)
    assert told(recording["held"]) == (True, 1, None)
    assert len(seen) == 2


def test_a_cancelled_one_leaves_a_record(serve: Serve) -> None:
    here = threading.Event()

    def handler(peer: Peer) -> None:
        request = peer.request()
        peer.send(accepted(request))
        if request.startswith(b"GET /held"):
            received(peer)
            here.set()
            peer.wait_for_close()
        elif here.wait(10):
            peer.send(frame(TEXT, b"hi"))
            agree(peer)

    async def run(driver: Driver) -> None:
        url = driver.config.backend.url
        hold = anyio.Event()
        async with anyio.create_task_group() as group:
            asked = Request(method="GET", url=f"{url}/held")
            group.start_soon(lambda: driver.websocket("held", asked, send=("here",), hold=hold))
            await driver.websocket("other", Request(method="GET", url=f"{url}/other"), messages=1)
            group.cancel_scope.cancel()

    recording = run_one(config(serve(handler).url), run)
    assert (recording["held"].status, recording["held"].end) == (101, End.ABORTED)
    assert told(recording["held"]) == (True, 0, None)


def test_no_secret_is_kept(serve: Serve) -> None:
    settings = config(
        serve(opened(frame(TEXT, f"token {TOKEN}".encode()))).url, auth=Auth(scheme="bearer", token=TOKEN)
    )
    exchange = recorded(settings, ("Authorization", f"Bearer {TOKEN}"), path=f"/chat/{TOKEN}", messages=1)
    assert exchange.body == b"token <secret:1 len=23>"
    assert exchange.findings["credential"]["secret"] == 1
    assert exchange.findings["secrets_seen"] == [{"secret": 1, "kind": "token", "where": "body"}]
    assert exchange.request.url.endswith("/chat/<secret:1 len=23>")
    assert TOKEN not in repr(exchange)


def test_one_over_tls(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = serve(opened(frame(TEXT, b"hi"), closing(1000)), context=authority.server)
    assert told(recorded(config(server.url, ca_file=authority.file), messages=1)) == (True, 1, 1000)
    server.errors.clear()
    distrusting = recorded(config(server.url), messages=1)
    assert (distrusting.unsent, distrusting.trouble[:37]) == (True, "TLS: the certificate is not trusted: ")


@pytest.mark.parametrize(("chosen", "opens"), [(b"chat", True), (b"another", False)])
def test_a_subprotocol_must_be_one_that_was_offered(serve: Serve, chosen: bytes, *, opens: bool) -> None:
    def handler(peer: Peer) -> None:
        peer.send(accepted(peer.request(), b"Sec-WebSocket-Protocol: " + chosen + b"\r\n"))
        agree(peer)

    exchange = recorded(config(serve(handler).url), ("Sec-WebSocket-Protocol", "secret-1, chat"))
    assert told(exchange)[0] is opens


def test_a_label_is_used_once(serve: Serve) -> None:
    url = serve(opened(closing(1000))).url

    async def run(driver: Driver) -> None:
        request = Request(method="GET", url=url + "/chat/1")
        await driver.websocket("socket", request)
        with pytest.raises(ValueError, match="used twice"):
            await driver.websocket("socket", request)

    run_one(config(url), run)
