"""Answers of every framing, cut into reads in every way."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from chatproof.load.client.exchange import Request
from support.raw_server import OK, STREAM, Peer, chunk, each_request

from .heard import QUICK, STREAM_HEAD, Heard, get, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Connect, Serve

EVENTS = [b"event: token\ndata: {}\n\n", b": beat\n\n", b"id: 7\ndata: x\n\n"]
FRAMES = [(b"token", b"{}", b""), b"beat", (b"", b"x", b"7")]
BODY = b"".join(EVENTS)
CHUNKED = STREAM + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n"
LENGTH = STREAM_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CLOSED = STREAM_HEAD + b"\r\n" + BODY


def once(*pieces: bytes) -> Callable[[Peer], None]:
    """Answers one request with these writes, and closes."""

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(*pieces)

    return handler


@pytest.mark.parametrize("answer", [CHUNKED, LENGTH, CLOSED], ids=["chunked", "length", "closed"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_every_framing_gives_the_same_frames(serve: Serve, connect: Connect, answer: bytes, size: int) -> None:
    server = serve(once(*(answer[start : start + size] for start in range(0, len(answer), size))))
    heard = Heard()

    found = connect(server.url).exchange(post(), QUICK, heard)

    assert (found.cause, found.detail, found.status) == ("", "", 200)
    assert heard.frames == FRAMES
    assert heard.headers == found.headers
    assert ("content-type" in dict(heard.headers), heard.status) == (True, 200)
    assert (found.bytes, found.wire_bytes, found.body) == (len(BODY), len(answer), b"")
    assert 1 <= found.reads <= len(answer)


@pytest.mark.parametrize(
    "extra",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    ],
)
def test_informational_heads_are_passed_over(serve: Serve, connect: Connect, extra: bytes) -> None:
    heard = Heard()

    found = connect(serve(once(extra + CHUNKED)).url).exchange(post(), QUICK, heard)

    assert (found.status, heard.frames) == (200, FRAMES)
    assert "link" not in dict(found.headers)


@pytest.mark.parametrize(
    ("request_", "head"),
    [
        (Request(method="HEAD", path="/"), OK + b"Content-Length: 10\r\n\r\n"),
        (get(), b"HTTP/1.1 204 No Content\r\n\r\n"),
        (get(), b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
    ],
)
def test_answers_without_body_are_over_with_their_head(
    serve: Serve, connect: Connect, request_: Request, head: bytes
) -> None:
    def stay(peer: Peer) -> None:
        peer.request()
        peer.send(head)
        peer.wait_for_close()

    found = connect(serve(stay).url).exchange(request_, QUICK, None)

    assert (found.cause, found.body, found.bytes) == ("", b"", 0)


def test_other_answers_are_collected(serve: Serve, connect: Connect) -> None:
    heard = Heard()
    answer = b'HTTP/1.1 429 Slow\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a": 1}\n'

    found = connect(serve(once(answer)).url).exchange(post(), QUICK, heard)

    assert (found.status, found.body, found.cause) == (429, b'{"a": 1}\n', "")
    assert (heard.status, heard.frames) == (429, [])


def test_the_body_of_a_stream_is_kept_where_asked_for(serve: Serve, connect: Connect) -> None:
    found = connect(serve(once(CHUNKED)).url).exchange(post(keep_body=True), QUICK, Heard())

    assert found.body == BODY


def test_reads_that_hold_several_frames_are_counted(serve: Serve, connect: Connect) -> None:
    found = connect(serve(once(STREAM, chunk(BODY) + b"0\r\n\r\n")).url).exchange(post(), QUICK, Heard())

    assert found.coalesced == 1


@pytest.mark.parametrize(("kind", "cause"), [(b"text/event-stream", "not_sse"), (b"application/json", "invalid")])
def test_encoded_answers_are_refused(serve: Serve, connect: Connect, kind: bytes, cause: str) -> None:
    head = OK + b"Content-Type: %b\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" % kind
    server = serve(once(head, chunk(gzip.compress(BODY))))
    heard = Heard()

    found = connect(server.url).exchange(post(), QUICK, heard)

    assert (found.cause, found.status, heard.frames) == (cause, 200, [])
    assert "'gzip'" in found.detail
    assert b"accept-encoding: identity\r\n" in server.requests[0].lower()


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    "answer",
    [
        b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64",
        b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01",
        b"HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 3\r\n\r\nno\n",
        b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_backend_of_http2_alone_is_named(serve: Serve, connect: Connect, answer: bytes, size: int) -> None:
    pieces = [answer[start : start + size] for start in range(0, len(answer), size)]

    found = connect(serve(once(*pieces)).url).exchange(post(), QUICK, Heard())

    assert found.cause == "http2"
    assert "speaks HTTP/1.1" in found.detail


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "invalid"),
        (b"\x15\x03\x01\0\x02\x02\x16", "tls"),
        (b"\0\0", "invalid"),
        (STREAM + b"zz\r\n", "invalid"),
        (b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n", ""),
    ],
)
def test_what_is_no_http_is_named(serve: Serve, connect: Connect, answer: bytes, cause: str) -> None:
    found = connect(serve(once(answer)).url).exchange(post(), QUICK, Heard())

    assert found.cause == cause


def test_the_request_is_as_it_was_asked_for(serve: Serve, connect: Connect) -> None:
    def answer(peer: Peer, _request: bytes) -> None:
        peer.send(OK + b"Content-Length: 0\r\n\r\n")

    server = serve(each_request(answer))
    request = Request(method="PUT", path="/a?b=c", headers=(("X-Token", "s"),), body=b"hello")

    connect(server.url + "/base/").exchange(request, QUICK, None)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert (first, body) == (b"PUT /base/a?b=c HTTP/1.1", b"hello")
    assert sorted(lines) == [
        b"Accept-Encoding: identity",
        b"Content-Length: 5",
        b"Host: 127.0.0.1:%d" % server.port,
        b"User-Agent: chatproof",
        b"X-Token: s",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        get("/a b"),
        get("no-slash"),
        get("/\r\nX: y"),
        Request(method="GE T", path="/"),
        get(headers=(("X", "secret\r\nY: z"),)),
        get(headers=(("X", "secret\u20ac"),)),
        get(headers=(("Content-Length", "3"),)),
    ],
)
def test_a_request_that_http_does_not_allow_is_refused_without_its_values(connect: Connect, request_: Request) -> None:
    client = connect("http://127.0.0.1:9")

    with pytest.raises(ValueError, match="the request cannot be sent") as raised:
        client.exchange(request_, QUICK, None)

    assert "secret" not in str(raised.value)
    assert client.active == 0
