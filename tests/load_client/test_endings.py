"""How exchanges end that do not end well, or end early; and that nothing is left of them."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import gevent  # type: ignore[import-untyped]  # gevent has no types
import pytest

from chatproof.load.client.addresses import Address
from support.raw_server import OK, STREAM, Peer, chunk

from .heard import QUICK, STREAM_HEAD, Heard, post, reply, staying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.load.client.exchange import Answer
    from chatproof.load.client.streams import StreamClient

    from .conftest import Connect, Serve

EVENT = b"data: a\n\n"


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@contextlib.contextmanager
def no_descriptor_is_left() -> Iterator[None]:
    """Those of the server's side close by themselves a moment later: waits for them, at most 5 s."""
    gevent.get_hub().loop  # noqa: B018 - it has descriptors of its own, from its first use on
    before = descriptors()
    yield
    with gevent.Timeout(5):
        while descriptors() > before:
            gevent.sleep(0.01)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "before it answered"),
        (OK[:9], "within the head"),
        (STREAM + chunk(EVENT), "after 9 bytes"),
        (STREAM + b"20\r\ndata: a\n\n", "after 9 bytes"),
        (STREAM_HEAD + b"Content-Length: 10\r\n\r\n" + EVENT, "after 9 bytes"),
    ],
)
def test_a_body_that_ended_before_it_was_whole_is_cut(
    serve: Serve, connect: Connect, answer: bytes, words: str
) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    found = connect(serve(handler).url).exchange(post(), QUICK, Heard())

    assert found.cause == "cut"
    assert words in found.detail


def test_a_reset_is_a_reset(serve: Serve, connect: Connect) -> None:
    heard = Heard()

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(EVENT))
        peer.socket.recv(1)  # until the client has seen the event
        peer.reset()

    client = connect(serve(handler).url)
    stream = gevent.spawn(client.exchange, post(), QUICK, heard)
    with gevent.Timeout(5):
        while not heard.frames:
            gevent.sleep(0.001)
    reply(client)
    found = stream.get(timeout=30)

    assert (found.cause, found.detail) == ("reset", "connection reset")


@pytest.mark.parametrize(
    ("pieces", "limit", "cause"),
    [
        ((), {"head_seconds": 0.1}, "timeout"),
        ((OK,), {"head_seconds": 0.1}, "timeout"),
        ((STREAM,), {"idle_seconds": 0.1}, "idle"),
        ((STREAM, chunk(EVENT)), {"idle_seconds": 0.1}, "idle"),
        ((STREAM, chunk(EVENT)), {"total_seconds": 0.1}, "timeout"),
    ],
)
def test_limits_of_time_end_it(
    serve: Serve, connect: Connect, pieces: tuple[bytes, ...], limit: dict[str, float], cause: str
) -> None:
    found = connect(serve(staying(*pieces)).url).exchange(post(), replace(QUICK, **limit), Heard())  # type: ignore[arg-type]  # the limits of time are floats

    assert (found.cause, "0.1 s" in found.detail) == (cause, True)
    assert found.end_ns - found.start_ns >= 100_000_000
    assert found.silence_max_ns > 0


def test_bytes_that_we_have_not_read_yet_are_no_silence(serve: Serve, connect: Connect) -> None:
    """The sweep comes while the hub was held up: what has come meanwhile is read before the stream is judged."""

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(EVENT))
        peer.socket.recv(1)
        peer.send(chunk(EVENT))
        peer.wait_for_close()

    heard = Heard()
    client = connect(serve(handler).url)
    greenlet = started(client, heard)
    reply(client)
    stream = next(iter(client._active))
    assert stream._connection is not None
    assert select.select([stream._connection.descriptor], [], [], 5)[0]  # the hub does not run meanwhile
    stream._last_ns -= 3600 * 10**9

    stream.overdue(time.monotonic_ns())

    assert (len(heard.frames), stream.ended) == (2, False)
    greenlet.kill()


def test_a_read_is_bounded_so_that_others_have_their_turn(serve: Serve, connect: Connect) -> None:
    head = OK + b"Content-Length: 1000000\r\n\r\n"

    found = connect(serve(staying(head, b"x" * 1_000_000)).url).exchange(post(), QUICK, None)

    assert (found.cause, len(found.body)) == ("", 1_000_000)
    assert found.reads >= 1_000_000 // 16_384


