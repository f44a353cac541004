"""Bytes in; head, payload and end out, however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatproof.framing import HEAD_LIMIT, HEAD_LINES, LINE_LIMIT, Framing
from chatproof.recording import End

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(*pieces: bytes, method: str = "GET", closed: bool = True) -> tuple[Framing, bytes]:
    framing = Framing(method)
    payload = b"".join(framing.feed(piece) for piece in pieces)
    if closed:
        framing.close()
    return framing, payload


def test_length_delimited() -> None:
    framing, payload = read(OK + b"Content-Length: 5\r\n\r\nhello", closed=False)
    assert (payload, framing.end, framing.problem, framing.oddities) == (b"hello", End.LENGTH_REACHED, "", [])


def test_a_length_of_zero_ends_with_the_head() -> None:
    framing, payload = read(OK + b"Content-Length: 0\r\n\r\n", closed=False)
    assert (payload, framing.end) == (b"", End.LENGTH_REACHED)


def test_chunked_with_extension_trailer_and_surplus() -> None:
    framing, payload = read(CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\nHTTP", closed=False)
    assert (payload, framing.end, framing.surplus, framing.oddities) == (b"hello", End.TERMINAL_CHUNK, 4, [])


def test_delimited_by_the_end_of_the_connection() -> None:
    framing, payload = read(OK + b"\r\nhello")
    assert (payload, framing.end) == (b"hello", End.CLOSED)


@pytest.mark.parametrize("head", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\n\r\n"])
def test_statuses_without_a_body(head: bytes) -> None:
    framing, payload = read(head + b"x", closed=False)
    assert (payload, framing.end, framing.surplus) == (b"", End.NO_BODY, 1)


def test_an_answer_to_head_has_no_body() -> None:
    framing, _payload = read(OK + b"Content-Length: 5\r\n\r\n", method="HEAD", closed=False)
    assert framing.end is End.NO_BODY


def test_a_204_that_announces_a_body_is_odd() -> None:
    framing, _payload = read(b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n")
    assert framing.oddities == ["a 204 announces a body"]


def test_interim_answers_are_skipped() -> None:
    framing, _payload = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"\r\n")
    assert framing.head is not None
    assert (framing.head.status, framing.head.headers) == (200, ())


def test_the_head_is_kept_as_it_came() -> None:
    framing, _payload = read(b"HTTP/1.0 404 Not  Found\r\nX-Caf\xe9:  a \r\nset-cookie: 1\r\nSET-Cookie: 2\r\n\r\n")
    assert framing.head is not None
    assert framing.head.version == "HTTP/1.0"
    assert framing.head.reason == "Not  Found"
    assert framing.head.headers == (("X-Caf\xe9", "a"), ("set-cookie", "1"), ("SET-Cookie", "2"))


def test_a_status_line_without_a_reason() -> None:
    framing, _payload = read(b"HTTP/1.1 200\r\n\r\n")
    assert framing.head is not None
    assert (framing.head.status, framing.head.reason) == (200, "")


ENDS = [
    (b"", End.NO_ANSWER, "the connection was closed without an answer"),
    (b"HTTP/1.1 200 OK\r\nA: b", End.NO_ANSWER, "the connection was closed inside the head"),
    (OK + b"Content-Length: 5\r\n\r\nhel", End.CUT_SHORT, "2 bytes of the announced length are missing"),
    (CHUNKED, End.CLOSED_BETWEEN_CHUNKS, ""),
    (CHUNKED + b"2\r\nhi\r\n", End.CLOSED_BETWEEN_CHUNKS, ""),
    (CHUNKED + b"2", End.CUT_IN_CHUNK, ""),
    (CHUNKED + b"2\r\nh", End.CUT_IN_CHUNK, ""),
    (CHUNKED + b"2\r\nhi", End.CUT_IN_CHUNK, ""),
    (CHUNKED + b"2\r\nhi\r", End.CUT_IN_CHUNK, ""),
    (CHUNKED + b"0\r\n", End.TERMINAL_CHUNK, ""),
]


@pytest.mark.parametrize(("data", "end", "problem"), ENDS)
def test_how_a_close_ends_the_message(data: bytes, end: End, problem: str) -> None:
    framing, _payload = read(data)
    assert (framing.end, framing.problem) == (end, problem)


def test_missing_trailers_are_odd() -> None:
    framing, _payload = read(CHUNKED + b"0\r\n")
    assert framing.oddities == ["the connection was closed before the end of the trailers"]


@pytest.mark.parametrize(("data", "end"), [(CHUNKED + b"2\r\nh", End.RESET), (b"HTT", End.NO_ANSWER)])
def test_a_reset(data: bytes, end: End) -> None:
    framing, _payload = read(data, closed=False)
    framing.reset("connection reset")
    assert (framing.end, framing.problem) == (end, "connection reset")


def test_what_comes_after_the_end_changes_nothing() -> None:
    framing, _payload = read(OK + b"Content-Length: 0\r\n\r\n")
    framing.reset("connection reset")
    assert (framing.end, framing.problem) == (End.LENGTH_REACHED, "")


NO_STATUS = "the answer does not begin with an HTTP/1.x status line"
MALFORMED = [
    (b"SSH-2.0-OpenSSH\r\n", "the answer does not begin with an HTTP/1.x status line: `SSH-2.0-OpenSSH`"),
    (b"\r\n" + OK, "the answer does not begin with an HTTP/1.x status line: ``"),
    (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "contradictory Content-Length values: 1, 2"),
    (OK + b"Content-Length: -1\r\n\r\n", "Content-Length is no number: `-1`"),
    (OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", f"Content-Length is no number: `{'9' * 5000}`"),
    (CHUNKED + b"xyz\r\n", "no chunk size: `xyz`"),
    (CHUNKED + b"2\r\nhixx\r\n", "a chunk is longer than announced: `xx`"),
    (CHUNKED + b"1;" + b"x" * LINE_LIMIT, "the line before a chunk is longer than 16384 bytes"),
    (CHUNKED + b"0\r\n" + b"a: b\r\n" * LINE_LIMIT, "the trailer section is longer than 16384 bytes"),
    (OK + b"a: " + b"b" * HEAD_LIMIT, "the head is longer than 65536 bytes"),
    (OK + b"a: b\r\n" * HEAD_LINES, "the head has more than 1000 lines"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * HEAD_LINES, "the head has more than 1000 lines"),
    (b"\x15\x03\x03\0\2\2\n", f"{NO_STATUS} (it speaks TLS: the URL needs https): `\\x15\\x03\\x03\\x00\\x02\\x02`"),
]


@pytest.mark.parametrize(("data", "problem"), MALFORMED)
def test_what_no_reader_understands(data: bytes, problem: str) -> None:
    framing, _payload = read(data, closed=False)
    assert (framing.end, framing.problem) == (End.MALFORMED, problem)


def test_another_protocol_is_told_by_its_first_bytes() -> None:
    framing, _payload = read(b"\0\0\x06\x04\0\0\0\0\0\0\3\0\0\0\x64")
    assert framing.end is End.NO_ANSWER
    assert framing.problem.startswith(f"{NO_STATUS} (it speaks HTTP/2 without being asked): `")
    assert read(b"HTT")[0].problem == "the connection was closed inside the head"


ODD = [
    (b"Bad Name: x\r\n\r\n", "an illegal header name: `Bad Name`"),
    (b"no colon\r\n\r\n", "a header line without a colon: `no colon`"),
    (b"A: b\r\n c\r\n\r\n", "a header is folded over several lines"),
    (b"A: b\x00c\r\n\r\n", "an illegal character in the value of the header `A`"),
    (b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both Transfer-Encoding and Content-Length"),
    (b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "transfer codings beside chunked: gzip"),
    (b"Transfer-Encoding: gzip\r\n\r\n", "a transfer coding that does not end in chunked: gzip"),
    (b"A: b\n\r\n", "a line ends without a carriage return, in the head"),
    (b"Transfer-Encoding: chunked\r\n\r\n0\n\r\n", "a line ends without a carriage return, in the line before a chunk"),
]


@pytest.mark.parametrize(("rest", "oddity"), ODD)
def test_oddities_are_noted_and_read_on(rest: bytes, oddity: str) -> None:
    framing, _payload = read(OK + rest)
    assert framing.oddities == [oddity]
    assert framing.end in {End.CLOSED, End.TERMINAL_CHUNK}


def test_an_oddity_is_noted_once() -> None:
    framing, _payload = read(OK + b"A: b\nC: d\nE: f\n\n")
    assert framing.oddities == ["a line ends without a carriage return, in the head"]


def test_a_folded_header_is_joined() -> None:
    framing, _payload = read(OK + b"A: b\r\n  c\r\n\r\n")
    assert framing.head is not None
    assert framing.head.headers == (("A", "b c"),)


def test_payload_belongs_to_the_read_that_held_it() -> None:
    framing = Framing("GET")
    pieces = [CHUNKED + b"2\r\n", b"hi\r\n3\r", b"\nyou", b"\r\n0\r\n\r\n"]
    assert [framing.feed(piece) for piece in pieces] == [b"", b"hi", b"you", b""]


MESSAGES = st.one_of(
    st.sampled_from([data for data, *_rest in [*ENDS, *MALFORMED] if len(data) < 10_000]),
    st.sampled_from([OK + rest for rest, _oddity in ODD]),
    st.lists(st.binary(min_size=1, max_size=20), max_size=5).map(
        lambda parts: CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\nrest"
    ),
    st.binary(max_size=60).map(lambda data: CHUNKED + data),
    st.binary(max_size=60).map(lambda data: OK + data),
    st.binary(max_size=40),
)


@settings(max_examples=300)
@given(MESSAGES, st.data())
def test_every_split_gives_the_same_result(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    whole, split = read(data), read(*pieces)
    singles = read(*(data[at : at + 1] for at in range(len(data))))
    for framing, payload in (split, singles):
        assert payload == whole[1]
        seen = (framing.head, framing.end, framing.problem, framing.oddities, framing.surplus)
        assert seen == (whole[0].head, whole[0].end, whole[0].problem, whole[0].oddities, whole[0].surplus)
