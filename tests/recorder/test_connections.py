"""Connections: kept, numbered, reopened, encrypted."""

from __future__ import annotations

import base64
import ssl
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from chatproof.config import Backend
from chatproof.process import wait_until_answers
from support.raw_server import OK, STREAM, TURN, chunk, config, each_request, post, run_one, turn
from support.tls import Authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatproof.driver import Driver
    from support.raw_server import Peer, Server

    Serve = Callable[..., Server]


async def two_on_one(driver: Driver) -> None:
    async with driver.connection() as connection:
        await driver.send("first", post(driver), connection=connection)
        await driver.send("second", post(driver), connection=connection)


def test_each_request_has_a_fresh_connection(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        await driver.send("first", post(driver))
        await driver.send("second", post(driver))

    server = serve(each_request(turn))
    recording = run_one(config(server.url), run)
    assert [exchange.connection for exchange in recording.exchanges] == [1, 2]
    assert len(server.peers) == 2


def test_a_kept_connection_carries_several_requests(serve: Serve) -> None:
    server = serve(each_request(turn))
    recording = run_one(config(server.url), two_on_one)
    assert [exchange.connection for exchange in recording.exchanges] == [1, 1]
    assert [len(peer.requests) for peer in server.peers] == [2]


def test_a_connection_that_the_backend_closed_gets_a_new_number(serve: Serve) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.send(OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nok")

    recording = run_one(config(serve(once).url), two_on_one)
    assert [(exchange.connection, exchange.body) for exchange in recording.exchanges] == [(1, b"ok"), (2, b"ok")]


def test_a_request_that_gets_no_answer_on_a_kept_connection_is_not_sent_again(serve: Serve) -> None:
    def second_is_dropped(peer: Peer) -> None:
        peer.request()
        peer.send(OK + b"Content-Length: 2\r\n\r\nok")
        peer.request()

    server = serve(second_is_dropped)
    recording = run_one(config(server.url), two_on_one)
    assert recording["second"].trouble == "the connection was closed without an answer"
    assert len(server.requests) == 2


def test_after_an_answer_that_was_left_early_the_connection_is_new(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        async with driver.connection() as connection:
            await driver.send("aborted", post(driver), connection=connection, until=bool)
            assert connection.number == 1
            await driver.send("next", post(driver), connection=connection, until=bool)
            assert connection.number == 2

    def one_token(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(TURN))
        peer.wait_for_close()

    recording = run_one(config(serve(one_token).url), run)
    assert [exchange.connection for exchange in recording.exchanges] == [1, 2]


def test_after_bytes_that_belong_to_no_answer_the_connection_is_new(serve: Serve) -> None:
    server = serve(
        each_request(lambda peer, _request: peer.send(OK + b"Content-Length: 2\r\n\r\nok HTTP/1.1 200 OK\r\n\r\n"))
    )
    recording = run_one(config(server.url), two_on_one)
    assert [(exchange.connection, exchange.body) for exchange in recording.exchanges] == [(1, b"ok"), (2, b"ok")]


def test_a_connection_of_something_else_is_refused(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        with pytest.raises(TypeError, match="is no connection of this driver"):
            await driver.send("turn", post(driver), connection=object())  # type: ignore[arg-type]  # the mistake

    run_one(config(serve(each_request(turn)).url), run)


def test_tls_with_an_own_authority(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    recording = run_one(config(serve(each_request(turn), authority.server).url, ca_file=authority.file), two_on_one)
    assert [(exchange.status, exchange.connection) for exchange in recording.exchanges] == [(200, 1), (200, 1)]


def test_waiting_asks_for_no_certificate(serve: Serve, tmp_path: Path) -> None:
    server = serve(each_request(turn), Authority(tmp_path).server)
    assert wait_until_answers(Backend(url=server.url), 5)


def test_a_certificate_that_nobody_vouches_for(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    recording = run_one(config(serve(each_request(turn), authority.server).url), two_on_one)
    assert recording["first"].trouble.startswith("TLS: the certificate is not trusted: self-signed certificate")


def test_a_certificate_for_another_host(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path, host="127.0.0.2")
    settings = config(serve(each_request(turn), authority.server).url, ca_file=authority.file)
    assert "IP address mismatch" in run_one(settings, two_on_one)["first"].trouble


def test_no_tls_on_the_other_side(serve: Serve) -> None:
    def plain(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    url = serve(plain).url.replace("http:", "https:")
    assert run_one(config(url), two_on_one)["first"].trouble.startswith("TLS: ")


def test_an_authority_file_that_cannot_be_read(tmp_path: Path) -> None:
    settings = config("https://127.0.0.1:1", ca_file=tmp_path / "none.pem")
    trouble = run_one(settings, two_on_one)["first"].trouble
    assert trouble.endswith("none.pem cannot be used: No such file or directory")


def test_without_a_system_store_certifi_is_trusted(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    nowhere = SimpleNamespace(cafile=None, capath=None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    monkeypatch.setattr("certifi.where", lambda: str(authority.file))
    assert run_one(config(serve(each_request(turn), authority.server).url), two_on_one)["first"].status == 200


def test_a_proxy_is_used_only_where_it_is_asked_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(each_request(turn))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    run_one(config("http://127.0.0.1:1"), two_on_one)
    assert proxy.requests == []
    recording = run_one(config("http://127.0.0.1:1", use_proxy=True), two_on_one)
    assert recording["first"].status == 200
    assert proxy.requests[0].startswith(b"POST http://127.0.0.1:1/chat HTTP/1.1\r\n")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert run_one(config("http://127.0.0.1:1", use_proxy=True), two_on_one)["first"].trouble == "connection refused"


def test_a_proxy_is_given_its_password(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(each_request(turn))
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//user:p%40ss@"))
    monkeypatch.delenv("no_proxy", raising=False)
    recording = run_one(config("http://127.0.0.1:1", use_proxy=True), two_on_one)
    assert recording["first"].status == 200
    credential = base64.b64encode(b"user:p@ss")
    assert b"\r\nProxy-Authorization: Basic " + credential + b"\r\n" in proxy.requests[0]
    assert "Proxy-Authorization" not in str(recording)


def test_a_handshake_that_never_ends(serve: Serve) -> None:
    url = serve(lambda peer: peer.wait_for_close()).url.replace("http:", "https:")
    exchange = run_one(config(url, connect_timeout=1.0), two_on_one)["first"]
    assert exchange.unsent
    assert exchange.trouble == "TLS: no handshake within the time limit"


def test_a_tunnel_that_the_proxy_refuses_is_no_answer_of_the_backend(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(
        each_request(lambda peer, _request: peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
    )
    monkeypatch.setenv("https_proxy", proxy.url)
    recording = run_one(config("https://127.0.0.1:1", use_proxy=True), two_on_one)
    assert (recording["first"].response, recording["first"].trouble) == (None, "ProxyError: 403 Forbidden")
