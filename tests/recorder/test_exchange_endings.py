"""How an answer ends, recorded from real sockets."""

from __future__ import annotations

import gzip
import re
import threading
from typing import TYPE_CHECKING

import pytest

from chatproof.recording import End, Exchange
from chatproof.sse import Event
from support.raw_server import DONE, OK, STREAM, TURN, chunk, config, each_request, limits, post, run_one, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.driver import Driver, Limits
    from support.raw_server import Peer, Server

    Serve = Callable[..., Server]


def recorded(server: Server, *, within: Limits | None = None, **options: object) -> Exchange:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver), limits=within or limits(), **options)  # type: ignore[arg-type]  # passed through

    return run_one(config(server.url), run)["turn"]


def answering(*pieces: bytes, then: Callable[[Peer], None] = lambda _peer: None) -> Callable[[Peer], None]:
    """Reads the request, answers, and closes unless told otherwise."""

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(*pieces)
        then(peer)

    return handler


def hang(peer: Peer) -> None:
    peer.wait_for_close()


def reset_when_read(peer: Peer) -> None:
    # A RST may overtake data that the client has not yet fetched; nothing on this side tells when it has.
    peer.socket.settimeout(0.2)
    try:
        peer.socket.recv(1)
    except TimeoutError:
        peer.reset()


CASES = {
    "terminal chunk": (STREAM + chunk(TURN) + b"0\r\n\r\n", hang, End.TERMINAL_CHUNK, TURN),
    "length": (OK + b"Content-Length: 4\r\n\r\nabcd", hang, End.LENGTH_REACHED, b"abcd"),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", hang, End.NO_BODY, b""),
    "close": (OK + b"\r\nabcd", lambda _peer: None, End.CLOSED, b"abcd"),
    "close between chunks": (STREAM + chunk(TURN), lambda _peer: None, End.CLOSED_BETWEEN_CHUNKS, TURN),
    "cut inside a chunk": (STREAM + b"10\r\nabc", lambda _peer: None, End.CUT_IN_CHUNK, b"abc"),
    "cut short": (OK + b"Content-Length: 9\r\n\r\nabcd", lambda _peer: None, End.CUT_SHORT, b"abcd"),
    "malformed": (STREAM + chunk(TURN) + b"zz\r\n", hang, End.MALFORMED, TURN),
    "reset": (STREAM + chunk(TURN), reset_when_read, End.RESET, TURN),
}


@pytest.mark.parametrize("name", CASES)
def test_the_end_of_the_body(serve: Serve, name: str) -> None:
    data, then, end, body = CASES[name]
    exchange = recorded(serve(answering(data, then=then)))
    assert (exchange.end, exchange.body) == (end, body)
    assert exchange.response is not None
    assert 0 <= exchange.response.first_byte_ns <= exchange.response.at_ns <= exchange.ended_ns


def test_an_answer_that_h11_refuses_is_recorded_whole(serve: Serve) -> None:
    head = OK + b"Bad Name: x\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    seen = threading.Event()

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(head + chunk(TURN))
        assert seen.wait(5)  # so that there is more to read when h11 has given up
        peer.send(chunk(DONE), b"0\r\n\r\n")
        peer.wait_for_close()

    def until(_frames: object) -> bool:
        seen.set()
        return False

    exchange = recorded(serve(handler), until=until)
    assert (exchange.status, exchange.end, exchange.body) == (200, End.TERMINAL_CHUNK, TURN + DONE)
    assert exchange.findings["framing"] == ["an illegal header name: `Bad Name`"]


def test_a_reset_of_an_answer_that_h11_refuses(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(OK + b"Bad Name: x\r\n\r\n")
        reset_when_read(peer)

    exchange = recorded(serve(handler))
    assert (exchange.status, exchange.end, exchange.trouble) == (200, End.RESET, "connection reset")


def test_both_framings_are_noted(serve: Serve) -> None:
    head = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange = recorded(serve(answering(head, chunk(TURN), b"0\r\n\r\n", then=hang)))
    assert (exchange.end, exchange.body) == (End.TERMINAL_CHUNK, TURN)
    assert exchange.findings["framing"] == ["both Transfer-Encoding and Content-Length"]


def test_bytes_after_the_message_are_counted(serve: Serve) -> None:
    exchange = recorded(serve(answering(OK + b"Content-Length: 2\r\n\r\nabcde", then=hang)))
    assert (exchange.end, exchange.findings["surplus_bytes"]) == (End.LENGTH_REACHED, 3)


def test_each_read_has_its_time(serve: Serve) -> None:
    first_seen = threading.Event()

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(TURN))
        assert first_seen.wait(5)
        peer.send(chunk(DONE), b"0\r\n\r\n")
        peer.wait_for_close()

    def until(frames: list[object]) -> bool:
        first_seen.set()
        return not frames

    exchange = recorded(serve(handler), until=until)
    assert [read.data for read in exchange.reads] == [TURN, DONE]
    assert exchange.reads[0].at_ns < exchange.reads[1].at_ns <= exchange.ended_ns


