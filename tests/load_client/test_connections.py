"""Connections: fresh and kept, reopened, refused, over TLS, and by whatever address answers."""

from __future__ import annotations

import os
import resource
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import gevent  # type: ignore[import-untyped]  # gevent has no types
import pytest

from chatproof.load.client.epoll_set import WatcherSet
from chatproof.load.client.streams import StreamClient
from support.raw_server import OK, STREAM, Peer, chunk, each_request, turn

from .heard import QUICK, Heard, get, post

if TYPE_CHECKING:
    from .conftest import Connect, Serve

EMPTY = OK + b"Content-Length: 0\r\n\r\n"
KEPT = post(connection="user 1")


def empty(peer: Peer, _request: bytes) -> None:
    peer.send(EMPTY)


def wait_until_nothing_is_kept(client: StreamClient) -> None:
    with gevent.Timeout(5):
        while len(client._kept):
            gevent.sleep(0.001)


def test_a_kept_connection_serves_the_next_request_of_its_name(serve: Serve, connect: Connect) -> None:
    server = serve(each_request(turn))
    client = connect(server.url)

    answers = [client.exchange(request, QUICK, Heard()) for request in (KEPT, KEPT, post(connection="user 2"), post())]

    assert [found.reused for found in answers] == [False, True, False, False]
    assert [found.connected_ns is None for found in answers] == [False, True, False, False]
    assert answers[0].local_port == answers[1].local_port
    assert len(server.peers) == 3
    assert {found.cause for found in answers} == {""}


@pytest.mark.parametrize(
    "head",
    [
        OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        EMPTY + b"surplus",
        EMPTY + EMPTY,
    ],
)
def test_a_connection_is_not_kept_against_the_server(serve: Serve, connect: Connect, head: bytes) -> None:
    server = serve(each_request(lambda peer, _request: peer.send(head)))
    client = connect(server.url)

    answers = [client.exchange(KEPT, QUICK, None) for _ in range(2)]

    assert [(found.reused, found.cause) for found in answers] == [(False, ""), (False, "")]


def test_a_kept_connection_that_the_server_closed_is_closed_at_once(serve: Serve, connect: Connect) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(EMPTY)

    server = serve(handler)
    client = connect(server.url)

    assert client.exchange(KEPT, QUICK, None).cause == ""
    wait_until_nothing_is_kept(client)
    found = client.exchange(KEPT, QUICK, None)

    assert (found.cause, found.reused) == ("", False)


@pytest.mark.parametrize("reset", [True, False])
def test_a_request_that_found_its_connection_closed_is_sent_once_more(
    serve: Serve, connect: Connect, reset: bool
) -> None:
    """The server closes as the second request comes: too late for the client to have noticed before."""

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(EMPTY)
        if peer.number == 1:
            peer.request()
            if reset:
                peer.reset()
        else:
            empty(peer, peer.request())

    server = serve(handler)
    client = connect(server.url)

    first, second = (client.exchange(KEPT, QUICK, None) for _ in range(2))

    assert (first.cause, first.reused, second.cause, second.reused, second.status) == ("", False, "", False, 200)
    assert len(server.requests) == 3


def test_it_is_not_sent_again_once_something_of_the_answer_came(serve: Serve, connect: Connect) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(EMPTY)
        peer.request()
        peer.send(b"HTTP")

    server = serve(handler)
    client = connect(server.url)

    first, second = (client.exchange(KEPT, QUICK, None) for _ in range(2))

    assert (first.cause, second.cause, second.reused) == ("", "cut", True)
    assert len(server.peers) == 1


