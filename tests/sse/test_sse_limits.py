"""The decoder's limits: a cap on frames, and work that grows no faster than the stream."""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from chatproof.sse import Decoder, Event, Violation, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def violations(stream: bytes, **options: int) -> list[tuple[str, int, str]]:
    return [(it.rule, it.offset, it.found) for it in decode([(0, stream)], **options).violations]


@pytest.mark.parametrize("cap", [0, -1])
def test_a_cap_is_at_least_one_byte(cap: int) -> None:
    with pytest.raises(ValueError, match=f"max_frame_bytes={cap} must be at least 1"):
        Decoder(max_frame_bytes=cap)


@pytest.mark.parametrize(
    "large",
    [
        b"data: 0123456789abcdef\n\n",
        b"data: 0123456789abcdef\r\n\r\n",
        b"id: 9\nevent: x\ndata: 0123456\n\n",
        b"data: 0\n: 2345678\n: abcdefgh\n\n",
        b": 0123456789abcdef\n\n",
        b"data\n" * 9 + b"\n",
        b"data: 0123456789\n\n",
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_frame_over_the_cap_is_dropped_up_to_the_next_blank_line(large: bytes, size: int) -> None:
    data = b"data: a\n\n" + large + b"data: b\n\ndata: c\n\n"
    reads = [(0, data[start : start + size]) for start in range(0, len(data), size)]

    stream = decode(reads, max_frame_bytes=17)

    assert [event.data for event in stream.events] == ["a", "b", "c"]
    assert [event.id for event in stream.events] == ["", "", ""]
    assert stream.violations == (Violation("frame-too-large", 9, "a frame of more than 17 bytes"),)
    assert stream.size == len(data)


def test_a_frame_of_exactly_the_cap_is_kept() -> None:
    for data in (b"data: 123456789\n\n", b"data: 123456789\r\n\r\n"[:-1], b"event: abc\ndata\n\n"):
        for reads in ([data], [bytes([byte]) for byte in data], [b"data: a\n\n", b"data: b\n\n", data]):
            stream = decode([(0, read) for read in reads], max_frame_bytes=len(data))

            assert stream.violations == ()
            assert stream.events[-1].offset == stream.size - len(data)


def test_a_stream_without_end_is_held_within_the_cap() -> None:
    cap = 64 * 1024
    decoder = Decoder(max_frame_bytes=cap)
    for read in (b"data: " + b"x" * 1000, b"data: x\n" * 200):
        tracemalloc.start()
        try:
            for _ in range(300):
                decoder.feed(read, 0)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert peak < 8 * cap
    assert [it.rule for it in decoder.violations] == ["frame-too-large"]
    assert decoder.close() == []


def one_line(size: int) -> Iterable[bytes]:
    yield b"event: x\ndata: "
    yield from [b"y" * 1024] * (size // 1024)
    yield b"\n\n"


def many_lines(size: int) -> Iterable[bytes]:
    yield from [b"data: " + b"y" * 57 + b"\n", *[(b"data: " + b"y" * 57 + b"\n") * 16] * (size // 1024)]
    yield b"\n"


def many_cr_lines(size: int) -> Iterable[bytes]:
    yield from [b"data: " + b"y" * 1017 + b"\r"] * (size // 1024)
    yield b"\r"


def lines_across_reads(size: int) -> Iterable[bytes]:
    yield b"data: "
    yield from [b"y" * 512 + b"\ndata: " + b"y" * 505] * (size // 1024)
    yield b"\n\n"


def calls_of(reads: Iterable[bytes]) -> int:
    """How many functions, Python's and C's, are called to decode one frame: each takes time in its own read at most."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    decoder = Decoder()
    frames = []
    sys.setprofile(count)
    try:
        for read in reads:
            frames += decoder.feed(read, 0)
    finally:
        sys.setprofile(None)
    assert len(frames) == 1
    return calls


@pytest.mark.parametrize("shape", [one_line, many_lines, many_cr_lines, lines_across_reads])
def test_one_large_frame_in_small_reads_takes_linear_work(shape: Callable[[int], Iterable[bytes]]) -> None:
    small, large = (calls_of(shape(size)) for size in (256 * 1024, 1024 * 1024))

    assert large <= 4 * small


@pytest.mark.parametrize("shape", [one_line, many_lines, many_cr_lines, lines_across_reads])
def test_one_large_frame_in_small_reads_is_never_copied_whole_before_it_ends(
    shape: Callable[[int], Iterable[bytes]],
) -> None:
    """Joined anew at each read it would for a moment be there twice, and the time would be quadratic."""
    *reads, last = shape(2 * 1024 * 1024)
    decoder = Decoder()
    tracemalloc.start()
    try:
        for read in reads:
            assert decoder.feed(read, 0) == []
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1.2 * held
    assert len(decoder.feed(last, 0)) == 1


def test_a_frame_of_64_mib_in_reads_of_1_kib_is_one_event() -> None:
    decoder = Decoder()
    frames = [frame for read in one_line(64 * 1024 * 1024) for frame in decoder.feed(read, 0)]

    assert [len(frame.data) for frame in frames if isinstance(frame, Event)] == [64 * 1024 * 1024]