NO_ANSWER = {
    "closed": (b"", lambda _peer: None, "the connection was closed without an answer"),
    "closed in the head": (OK, lambda _peer: None, "the connection was closed inside the head"),
    "reset": (b"", reset_when_read, "connection reset"),
    "silent": (b"", hang, "no answer within N s"),
    "silent in the head": (OK, hang, "no whole head within N s"),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_no_answer(serve: Serve, name: str) -> None:
    data, then, trouble = NO_ANSWER[name]
    within = limits(head=0.3, total=30.0) if then is hang else limits(head=30.0, total=30.0)
    exchange = recorded(serve(answering(data, then=then)), within=within)
    waited = re.search(r"within ([0-9.]+) s", exchange.trouble)
    assert (exchange.response, exchange.end) == (None, End.NO_ANSWER)
    assert exchange.trouble == trouble.replace("N s", f"{waited[1]} s" if waited else "")
    assert not waited or 0.3 <= float(waited[1]) < within.total_seconds, "the limit for the head ended it"


def test_no_http(serve: Serve) -> None:
    exchange = recorded(serve(answering(b"SSH-2.0-OpenSSH_9.2\r\n", then=hang)))
    assert (exchange.response, exchange.end) == (None, End.MALFORMED)
    assert exchange.trouble == "the answer does not begin with an HTTP/1.x status line: `SSH-2.0-OpenSSH_9.2`"


def test_nobody_listens() -> None:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver))

    exchange = run_one(config("http://127.0.0.1:1"), run)["turn"]
    assert (exchange.trouble, exchange.end, exchange.connection) == ("connection refused", End.NO_ANSWER, 0)


def test_a_name_that_is_not_known() -> None:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver))

    exchange = run_one(config("http://nobody.invalid"), run)["turn"]
    assert exchange.trouble == "name not known"


@pytest.mark.parametrize("url", ["http://127.0.0.1:port", "ftp://127.0.0.1/", "http://"])
def test_a_url_that_nobody_can_use(url: str) -> None:
    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver))

    assert run_one(config(url), run)["turn"].trouble


def test_endless_headers(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        while True:
            peer.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")

    exchange = recorded(serve(handler))
    assert (exchange.end, exchange.trouble) == (End.MALFORMED, "the head is longer than 65536 bytes")


def test_an_endless_stream_stops_at_the_byte_cap(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM)
        while True:
            peer.send(chunk(b"data: x\n\n" * 1000))

    exchange = recorded(serve(handler), within=limits(most=100_000))
    assert (exchange.end, len(exchange.body)) == (End.BYTE_CAP, 100_000)


def test_silence_after_the_head(serve: Serve) -> None:
    exchange = recorded(serve(answering(STREAM, then=hang)), within=limits(idle=0.2))
    assert (exchange.end, exchange.status, exchange.body) == (End.IDLE_DEADLINE, 200, b"")


def test_a_trickle_ends_at_the_total_limit(serve: Serve) -> None:
    stop = threading.Event()

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM)
        while not stop.wait(0.05):
            peer.send(chunk(b": ping\n\n"))

    exchange = recorded(serve(handler), within=limits(idle=1.0, total=1.5))
    stop.set()
    assert exchange.end is End.TOTAL_DEADLINE


def test_until_closes_at_once(serve: Serve) -> None:
    closed = threading.Event()

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(TURN))
        peer.wait_for_close()
        closed.set()

    exchange = recorded(serve(handler), until=lambda frames: len(frames) >= 1)
    assert exchange.end is End.ABORTED
    assert closed.wait(5)


def test_after_the_terminal_frame_we_wait_for_what_should_not_come(serve: Serve) -> None:
    data = STREAM + chunk(TURN) + chunk(DONE)
    server = serve(answering(data, then=hang))
    exchange = recorded(
        server, terminal=lambda frame: isinstance(frame, Event) and frame.type == "done", linger_seconds=0.1
    )
    assert (exchange.end, exchange.body) == (End.STILL_OPEN, TURN + DONE)


def test_an_answer_that_ends_after_its_terminal_frame_is_not_waited_for(serve: Serve) -> None:
    server = serve(each_request(turn))
    exchange = recorded(
        server, terminal=lambda frame: isinstance(frame, Event) and frame.type == "done", linger_seconds=60
    )
    assert exchange.end is End.TERMINAL_CHUNK


def test_the_first_terminal_frame_counts(serve: Serve) -> None:
    server = serve(answering(STREAM + chunk(DONE), chunk(DONE), then=hang))
    exchange = recorded(
        server, terminal=lambda frame: isinstance(frame, Event) and frame.type == "done", linger_seconds=1.0
    )
    assert (exchange.end, exchange.body) == (End.STILL_OPEN, DONE + DONE)


def test_a_terminal_frame_is_seen_below_gzip(serve: Serve) -> None:
    head = OK + b"Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n"
    server = serve(answering(head + gzip.compress(DONE), then=hang))
    exchange = recorded(
        server, terminal=lambda frame: isinstance(frame, Event) and frame.type == "done", linger_seconds=0.1
    )
    assert exchange.end is End.STILL_OPEN


def test_single_bytes_do_not_fill_the_memory(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.recorder.watch.MAX_READS", 3)
    step, over = threading.Semaphore(1), threading.Event()

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(OK + b"\r\n")
        while step.acquire(timeout=5):
            peer.send(b"x")
            if over.is_set():
                return

    def until(_frames: object) -> bool:
        step.release()
        return False

    exchange = recorded(serve(handler), until=until)
    over.set()
    step.release()
    assert (exchange.end, [read.data for read in exchange.reads]) == (End.BYTE_CAP, [b"x", b"x", b"x"])


def test_no_time_at_all(serve: Serve) -> None:
    exchange = recorded(serve(each_request(turn)), within=limits(head=0.0))
    assert (exchange.end, exchange.trouble) == (End.NO_ANSWER, "no answer within 0.0 s")
