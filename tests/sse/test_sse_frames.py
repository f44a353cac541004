"""The decoder: frames, their times and places, violations, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import chatproof.sse
from chatproof.sse import Comment, Decoder, Event, Silent, decode

if TYPE_CHECKING:
    pass

BOM = b"\xef\xbb\xbf"


def violations(stream: bytes, **options: int) -> list[tuple[str, int, str]]:
    return [(it.rule, it.offset, it.found) for it in decode([(0, stream)], **options).violations]


def test_public_names_are_sorted_and_exist() -> None:
    assert chatproof.sse.__all__ == sorted(chatproof.sse.__all__)
    assert all(hasattr(chatproof.sse, name) for name in chatproof.sse.__all__)


def test_frames_come_in_order_with_time_place_and_id() -> None:
    stream = decode(
        [
            (1, b": hello\n\nid: 7\nevent: tok"),
            (2, b"en\ndata: a\n"),
            (3, b": beat\n"),
            (4, b"\nretry: 5\n\nevent: x\n\nda"),
            (5, b"ta\n\n"),
        ]
    )

    assert stream.frames == (
        Comment(at_ns=1, offset=0, end=8, text="hello", in_block=False),
        Comment(at_ns=3, offset=36, end=43, text="beat", in_block=True),
        Event(at_ns=4, offset=9, end=44, type="token", data="a", id="7"),
        Silent(at_ns=4, offset=44, end=54, type="", id="7"),
        Silent(at_ns=4, offset=54, end=64, type="x", id="7"),
        Event(at_ns=5, offset=64, end=70, type="message", data="", id="7"),
    )
    assert (stream.retry, stream.last_event_id, stream.size, stream.violations) == (5, "7", 70, ())
    assert stream.events == (stream.frames[2], stream.frames[5])
    assert stream.comments == stream.frames[:2]


def test_a_comment_before_the_first_field_is_not_in_the_block() -> None:
    stream = decode([(0, b": a\ndata: x\n: b\n\n")])

    assert [(it.text, it.in_block) for it in stream.comments] == [("a", False), ("b", True)]
    assert stream.events[0].offset == 4


def test_a_block_that_a_cr_ends_is_complete_at_once_and_its_lf_belongs_to_nothing() -> None:
    decoder = Decoder()

    assert decoder.feed(b"data: a\r\n\r", 1) == [Event(1, 0, 10, "message", "a", "")]
    assert decoder.line_endings == {"CRLF"}
    assert decoder.feed(b"\n", 2) == []
    assert decoder.feed(b"data: b\r\n\r\n", 3) == [Event(3, 11, 21, "message", "b", "")]


@pytest.mark.parametrize(
    ("stream", "endings"),
    [
        (b"data: a\n\n", {"LF"}),
        (b"data: a\n\ndata: b\n\n", {"LF"}),
        (b"data: a\r\n\r\n", {"CRLF"}),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", {"CRLF"}),
        (b"event: e\ndata: a\r\n\r\nevent: e\ndata: a\r\n\r\n", {"LF", "CRLF"}),
        (b"data: a\r\r", {"CR"}),
        (b"data: a\r\n\r", {"CR", "CRLF"}),
        (b"data: a\r\n\ndata: b\r\r\n", {"LF", "CRLF", "CR"}),
        (b"data: a", set()),
        (b"", set()),
    ],
)
def test_line_endings_are_those_that_occur(stream: bytes, endings: set[str]) -> None:
    for size in (1, 2, 3, 100):
        reads = [(0, stream[start : start + size]) for start in range(0, len(stream), size)]

        assert decode(reads).line_endings == endings


def test_only_one_byte_order_mark_is_stripped_and_offsets_count_it() -> None:
    stream = decode([(0, BOM[:1]), (1, BOM[1:2]), (2, BOM[2:] + b"data: a\n\n")])

    assert stream.bom
    assert stream.frames == (Event(2, 3, 12, "message", "a", ""),)
    assert violations(BOM + BOM + b"data: a\n\n") == [("unknown-field", 3, "\ufeffdata: a")]
    assert not decode([(0, b"data: " + BOM + b"\n\n")]).bom


@pytest.mark.parametrize("start", [BOM[:1], BOM[:2]])
def test_half_a_byte_order_mark_is_an_unfinished_line(start: bytes) -> None:
    assert [rule for rule, *_ in violations(start)] == ["unfinished-block"]
    assert decode([(0, start)]).size == len(start)


def test_a_byte_order_mark_alone_is_an_empty_stream() -> None:
    stream = decode([(0, BOM)])

    assert (stream.bom, stream.frames, stream.violations, stream.size) == (True, (), (), 3)


def test_what_other_splitters_take_for_a_line_end_is_data() -> None:
    text = "a\u2028b\u2029c\x85d\ve\ff\x1cg"

    for around in ("data: {}\n\n", "data: {}\n\ndata: z\n\n", "x: y\ndata: {}\n\n", "data: {}\r\r"):
        assert decode([(0, around.format(text).encode())]).events[0].data == text


@pytest.mark.parametrize(
    ("value", "retry", "rules"),
    [
        ("5", 5, []),
        ("007", 7, []),
        ("0", 0, []),
        ("00", 0, []),
        ("9" * 18, 10**18 - 1, []),
        ("1" + "0" * 5000, 10**18 - 1, []),
        ("", None, ["retry-not-digits"]),
        ("+5", None, ["retry-not-digits"]),
        ("-5", None, ["retry-not-digits"]),
        ("1_0", None, ["retry-not-digits"]),
        ("3s", None, ["retry-not-digits"]),
        (" 5", None, ["retry-not-digits"]),
        ("٣", None, ["retry-not-digits"]),
        ("²", None, ["retry-not-digits"]),
    ],
)
def test_retry_is_ascii_digits_only(value: str, retry: int | None, rules: list[str]) -> None:
    stream = decode([(0, f"retry: {value}\n\n".encode())])

    assert stream.retry == retry
    assert [it.rule for it in stream.violations] == rules


def test_retry_counts_at_once_and_id_with_its_block_only() -> None:
    stream = decode([(0, b"id: 1\ndata: a\n\nretry: 9\nid: 2\ndata: b\n")])

    assert (stream.retry, stream.last_event_id) == (9, "1")


def test_malformed_utf8_is_replaced_and_reported_once_a_line_where_it_is() -> None:
    data = b"data: a\xff\xfeb\ndata: \xe2\x82\n: \xc0\n\ndata: \xf0\x9f\x92\xa9\n\n"
    stream = decode([(0, data)])

    assert [event.data for event in stream.events] == ["a��b\n�", "💩"]
    assert stream.comments[0].text == "�"
    assert violations(data) == [
        ("invalid-utf8", 7, "0xFF"),
        ("invalid-utf8", 17, "0xE2 0x82"),
        ("invalid-utf8", 22, "0xC0"),
    ]


@pytest.mark.parametrize("opening", [b"", b"event: token\n"])
def test_malformed_utf8_between_alike_blocks_is_reported(opening: bytes) -> None:
    blocks = [opening + b"data: " + value + b"\n\n" for value in (b"a", b"b", b"\xff", b"c")]
    expected = [("invalid-utf8", len(b"".join(blocks[:2])) + len(opening) + 6, "0xFF")]

    for reads in (blocks, [b"".join(blocks)]):
        stream = decode([(0, read) for read in reads])

        assert [event.data for event in stream.events] == ["a", "b", "�", "c"]
        assert [(it.rule, it.offset, it.found) for it in stream.violations] == expected


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"Data: x\n\n", [("unknown-field", 0, "Data: x")]),
        (b"data\n\n", []),
        (b"event\n\n", []),
        (b" data: x\n\n", [("unknown-field", 0, " data: x")]),
        (b"data: a\n\nid: \0\n\n", [("id-with-nul", 9, "id: \0")]),
        (b"data: a\nx" + b"y" * 200 + b"\n\n", [("unknown-field", 8, "x" + "y" * 78 + "…")]),
        (b"data: a", [("unfinished-block", 0, "data: a (7 bytes, no blank line after them)")]),
        (b"data: a\n", [("unfinished-block", 0, "data: a (8 bytes, no blank line after them)")]),
        (
            b"\n\nid: 1\r\ndata: a\r\n",
            [("unfinished-block", 2, "id: 1 (16 bytes, no blank line after them)")],
        ),
        (b": bye", [("unfinished-block", 0, ": bye (5 bytes, no blank line after them)")]),
        (b": bye\n", []),
        (b"\n\n\n", []),
        (b"data: a\r\n\r\n", []),
    ],
)
def test_violations(stream: bytes, expected: list[tuple[str, int, str]]) -> None:
    assert violations(stream) == expected


def test_close_says_what_was_left_once_and_ends_the_stream() -> None:
    decoder = Decoder()
    decoder.feed(b"data: a\n\ndata: b", 0)

    left = decoder.close()

    assert [(it.rule, it.offset) for it in left] == [("unfinished-block", 9)]
    assert decoder.violations == left
    assert decoder.close() == []
    for data in (b"data: c\n\n", b""):
        with pytest.raises(ValueError, match="the decoder is closed"):
            decoder.feed(data, 0)


def test_a_stream_that_is_whole_closes_without_a_violation() -> None:
    decoder = Decoder()
    decoder.feed(b"data: a\n\ndata: b\n\n", 0)
    decoder.feed(b"data: c\n\n", 0)

    assert decoder.close() == []
    with pytest.raises(ValueError, match="the decoder is closed"):
        decoder.feed(b"data: d\n\n", 0)


def test_empty_reads_are_nothing() -> None:
    decoder = Decoder()

    assert [decoder.feed(data, 0) for data in (b"", b"data: a\r", b"", b"\n", b"", b"\r", b"")][-2:] == [
        [Event(0, 0, 10, "message", "a", "")],
        [],
    ]
    assert (decoder.size, decoder.bom) == (10, False)
