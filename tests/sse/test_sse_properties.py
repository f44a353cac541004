"""The decoder against a slow one that is right to the eye, and against itself under every cut of the bytes."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatproof.sse import Comment, Decoder, Event, Frame, Silent, Violation, decode

PIECES = [
    b"data: a\n\n",
    b"data: b\n\n",
    b"event: token\ndata: {}\n\n",
    b"event: token\ndata: 1\n\n",
    b"event: token\r\ndata: 1\r\n\r\n",
    b"event: other\r\ndata: 1\r\n\r\n",
    b"id: 7\nevent: token\ndata: x\n\n",
    b"data: x\nid: 8\n\n",
    b": beat\n\n",
    b"event",
    b"event: ",
    b"data",
    b"data:",
    b"data: ",
    b"Data: ",
    b"id",
    b"id: ",
    b"retry: ",
    b"retry:30",
    b":",
    b" ",
    b"x",
    b"\0",
    b"\n",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b"\r\n\r\n",
    b"\xef\xbb\xbf",
    "…".encode(),
    "\u2028\u0085\v\f".encode(),
    b"\xff",
    b"\xe2\x80",
    b"0",
    "٣".encode(),
]
BLOCKS = [
    *(b"data: a\n\n", b"data: bb\n\n", "data: …\n\n".encode(), b"event: token\ndata: {}\n\n"),
    *("event: token\ndata: é\n\n".encode(), b"id: 7\ndata: c\n\n", b"id: 12\nevent: token\ndata: {}\n\n"),
    *(b"id: \ndata: d\n\n", "id: ü\ndata: é\n\n".encode(), b"id: \0\ndata: e\n\n", b"data: a\0\n\n", b": beat\n\n"),
    *(b":\n\n", ":…\n\n".encode(), b"data: f\ndata: g\n\n", b"data: h\nid: 9\n\n", b"event: token\n: in\ndata: {}\n\n"),
    *(b"id: 8\nevent: token\ndata: {}\ndata: x\n\n", b"data: i\n\n\n", b"event: x\n\n", b"retry: 5\ndata: j\n\n"),
    *(b"data: k\xff\n\n", b"data: l\r\n\n", b"Data: m\n\n", b"id: 7\nid: 8\ndata: n\n\n", b": two\n: lines\n\n"),
]
OF_BLOCKS = st.tuples(
    st.lists(st.tuples(st.sampled_from(BLOCKS), st.integers(1, 3)), max_size=8), st.sampled_from([b"\n", b"\r\n"])
).map(lambda it: [block.replace(b"\n", it[1]) for block, times in it[0] for _ in range(times)])
STREAMS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join)


def reference(  # noqa: C901, PLR0912, PLR0915 - one function, so that it can be read beside the standard
    stream: bytes,
) -> tuple[list[Frame], list[Violation], dict[str, object]]:
    """WHATWG HTML 9.2.6 sentence by sentence, for a whole stream; frames carry the time 0."""
    frames: list[Frame] = []
    violations: list[Violation] = []
    bom = stream.startswith(b"\xef\xbb\xbf")
    position = 3 if bom else 0
    data = kind = ""
    id_buffer = last_id = ""
    retry = None
    block = None
    endings = set()
    opening = ""
    while True:
        found = re.compile(rb"\r\n|\n|\r").search(stream, position)
        if not found:
            break
        raw = stream[position : found.start()]
        endings.add({b"\n": "LF", b"\r": "CR", b"\r\n": "CRLF"}[found[0]])
        offset, position, end = position, found.end(), found.start() + 1
        line = raw.decode("utf-8", "replace")
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            bad = " ".join(f"0x{byte:02X}" for byte in raw[error.start : error.end])
            violations.append(Violation("invalid-utf8", offset + error.start, bad))
        if line == "":
            if block is not None:
                last_id = id_buffer
                if data == "":
                    frames.append(Silent(0, block, end, kind, last_id))
                else:
                    frames.append(Event(0, block, end, kind or "message", data.removesuffix("\n"), last_id))
            data = kind = ""
            block = None
            continue
        if line.startswith(":"):
            frames.append(Comment(0, offset, end, line[1:].removeprefix(" "), block is not None))
            continue
        if block is None:
            block, opening = offset, line
        name, value = line.split(":", 1) if ":" in line else (line, "")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data += value + "\n"
        elif name == "id":
            if "\0" in value:
                violations.append(Violation("id-with-nul", offset, excerpt(line)))
            else:
                id_buffer = value
        elif name == "retry":
            if re.fullmatch("[0-9]+", value):
                retry = int(value)
            else:
                violations.append(Violation("retry-not-digits", offset, excerpt(line)))
        else:
            violations.append(Violation("unknown-field", offset, excerpt(line)))
    rest = stream[position:]
    if rest or block is not None:
        start = position if block is None else block
        text = rest.decode("utf-8", "replace") if block is None else opening
        found_there = f"{excerpt(text)} ({len(stream) - start} bytes, no blank line after them)"
        violations.append(Violation("unfinished-block", start, found_there))
    facts: dict[str, object] = {"retry": retry, "last_event_id": last_id, "bom": bom}
    return frames, violations, facts | {"line_endings": endings, "size": len(stream)}


def excerpt(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def outcome(reads: list[bytes], *, max_frame_bytes: int = 1 << 20) -> tuple[Any, ...]:
    """All that a decoder says of these reads, with the times taken out."""
    stream = decode(((0, read) for read in reads), max_frame_bytes=max_frame_bytes)
    return (*(getattr(stream, name) for name in stream.__slots__),)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


@settings(max_examples=600)
@given(STREAMS)
def test_decoder_agrees_with_the_standard_read_line_by_line(stream: bytes) -> None:
    frames, violations, facts = reference(stream)

    decoded = decode([(0, stream)])

    assert [(type(frame), *frame) for frame in decoded.frames] == [(type(frame), *frame) for frame in frames]
    assert decoded.violations == tuple(violations)
    assert {name: getattr(decoded, name) for name in facts} == facts


@settings(max_examples=1000)
@given(OF_BLOCKS)
@example([b"data: a\n\n", b"data: b\n\n", b": beat\n\n", b"data: c\n\n", b":\xe2\x80\xa6\n\n", b"data: d\n\n"])
@example([b"data: a\n\n", b"data: b\n\n", b"data: c\ndata: d\n\n", b"event: x\ndata: e\n\n", b"data: f\n\n"])
@example([b"data: a\n\n", b"id: 1\ndata: b\n\n", b"data: c\n\n", b": beat\n\n"])
@example([b"id: 1\ndata: a\n\n", b"id: 2\ndata: b\n\n", b"data: c\n\n", b": beat\n\n", b"id: 3\ndata: d\n\n"])
@example([b"data: a\r\n\r\n", b": beat\r\n\r\n", b"data: b\r\n\r\n", b"data: c\r\n\r\n"])
def test_whole_blocks_together_and_one_by_one_are_what_the_standard_reads(blocks: list[bytes]) -> None:
    stream = b"".join(blocks)
    frames, violations, facts = reference(stream)

    for reads in ([stream], [b"", stream[:1], stream[1:]], blocks, [*blocks[:2], b"".join(blocks[2:])]):
        decoded = decode((0, read) for read in reads)

        assert [(type(frame), *frame) for frame in decoded.frames] == [(type(frame), *frame) for frame in frames]
        assert decoded.violations == tuple(violations)
        assert {name: getattr(decoded, name) for name in facts} == facts


@settings(max_examples=400)
@given(STREAMS, st.lists(st.integers(0, 150), max_size=12), st.integers(1, 60))
@example(b"data: a\n\n: beat\n\n\n", [8], 1)
@example(b"data: a\r\n\r\n: beat\r\n\r\n\r\n", [8], 1)
def test_no_cut_of_the_bytes_changes_the_frames(stream: bytes, places: list[int], small: int) -> None:
    for cap in (1 << 20, small):
        whole = outcome([stream], max_frame_bytes=cap)

        assert outcome(cut(stream, places), max_frame_bytes=cap) == whole
        assert outcome([bytes([byte]) for byte in stream], max_frame_bytes=cap) == whole


@pytest.mark.parametrize("cap", [1 << 20, 24])
def test_every_two_and_three_reads_of_one_stream_give_the_same(cap: int) -> None:
    stream = (
        b"\xef\xbb\xbf: hi\r\n\r\nid: 1\revent: token\rdata: \xe2\x80\xa6\r\r\n\ndata: a\n: in\n\ndata: "
        b"b\n\ndata: c\n\nretry: 5\r\n\r\ndata: end"
    )
    whole = outcome([stream], max_frame_bytes=cap)
    assert len(whole[0]) > 5

    for first in range(len(stream) + 1):
        for second in range(first, len(stream) + 1):
            assert outcome([stream[:first], stream[first:second], stream[second:]], max_frame_bytes=cap) == whole


@settings(max_examples=200)
@given(STREAMS, st.lists(st.integers(0, 150), max_size=12))
def test_a_frame_has_the_time_of_the_read_that_ended_it(stream: bytes, places: list[int]) -> None:
    reads = cut(stream, places)
    ends = [sum(map(len, reads[: number + 1])) for number in range(len(reads))]

    for frame in decode(list(enumerate(reads))).frames:
        assert frame.at_ns == next(number for number, end in enumerate(ends) if frame.end <= end)


@settings(max_examples=200)
@given(STREAMS, st.integers(1, 40))
def test_a_cap_drops_large_frames_and_no_others(stream: bytes, cap: int) -> None:
    capped = decode([(0, stream)], max_frame_bytes=cap)
    dropped = [violation.offset for violation in capped.violations if violation.rule == "frame-too-large"]

    for frame in capped.frames:
        assert frame.end - frame.offset <= cap
    seen = {(event.offset, event.end, event.type, event.data) for event in capped.events}
    for event in decode([(0, stream)]).events:
        if (event.offset, event.end, event.type, event.data) not in seen:
            assert any(offset <= event.offset for offset in dropped)
            assert event.end - event.offset > cap or any(
                offset < event.offset and b"\n\n" not in stream[offset : event.offset] for offset in dropped
            )


@settings(max_examples=200)
@given(STREAMS, st.integers(1, 30), st.lists(st.integers(0, 150), max_size=12))
def test_no_more_than_a_frame_is_held(stream: bytes, cap: int, places: list[int]) -> None:
    decoder = Decoder(max_frame_bytes=cap)
    for read in cut(stream, places):
        decoder.feed(read, 0)

        lines = decoder._lines
        assert len(lines._pending) < max(cap, 3)
        assert sum(map(len, lines._data)) <= cap
