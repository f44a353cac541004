"""Content coding comes off read by read."""

from __future__ import annotations

import gzip
import zlib

import pytest

from chatproof.content_coding import decoded_reads
from chatproof.recording import Exchange, Read, Request, Response

PLAIN = b"event: token\ndata: a\n\nevent: done\ndata: {}\n\n"


def exchange(reads: list[bytes], *, coding: str = "") -> Exchange:
    headers = (("Content-Type", "text/event-stream"), *((("Content-Encoding", coding),) if coding else ()))
    response = Response(status=200, reason="OK", version="1.1", headers=headers, at_ns=0, first_byte_ns=0)
    return Exchange(
        label="turn",
        request=Request(method="POST", url="http://127.0.0.1/"),
        response=response,
        reads=tuple(Read(at_ns=number, data=data) for number, data in enumerate(reads)),
    )


def flushed(parts: list[bytes], *, wbits: int) -> list[bytes]:
    """Each part compressed and flushed, as a server does that streams."""
    outer = zlib.compressobj(wbits=wbits)
    reads = [outer.compress(part) + outer.flush(zlib.Z_SYNC_FLUSH) for part in parts]
    return [*reads, outer.flush()]


@pytest.mark.parametrize("coding", ["", "identity", "br", "gzip, gzip"])
def test_what_has_no_coding_that_we_know_passes(coding: str) -> None:
    assert list(decoded_reads(exchange([b"a", b"b"], coding=coding))) == [(0, b"a"), (1, b"b")]


@pytest.mark.parametrize(("coding", "wbits"), [("gzip", 31), ("X-GZIP", 31), ("deflate", 15), ("deflate", -15)])
def test_each_read_gives_what_it_holds(coding: str, wbits: int) -> None:
    reads = flushed([PLAIN[:22], PLAIN[22:]], wbits=wbits)

    decoded = list(decoded_reads(exchange(reads, coding=coding)))

    assert decoded == [(0, PLAIN[:22]), (1, PLAIN[22:])]


def test_gzip_members_one_after_another_are_one_body() -> None:
    members = gzip.compress(PLAIN[:22]) + gzip.compress(PLAIN[22:])
    for size in (1, 7, 1000):
        reads = [members[start : start + size] for start in range(0, len(members), size)]
        found = exchange(reads, coding="gzip")

        assert b"".join(data for _, data in decoded_reads(found)) == PLAIN
        assert [event.type for event in found.stream.events] == ["token", "done"]


def test_a_broken_coding_gives_what_came_before_and_stops() -> None:
    first, second, *_ = flushed([PLAIN[:22], PLAIN[22:]], wbits=31)

    decoded = list(decoded_reads(exchange([first, b"\xff\xff\xff\xff", second], coding="gzip")))

    assert decoded == [(0, PLAIN[:22])]


def test_a_body_that_is_cut_gives_what_had_come() -> None:
    reads = flushed([PLAIN[:22], PLAIN[22:]], wbits=31)

    assert list(decoded_reads(exchange(reads[:1], coding="gzip"))) == [(0, PLAIN[:22])]


def test_plain_bytes_that_call_themselves_gzip_give_nothing() -> None:
    assert list(decoded_reads(exchange([PLAIN], coding="gzip"))) == []


def test_no_answer_has_no_reads() -> None:
    assert list(decoded_reads(Exchange(label="turn", request=Request(method="GET", url="http://127.0.0.1/")))) == []
