"""What goes out, and large bodies that a backend does not read to their end."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

import httpcore
import pytest

from chatproof.driver import Driver
from chatproof.recording import End
from chatproof.wire_trouble import words_for
from support.raw_server import Peer, Server, config, each_request, limits, post, run_one, turn

Serve = Callable[..., Server]


async def plain(driver: Driver) -> None:
    await driver.send("turn", post(driver))


def test_a_request_that_http_does_not_allow_tells_no_secret(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver, b"{}", ("X-Key", "canary\r\nInjected: yes")))

    server = serve(each_request(turn))
    exchange = run_one(config(server.url), run)["turn"]
    assert exchange.trouble == "the request cannot be sent: it has a header, method or path that HTTP does not allow"
    assert server.requests == []


def test_a_header_beyond_latin_1_goes_out_as_utf_8(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver, b"{}", ("X-Name", "\u2603"), ("X-Latin", "\xe9")))

    server = serve(each_request(turn))
    run_one(config(server.url), run)
    assert b"X-Name: \xe2\x98\x83\r\nX-Latin: \xe9\r\n" in server.requests[0]


def test_a_redirect_is_recorded_not_followed(serve: Serve) -> None:
    redirect = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
    server = serve(each_request(lambda peer, _request: peer.send(redirect)))
    assert run_one(config(server.url), plain)["turn"].status == 307
    assert len(server.requests) == 1


def test_exactly_the_given_headers_go_out_in_order(serve: Serve) -> None:
    server = serve(each_request(turn))
    exchange = run_one(config(server.url), plain)["turn"]
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.decode().split("\r\n") == [
        "POST /chat HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Content-Type: application/json",
        "Accept-Encoding: identity",
        "Content-Length: 2",
    ]
    assert body == b"{}"
    assert [f"{name}: {value}" for name, value in exchange.request.headers] == head.decode().split("\r\n")[1:]


async def large(driver: Driver) -> None:
    await driver.send("big", post(driver, b"x" * 16_000_000), limits=limits(head=1.0))


TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"


def test_an_early_answer_to_a_large_body_ends_the_sending(serve: Serve) -> None:
    over = threading.Event()

    def handler(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.send(TOO_LARGE, b"too big")
        over.wait(10)

    recording = run_one(config(serve(handler).url), large)
    over.set()
    exchange = recording["big"]
    assert (exchange.status, exchange.end, exchange.body, exchange.trouble) == (413, End.LENGTH_REACHED, b"too big", "")


def test_an_answer_that_begins_before_the_request_is_over_is_read_on(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.send(TOO_LARGE, b"too")
        got = 1000
        while got < 16_000_000:
            got += len(peer.socket.recv(1 << 20))
        peer.send(b" big")
        peer.wait_for_close()

    exchange = run_one(config(serve(handler).url), large)["big"]
    assert (exchange.status, exchange.end, exchange.body) == (413, End.LENGTH_REACHED, b"too big")


def test_a_reset_while_a_large_body_is_sent(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.reset()

    exchange = run_one(config(serve(handler).url), large)["big"]
    assert (exchange.response, exchange.trouble) == (None, "connection reset")


def test_an_end_in_one_direction_while_a_large_body_is_sent(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.socket.shutdown(socket.SHUT_WR)
        peer.wait_for_close()

    exchange = run_one(config(serve(handler).url), large)["big"]
    assert (exchange.response, exchange.trouble) == (None, "the connection was closed without an answer")


def test_a_backend_that_does_not_read_is_asked_for_an_answer_all_the_same(serve: Serve) -> None:
    over = threading.Event()

    def handler(peer: Peer) -> None:
        peer.socket.recv(1000)
        over.wait(10)

    recording = run_one(config(serve(handler).url), large)
    over.set()
    assert recording["big"].trouble.startswith("no answer within ")


def reset_group() -> Exception:
    error = OSError("All connection attempts failed")
    error.__cause__ = ExceptionGroup("several", [OSError("no number"), OSError(113, "No route to host")])
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (reset_group(), "no route to host"),
        (httpcore.ConnectTimeout(), "no connection within the time limit"),
        (httpcore.PoolTimeout(), "PoolTimeout: no progress in time"),
        (httpcore.ProxyError("407 Proxy Authentication Required"), "ProxyError: 407 Proxy Authentication Required"),
        (httpcore.ReadError(), "ReadError"),
        (ssl.SSLError("odd"), "TLS: ('odd',)"),
        (BrokenPipeError(32, "Broken pipe"), "connection reset"),
    ],
)
def test_words_for_what_goes_wrong(error: Exception, words: str) -> None:
    assert words_for(error) == words
