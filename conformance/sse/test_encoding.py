"""The bytes of a stream: UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ._streams import INTERPRETING, PARSING, expect_no, streams

if TYPE_CHECKING:
    from chatproof.case import Case


@requirement(
    "SSE-ENC-01",
    Level.MUST,
    INTERPRETING,
    why="A client decodes a stream as UTF-8 and puts U+FFFD in place of every malformed byte: text is lost for good. "
    "The usual cause is a character cut in two between chunks.",
    example='data: {"text":"caf\\u00e9"}',
    remedy={
        "any": "Encode whole events to UTF-8; never cut bytes at a fixed length, and decode what comes from upstream "
        "with a decoder that keeps incomplete characters.",
        "fastapi": "Yield `str`, or `event.encode()` of a whole event; decode upstream bytes with "
        '`codecs.getincrementaldecoder("utf-8")()`.',
        "express": "`decoder.decode(chunk, {stream: true})` with a TextDecoder, or `setEncoding('utf8')`.",
        "fastify": "`decoder.decode(chunk, {stream: true})` with a TextDecoder, or `setEncoding('utf8')`.",
        "next": "Pipe upstream bytes through `TextDecoderStream` and events through `TextEncoderStream`.",
        "go": "Read upstream by line or rune, not by fixed buffers.",
    },
)
def test_stream_is_utf_8(case: Case) -> None:
    """The bytes of a stream are valid UTF-8, also where a character lies across two chunks."""
    for exchange in streams(case):
        expect_no("invalid-utf8", exchange, meaning="bytes that are no UTF-8", expected="UTF-8")


@requirement(
    "SSE-ENC-02",
    Level.SHOULD,
    PARSING,
    why="A byte order mark at the start is legal and a browser strips it, but httpx-sse does not and loses the first "
    "event.",
    example=": connected",
    remedy={
        "any": "Write UTF-8 without a byte order mark.",
        "fastapi": 'Encode with `"utf-8"`, not `"utf-8-sig"`.',
        "go": "Do not copy the byte order mark of a file into the stream.",
    },
)
def test_stream_has_no_byte_order_mark(case: Case) -> None:
    """A stream does not start with a byte order mark."""
    for exchange in streams(case):
        expect(
            not exchange.stream.bom, found="EF BB BF at byte 0", expected="no byte order mark", at=exchange, offset=0
        )
