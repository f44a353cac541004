from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from chatproof.config import Backend
from chatproof.load_run.probe import trouble_with, wait_for
from support.raw_server import Peer, Server
from support.tls import Authority


def served(answer: bytes) -> Callable[[Peer], None]:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    return handler


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.0 404 No\r\n\r\n", ""),
        (b"", "it closes the connection without an answer"),
        (b"SSH-2.0-x\r\n", "does not speak HTTP/1.1"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", "speaks no HTTP/2"),
    ],
)
def test_any_http_answer_will_do(answer: bytes, said: str) -> None:
    server = Server(served(answer))
    try:
        found = trouble_with(Backend(url=server.url))
    finally:
        server.close()
    assert said in found
    assert bool(found) == bool(said)


def test_nobody_there_is_told_at_once() -> None:
    assert "connection refused" in trouble_with(Backend(url="http://127.0.0.1:1"))


def test_waiting_gives_up_with_the_last_reason() -> None:
    found = wait_for(Backend(url="http://127.0.0.1:1"), 0.3)
    assert "connection refused" in found
    assert "asked for 0.3 s" in found


def test_waiting_ends_when_the_backend_comes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert wait_for(Backend(url=url), 0.2)
    server = Server(served(b"HTTP/1.1 200 OK\r\n\r\n"))
    try:
        assert wait_for(Backend(url=server.url), 10) == ""
    finally:
        server.close()


def test_silence_has_a_limit() -> None:
    server = Server(lambda peer: peer.wait_for_close())
    try:
        assert "within 0.2 s" in trouble_with(Backend(url=server.url), 0.2)
    finally:
        server.close()


def test_a_certificate_is_verified_against_the_declared_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, name="stranger")
    server = Server(served(b"HTTP/1.1 200 OK\r\n\r\n"), authority.server)
    try:
        assert trouble_with(Backend(url=server.url, ca_file=authority.file)) == ""
        assert "is not good" in trouble_with(Backend(url=server.url, ca_file=stranger.file))
    finally:
        server.close()
