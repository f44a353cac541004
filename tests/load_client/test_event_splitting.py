"""The splitter of the hot path against the core's decoder, and its limits."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatproof.load.client.sse_split import EventSplitter
from chatproof.sse import Comment, Event, decode

from .heard import Heard

PIECES = [
    *(
        b"data: a\n\n",
        b"data: b\n\n",
        b"event: token\ndata: {}\n\n",
        b"event: token\ndata: 1\n\n",
        b"data:x\n\n",
        b"data:  y\n\n",
    ),
    *(
        b"event: token\r\ndata: 1\r\n\r\n",
        b"id: 7\nevent: token\ndata: x\n\n",
        b"id: 8\ndata: x\n\n",
        b"id\ndata: x\n\n",
    ),
    *(
        b"event:token\ndata:1\n\n",
        b"event:\ndata: 1\n\n",
        b"event:  token\ndata: 1\n\n",
        b"id: \0\ndata: e\n\n",
        b": beat\n\n",
    ),
    *(
        b": beat\n",
        b":\n\n",
        b"event: token\n: in\ndata: {}\n\n",
        b"data: f\ndata: g\n\n",
        b"event: x\n\n",
        b"data\n\n",
    ),
    *(
        b"event",
        b"event: ",
        b"data",
        b"data:",
        b"data: ",
        b"Data: ",
        b"id",
        b"id: ",
        b"retry: 5\n",
        b":",
        b" ",
        b"x",
        b"\0",
    ),
    *(
        b"\n",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xff",
        b"\xe2\x80",
        "…".encode(),
    ),
]
STREAMS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join)


def heard_of(reads: list[bytes]) -> list[object]:
    heard = Heard()
    splitter = EventSplitter(heard, max_event_bytes=1 << 20)
    found: list[object] = []
    for at_ns, read in enumerate(reads):
        assert not splitter.feed(read, at_ns)
    for frame, at_ns in zip(heard.frames, heard.times, strict=True):
        if isinstance(frame, bytes):
            found.append((at_ns, frame.decode(errors="replace")))
        else:
            name, data, identifier = (part.decode(errors="replace") for part in frame)
            found.append((at_ns, name or "message", data, identifier))
    return found


def decoded(reads: list[bytes]) -> list[object]:
    found: list[object] = []
    for frame in decode(enumerate(reads)).frames:
        if isinstance(frame, Event):
            found.append((frame.at_ns, frame.type, frame.data, frame.id))
        elif isinstance(frame, Comment):
            found.append((frame.at_ns, frame.text))
    return found


@given(STREAMS, st.lists(st.integers(0, 120), max_size=12))
def test_frames_and_their_times_are_those_of_the_core_wherever_the_bytes_are_cut(
    stream: bytes, places: list[int]
) -> None:
    edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    reads = [stream[start:end] for start, end in itertools.pairwise(edges)]

    assert heard_of(reads) == decoded(reads)


@given(STREAMS)
@example(b"event: token\r\ndata: 1\r\n\r\n: beat\r\rdata: a\rdata: b\n\r")
@example(b"\xef\xbb\xbfdata: 1\n\nid: 2\n: in\ndata: \n\n\n")
def test_one_byte_a_read_makes_no_difference(stream: bytes) -> None:
    reads = [bytes([byte]) for byte in stream]

    assert heard_of(reads) == decoded(reads)


@pytest.mark.parametrize("eol", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_one(eol: bytes) -> None:
    heard = Heard()
    splitter = EventSplitter(heard, max_event_bytes=100)

    splitter.feed(b"event: token|data: a|data: b||: beat||id: 3|data: c||".replace(b"|", eol), 5)

    assert heard.frames == [(b"token", b"a\nb", b""), b"beat", (b"", b"c", b"3")]
    assert heard.times == [5, 5, 5]
    assert splitter.coalesced == 1


def test_reads_of_one_frame_are_not_coalesced() -> None:
    splitter = EventSplitter(Heard(), max_event_bytes=100)

    for read in (b"data: a\n\n", b"data: b\n\n", b": beat\n\n", b"data: ", b"c\n\n", b"event: x\n\n"):
        splitter.feed(read, 0)
    assert splitter.coalesced == 0
    splitter.feed(b"data: d\n\ndata: e\n\n", 0)
    assert splitter.coalesced == 1


@pytest.mark.parametrize("large", [b"data: 0123456789abcdef\n\n", b": 0123456789abcdef\n\n", b"data\n" * 9 + b"\n"])
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_block_over_the_limit_ends_the_stream(large: bytes, size: int) -> None:
    heard = Heard()
    splitter = EventSplitter(heard, max_event_bytes=17)
    stream = b"data: a\n\n" + large

    reads = (stream[start : start + size] for start in range(0, len(stream), size))

    assert any(splitter.feed(read, 0) for read in reads)  # nothing is fed after the first that ends it
    assert splitter.too_large
    assert heard.frames == [(b"", b"a", b"")]


@pytest.mark.parametrize(
    "stream", [b"data: a\n\ndata: b\n\ndata: c\n\n", b": a\n\ndata: b\n\n: c\n\n", b"data: a\r\n\r\n: b\r\n\r\n:c\r\n"]
)
def test_nothing_is_told_after_the_listener_stopped(stream: bytes) -> None:
    heard = Heard(stop=2)
    splitter = EventSplitter(heard, max_event_bytes=1000)

    assert splitter.feed(stream, 0)
    assert len(heard.frames) == 2
    assert not splitter.too_large


def test_what_is_held_does_not_grow_with_the_stream() -> None:
    class Deaf(Heard):
        def _frame(self, frame: tuple[bytes, bytes, bytes] | bytes, at_ns: int) -> bool:
            del frame, at_ns
            return False

    splitter = EventSplitter(Deaf(), max_event_bytes=4096)
    reads = [b"event: token\ndata: %d\n\n: beat\nid: %d\nda" % (number, number) for number in range(500)]
    for read in reads:
        splitter.feed(read + b"ta: x\n\n", 0)
    tracemalloc.start()
    try:
        for number in range(5000):
            splitter.feed(reads[number % 500] + b"ta: x\r\n\r\n", 0)
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 4096
