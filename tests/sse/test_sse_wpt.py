"""The streams of web-platform-tests `eventsource/format-*`, by name: bytes in, what a browser dispatches out."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chatproof.sse import Stream, decode

LONG = b"x" * 2049


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`events` as (type, data, id); what is not given is not looked at by the test of that name."""

    stream: bytes
    events: list[tuple[str, str, str]]
    retry: int | None = None
    rules: list[str] = field(default_factory=list)


def message(*data: str, last_id: str = "") -> list[tuple[str, str, str]]:
    return [("message", it, last_id) for it in data]


CASES = {
    "event-data": Case(
        stream=b"data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n",
        events=message("msg\nmsg", "", "end"),
        rules=["unknown-field"] * 3,
    ),
    "format-bom": Case(
        stream=b"\xef\xbb\xbfdata:1\n\n\xef\xbb\xbfdata:2\n\ndata:3\n\n",
        events=message("1", "3"),
        rules=["unknown-field"],
    ),
    "format-bom-2": Case(
        stream=b"\xef\xbb\xbf\xef\xbb\xbfdata:1\n\ndata:2\n\ndata:3\n\n",
        events=message("2", "3"),
        rules=["unknown-field"],
    ),
    "format-comments": Case(
        stream=b"data:1\r:\0\n:\r\ndata:2\n:" + LONG + b"\rdata:3\n:data:fail\r:" + LONG + b"\ndata:4\n\n",
        events=message("1\n2\n3\n4"),
    ),
    "format-data-before-final-empty-line": Case(
        stream=b"retry:1000\ndata:test1\n\nid:test\ndata:test2\n",
        events=message("test1"),
        retry=1000,
        rules=["unfinished-block"],
    ),
    "format-field-data": Case(stream=b"data:\n\ndata\ndata\n\ndata:test\n\n", events=message("", "\n", "test")),
    "format-field-event": Case(
        stream=b"event:test\ndata:x\n\ndata:x\n\n", events=[("test", "x", ""), ("message", "x", "")]
    ),
    "format-field-event-empty": Case(stream=b"event: \ndata:data\n\n", events=message("data")),
    "format-field-id": Case(
        stream="id: …\nretry: 200\ndata: hello\n\n".encode(), events=message("hello", last_id="…"), retry=200
    ),
    "format-field-id-2": Case(
        stream="id: …\ndata: hello\n\ndata: again\n\n".encode(), events=message("hello", "again", last_id="…")
    ),
    "format-field-id-3 (persists)": Case(
        stream=b"id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n",
        events=message("1", "2", last_id="1") + message("3", "4", last_id="2"),
    ),
    "format-field-id-3 (resets)": Case(
        stream=b"id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n", events=message("1", last_id="1") + message("2", "3")
    ),
    "format-field-id-3 (resets without colon)": Case(
        stream=b"id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n", events=message("1", last_id="1") + message("2", "3")
    ),
    **{
        f"format-field-id-null ({value!r})": Case(
            stream=b"id: " + value + b"\ndata: hello\n\n", events=message("hello"), rules=["id-with-nul"]
        )
        for value in (b"\0\0", b"x\0", b"\0x", b"x\0x", b" \0")
    },
    "format-field-parsing": Case(
        stream=b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\n"
        b"data:4\n\n",
        events=message("\0\n 2\n1\n3\n\n4"),
        rules=["unknown-field"] * 6,
    ),
    "format-field-retry": Case(stream=b"retry:03000\ndata:x\n\n", events=message("x"), retry=3000),
    "format-field-retry-bogus": Case(
        stream=b"retry:3000\nretry:1000x\ndata:x\n\n", events=message("x"), retry=3000, rules=["retry-not-digits"]
    ),
    "format-field-retry-empty": Case(
        stream=b"retry\ndata:test\n\n", events=message("test"), rules=["retry-not-digits"]
    ),
    "format-field-unknown": Case(
        stream=b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
        events=message("test\n\ntest"),
        rules=["unknown-field"] * 3,
    ),
    "format-leading-space": Case(stream=b"data:\ttest\rdata: \ndata:test\n\n", events=message("\ttest\n\ntest")),
    "format-newlines": Case(stream=b"data:test\r\ndata\ndata:test\r\n\r\n", events=message("test\n\ntest")),
    "format-null-character": Case(stream=b"data:\0\n\n\n\n", events=message("\0")),
    "format-utf-8": Case(stream="data:ok…\n\n".encode(), events=message("ok…")),
}


def dispatched(stream: Stream) -> list[tuple[str, str, str]]:
    return [(event.type, event.data, event.id) for event in stream.events]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_browser_dispatches(name: str, size: int) -> None:
    case = CASES[name]
    reads = [(0, case.stream[start : start + size]) for start in range(0, len(case.stream), size)]

    stream = decode(reads)

    assert dispatched(stream) == case.events
    assert stream.retry == case.retry
    assert [violation.rule for violation in stream.violations] == case.rules