@pytest.fixture
def full() -> Iterator[int]:
    """The port of a listener that takes no more connections, and does not refuse them."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(3):
            other = stack.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_no_connection_in_time(connect: Connect, full: int) -> None:
    client = connect(f"http://127.0.0.1:{full}")

    found = client.exchange(post(), replace(QUICK, connect_seconds=0.1, head_seconds=0.1), Heard())

    assert (found.cause, found.detail, found.connected_ns) == ("connect", "no connection within 0.1 s", None)


def test_an_address_that_does_not_answer_leaves_time_for_the_next(serve: Serve, connect: Connect, full: int) -> None:
    server = serve(staying(STREAM, chunk(EVENT)))
    client = connect(server.url)
    client._addresses._found.insert(0, Address(socket.AF_INET, ("127.0.0.1", full)))

    found = client.exchange(post(), replace(QUICK, connect_seconds=2.0), Heard(stop=1))

    assert (found.cause, found.status) == ("", 200)
    assert client._addresses.known()[0].at == ("127.0.0.1", server.port)


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((STREAM, chunk(b"data: " + b"x" * 2000)), "an event has more than 1000 bytes"),
        ((STREAM, *[chunk(b": x\n" * 100)] * 50), "the body has more than 10000 bytes"),
        ((OK, b"Content-Length: 20000\r\n\r\n", b"x" * 20000), "the body has more than 10000 bytes"),
        ((OK, *[b"X: " + b"x" * 60000 + b"\r\n"] * 9), "the head has more than"),
        ((STREAM, chunk(EVENT), b"0\r\n", *[b"X: " + b"x" * 60000 + b"\r\n"] * 9), "of framing in a row"),
    ],
)
def test_limits_of_size_end_it(serve: Serve, connect: Connect, pieces: tuple[bytes, ...], words: str) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        with contextlib.suppress(OSError):
            peer.send(*pieces)
        peer.wait_for_close()

    limits = replace(QUICK, max_bytes=10_000, max_event_bytes=1000)
    found = connect(serve(handler).url).exchange(post(), limits, Heard())

    assert found.cause == "too_large"
    assert words in found.detail


@pytest.mark.parametrize("stop", [-1, 2])
def test_a_listener_ends_its_stream(serve: Serve, connect: Connect, stop: int) -> None:
    heard = Heard(stop=stop)

    server = serve(staying(STREAM, chunk(EVENT * 3)))
    with no_descriptor_is_left():
        client = connect(server.url)
        found = client.exchange(post(), QUICK, heard)
        client.close()

    assert (found.closed_by_us, found.cause, len(heard.frames)) == (True, "", max(stop, 0))


def test_a_listener_that_raises_ends_its_own_stream_alone(serve: Serve, connect: Connect) -> None:
    def fail() -> None:
        raise LookupError("a secret")

    client = connect(serve(staying(STREAM, chunk(EVENT))).url)

    found = client.exchange(post(), QUICK, Heard(then=fail))
    again = client.exchange(post(), QUICK, Heard(stop=1))

    assert (found.cause, found.detail) == ("ours", "the listener raised LookupError")
    assert (again.cause, again.closed_by_us) == ("", True)


def started(client: StreamClient, heard: Heard) -> gevent.Greenlet:
    stream = gevent.spawn(client.exchange, post(), QUICK, heard)
    with gevent.Timeout(5):
        while not heard.frames:
            gevent.sleep(0.001)
    return stream


def test_a_killed_greenlet_leaves_nothing(serve: Serve, connect: Connect) -> None:
    server = serve(staying(STREAM, chunk(EVENT)))
    with no_descriptor_is_left():
        client = connect(server.url)
        for error in (gevent.GreenletExit, ValueError("thrown")):
            stream = started(client, Heard())
            stream.kill(error)
            assert (stream.dead, client.active) == (True, 0)
        assert not client._shared.sockets._handlers  # type: ignore[attr-defined]  # of the set that Linux has
        assert len(client._shared.deadlines) == 0
        client.close()


def test_close_all_ends_every_stream_with_the_reason(serve: Serve, connect: Connect) -> None:
    client = connect(serve(staying(STREAM, chunk(EVENT))).url)
    streams = [started(client, Heard()) for _ in range(3)]
    assert client.active == 3

    client.close_all("the run is over")
    answers: list[Answer] = [stream.get(timeout=30) for stream in streams]

    assert client.active == 0
    assert {(found.closed_by_us, found.cause, found.detail) for found in answers} == {(True, "", "the run is over")}
    assert client.exchange(post(), QUICK, Heard(stop=1)).status == 200


def test_nothing_may_be_asked_of_a_closed_client(connect: Connect) -> None:
    client = connect("http://127.0.0.1:9")
    client.close()
    client.close()

    with pytest.raises(RuntimeError, match="closed"):
        client.exchange(post(), QUICK, None)
