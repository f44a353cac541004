"""TLS: who is trusted, what is kept, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.raw_server import OK, Peer, each_request, turn
from support.tls import Authority

from .heard import QUICK, Heard, post

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Connect, Serve

KEPT = post(connection="user 1")


def test_tls_with_an_authority_of_ones_own(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = serve(each_request(turn), authority.server)
    client = connect(server.url, ca_file=authority.file)
    heard = Heard()

    answers = [client.exchange(KEPT, QUICK, each) for each in (heard, Heard())]

    assert [(found.cause, found.detail, found.reused) for found in answers] == [("", "", False), ("", "", True)]
    assert [frame[0] for frame in heard.frames] == [b"token", b"done"]
    assert answers[0].kernel == client.kernel
    assert answers[0].wire_bytes > answers[0].bytes > 0


def test_tls_without_that_authority(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = serve(each_request(turn), authority.server)

    found = connect(server.url).exchange(post(), QUICK, Heard())

    assert found.cause == "tls"
    assert "the certificate is not trusted" in found.detail


def test_tls_on_a_port_without(serve: Serve, connect: Connect) -> None:
    def handler(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    found = connect(serve(handler).url.replace("http:", "https:")).exchange(post(), QUICK, Heard())

    assert found.cause == "tls"


def test_tls_that_offers_only_http2(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.server.set_alpn_protocols(["h2"])

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64")

    found = connect(serve(handler, authority.server).url, ca_file=authority.file).exchange(post(), QUICK, Heard())

    assert found.cause == "http2"


def test_tls_that_ends_without_saying_so_is_cut(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(OK + b"Content-Type: text/event-stream\r\n\r\ndata: a\n\n")

    found = connect(serve(handler, authority.server).url, ca_file=authority.file).exchange(post(), QUICK, Heard())

    assert found.cause == "cut"