def test_a_refusal_is_a_refusal(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    found = connect(f"http://127.0.0.1:{port}").exchange(get(), QUICK, None)

    assert (found.cause, found.detail, found.sent_ns) == ("refused", "connection refused", None)


def test_a_name_is_looked_up_and_its_addresses_are_tried_in_turn(serve: Serve, connect: Connect) -> None:
    server = serve(each_request(empty))
    client = connect(f"http://localhost:{server.port}")

    answers = [client.exchange(get(), QUICK, None) for _ in range(2)]

    assert [found.cause for found in answers] == ["", ""]
    assert client._addresses.known()[0].at[:2] == ("127.0.0.1", server.port)
    assert server.requests[0].split(b"\r\n")[1] == b"Host: localhost:%d" % server.port


def test_a_name_that_is_not_known(connect: Connect) -> None:
    found = connect("http://no-such-host.invalid").exchange(get(), replace(QUICK, connect_seconds=5), None)

    assert found.cause == "connect"
    assert "name" in found.detail


def test_another_place_may_be_connected_to(serve: Serve, connect: Connect) -> None:
    server = serve(each_request(empty))
    client = connect("http://chat.example", connect_to=("127.0.0.1", server.port))

    assert client.exchange(get(), QUICK, None).cause == ""
    assert b"\r\nHost: chat.example\r\n" in server.requests[0]


def test_ipv6(connect: Connect) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")

    def serve_once() -> None:
        accepted, _peer = listener.accept()
        with accepted:
            accepted.recv(65536)
            accepted.sendall(EMPTY)

    with listener:
        thread = threading.Thread(target=serve_once, daemon=True)
        thread.start()
        found = connect(f"http://[::1]:{listener.getsockname()[1]}").exchange(get(), QUICK, None)
        thread.join(5)

    assert found.cause == ""


@pytest.mark.parametrize("url", ["ftp://x", "http://", "localhost:80", "http://user:secret@host"])
def test_a_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the URL must") as raised:
        StreamClient(url)
    assert "secret" not in str(raised.value)


def test_no_descriptors_left_is_our_own_fault(serve: Serve, connect: Connect) -> None:
    client = connect(serve(each_request(empty)).url)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = [os.dup(0) for _ in range(3)]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(held), most[1]))
        with socket_slots_taken():
            found = client.exchange(get(), QUICK, None)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
        for descriptor in held:
            os.close(descriptor)

    assert found.cause == "ours"
    assert "ulimit -n" in found.detail


class socket_slots_taken:  # noqa: N801 - reads as a function
    """Takes every descriptor that may still be opened."""

    def __enter__(self) -> None:
        self._taken = []
        while True:
            try:
                self._taken.append(os.dup(0))
            except OSError:
                return

    def __exit__(self, *_error: object) -> None:
        for descriptor in self._taken:
            os.close(descriptor)


def test_a_large_request_is_sent_as_there_is_room(serve: Serve, connect: Connect) -> None:
    body = os.urandom(8_000_000)
    server = serve(each_request(empty))

    found = connect(server.url).exchange(replace(post(), body=body), QUICK, None)

    assert found.cause == ""
    assert server.requests[0].endswith(body)


def test_an_answer_that_came_before_the_request_was_taken(serve: Serve, connect: Connect) -> None:
    def handler(peer: Peer) -> None:
        peer.socket.recv(1000)
        peer.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
        peer.wait_for_close()

    found = connect(serve(handler).url).exchange(replace(post(), body=b"x" * 8_000_000), QUICK, None)

    assert (found.status, found.body, found.cause) == (413, b"no", "")


def test_where_there_is_no_epoll(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_module: str, _name: str) -> None:
        raise AttributeError

    monkeypatch.setattr("chatproof.load.client.epoll_set.get_original", missing)
    server = serve(each_request(turn))
    client = connect(server.url)
    assert isinstance(client._shared.sockets, WatcherSet)
    heard = Heard()

    answers = [client.exchange(KEPT, QUICK, each) for each in (heard, Heard())]

    assert [(found.cause, found.reused) for found in answers] == [("", False), ("", True)]
    assert len(heard.frames) == 2


def test_a_hundred_at_once(serve: Serve, connect: Connect) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(b"data: a\n\n"), b"0\r\n\r\n")

    server = serve(handler)
    client = connect(server.url)
    listeners = [Heard() for _ in range(100)]

    streams = [gevent.spawn(client.exchange, post(), QUICK, heard) for heard in listeners]
    gevent.joinall(streams, timeout=10, raise_error=True)

    assert {stream.value.cause for stream in streams} == {""}
    assert [heard.frames for heard in listeners] == [[(b"", b"a", b"")]] * 100
    assert client.active == 0
