"""The handshake of a WebSocket, recorded from real sockets: what opens one, and how one is refused."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from chatproof.recording import End
from support.raw_server import config
from support.websocket_peer import CLOSE, REFUSED, answering, closing, opened, received, recorded, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.raw_server import Peer, Server

    Serve = Callable[..., Server]


def test_an_opened_one_is_closed_by_us_at_once(serve: Serve) -> None:
    frames: list[tuple[int, bytes]] = []

    def note(peer: Peer) -> None:
        frames.append(received(peer))
        peer.send(closing(1000))
        peer.wait_for_close()

    server = serve(opened(then=note))
    exchange = recorded(config(server.url), ("Accept", "*/*"), ("x-mine", "1"))
    assert (exchange.status, exchange.end, told(exchange)) == (101, End.ABORTED, (True, 0, None))
    assert exchange.response is not None
    assert ("X-Odd", "Kept") in exchange.response.headers
    assert frames == [(CLOSE, struct.pack("!H", 1000))]
    sent = server.requests[0].decode().split("\r\n")
    assert sent[:4] == ["GET /chat/1 HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Accept: */*", "x-mine: 1"]
    assert [line.partition(":")[0] for line in sent[4:8]] == [
        "Upgrade",
        "Connection",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
    ]
    assert [f"{name}: {value}" for name, value in exchange.request.headers] == sent[1:8]
    assert (exchange.request.method, exchange.request.url) == ("GET", f"{server.url}/chat/1")


@pytest.mark.parametrize(
    ("answer", "status", "end", "body"),
    [
        (REFUSED, 401, End.LENGTH_REACHED, b"{}"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403, End.LENGTH_REACHED, b""),
        (
            b"HTTP/1.0 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n",
            404,
            End.TERMINAL_CHUNK,
            b"no!",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
            200,
            End.LENGTH_REACHED,
            b"hello",
        ),
    ],
)
def test_a_refusal_is_recorded_as_any_answer(serve: Serve, answer: bytes, status: int, end: End, body: bytes) -> None:
    exchange = recorded(config(serve(answering(answer)).url))
    assert (exchange.status, exchange.end, exchange.body) == (status, end, body)
    assert (told(exchange), exchange.trouble) == ((False, 0, None), "")


def test_too_many_requests_are_waited_out(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        if peer.number == 1:
            peer.request()
            peer.send(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
        else:
            opened(closing(1000))(peer)

    exchange = recorded(config(serve(handler).url))
    assert (exchange.status, exchange.attempts, exchange.end, told(exchange)[0]) == (101, 2, End.CLOSED, True)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer does not begin with an HTTP/1.x status line: `SSH-2.0-OpenSSH_9.6`"),
        (b"\x00\x01\x02\x03\r\n", "the answer does not begin with an HTTP/1.x status line"),
    ],
)
def test_what_is_no_http_is_no_answer(serve: Serve, answer: bytes, trouble: str) -> None:
    exchange = recorded(config(serve(answering(answer)).url))
    assert (exchange.response, told(exchange)) == (None, (False, 0, None))
    assert exchange.trouble.startswith(trouble)


@pytest.mark.parametrize("headers", [b"", b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"])
def test_a_101_without_its_proof_opens_nothing(serve: Serve, headers: bytes) -> None:
    exchange = recorded(config(serve(answering(b"HTTP/1.1 101 Switching Protocols\r\n" + headers + b"\r\n")).url))
    assert (exchange.status, told(exchange)) == (101, (False, 0, None))
    assert exchange.trouble.startswith("the 101 opens no WebSocket: ")


def test_a_handshake_without_an_answer_ends_at_our_limit(serve: Serve) -> None:
    exchange = recorded(config(serve(answering()).url, answer_timeout=0.2))
    assert (exchange.response, exchange.end, told(exchange)) == (None, End.NO_ANSWER, (False, 0, None))
    assert exchange.trouble.startswith("no answer within ")


@pytest.mark.parametrize(
    ("handler", "trouble"),
    [
        (lambda peer: peer.request(), "the connection was closed without an answer"),
        (lambda peer: (peer.request(), peer.reset()), "connection reset"),
    ],
)
def test_a_connection_that_ends_is_no_answer(serve: Serve, handler: Callable[[Peer], None], trouble: str) -> None:
    exchange = recorded(config(serve(handler).url))
    assert (exchange.response, exchange.trouble, exchange.connection) == (None, trouble, 1)


def test_a_port_that_nobody_listens_on(serve: Serve) -> None:
    server = serve(answering())
    server.close()
    exchange = recorded(config(server.url))
    assert (exchange.trouble, exchange.unsent, told(exchange)) == ("connection refused", True, (False, 0, None))


def test_a_header_that_http_does_not_allow_is_not_sent(serve: Serve) -> None:
    server = serve(answering())
    exchange = recorded(config(server.url), ("X-Key", "canary\r\nInjected: yes"))
    assert exchange.trouble == "the request cannot be sent: it has a header, method or path that HTTP does not allow"
    assert server.requests == []
