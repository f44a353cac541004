"""The judges on the bytes of a plain turn: literal bytes in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.sse import (
    test_buffering,
    test_encoding,
    test_framing,
    test_id,
    test_retry,
    test_type,
)
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.recording import End
from chatproof.requirement import requirement_of
from support.outcome import found, outcome
from support.recordings import STREAM_HEADERS, TURN, case, exchange, recording, turn, with_header, without

TYPE = test_type.test_stream_is_answered_200_as_event_stream
CHARSET = test_type.test_stream_names_no_charset_but_utf_8
UTF_8 = test_encoding.test_stream_is_utf_8
BOM = test_encoding.test_stream_has_no_byte_order_mark
CLOSED = test_framing.test_every_event_is_closed_by_a_blank_line
LF = test_framing.test_lines_end_with_lf
KNOWN = test_framing.test_every_line_is_a_known_field_or_a_comment
DATA = test_framing.test_every_named_event_has_data
SEPARATORS = test_framing.test_json_stands_in_one_line
IDS = test_id.test_ids_hold_no_nul
RETRY = test_retry.test_retry_is_digits
RETRY_TIME = test_retry.test_retry_is_a_sensible_time
BUFFER = test_buffering.test_stream_asks_proxies_not_to_buffer
MET_BY_A_PLAIN_TURN = [TYPE, CHARSET, UTF_8, BOM, CLOSED, LF, KNOWN, DATA, SEPARATORS, BUFFER]
ALL = [*MET_BY_A_PLAIN_TURN, IDS, RETRY, RETRY_TIME]
OF_BYTES = [UTF_8, BOM, CLOSED, LF, KNOWN, DATA, SEPARATORS, IDS, RETRY, RETRY_TIME]


def sent(body: bytes, **changes: Any) -> Any:
    return case(turn=turn(body=body, **changes))


@pytest.mark.parametrize("judge", MET_BY_A_PLAIN_TURN)
def test_right_turn_meets_it(judge: Any) -> None:
    assert outcome(judge, case(turn=[turn(), turn("again")])) is None


@pytest.mark.parametrize("judge", ALL)
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    assert isinstance(outcome(judge, case(turn=recording("turn"))), NotTestable)
    assert isinstance(outcome(judge, case(turn=exchange(status=None))), NotTestable)
    assert isinstance(outcome(judge, case(turn=exchange(status=500))), NotTestable)


@pytest.mark.parametrize("judge", OF_BYTES)
def test_empty_stream_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, sent(b"")), NotTestable)


@pytest.mark.parametrize("judge", [IDS, RETRY, RETRY_TIME])
def test_field_that_is_not_sent_is_not_claimed(judge: Any) -> None:
    assert isinstance(outcome(judge, case(turn=turn())), NotClaimed)


@pytest.mark.parametrize("judge", [TYPE, CLOSED, KNOWN, DATA])
def test_broken_control_turn_is_explained_by(judge: Any) -> None:
    entry = requirement_of(judge)
    assert entry is not None
    assert entry.explains_control


@pytest.mark.parametrize(
    "value", ["text/event-stream", "TEXT/Event-Stream", "text/event-stream;charset=UTF-8", "text/event-stream ; a=b"]
)
def test_every_spelling_of_the_type(value: str) -> None:
    assert outcome(TYPE, sent(TURN, headers={"content-type": value})) is None


@pytest.mark.parametrize("value", ["text/plain", "application/json", "xtext/event-streamy", "text/event-streams", ""])
def test_another_type(value: str) -> None:
    assert found(TYPE, sent(TURN, headers={"Content-Type": value})) == f"`Content-Type: {value}`"


def test_no_type() -> None:
    assert found(TYPE, sent(TURN, headers={})) == "no Content-Type"


@pytest.mark.parametrize("status", [201, 202, 206])
def test_another_success(status: int) -> None:
    assert found(TYPE, sent(TURN, status=status)) == f"status {status}"


def test_second_stream_counts_too() -> None:
    second = turn("again", headers={"Content-Type": "text/plain"})
    raised = outcome(TYPE, case(turn=[turn(), second]))
    assert isinstance(raised, Failure)
    assert raised.at is not None
    assert raised.at.label == "again"


@pytest.mark.parametrize(
    "value",
    ["text/event-stream; Charset=UTF-8", 'text/event-stream;charset="utf-8"', 'text/event-stream; a="b;charset=x"'],
)
def test_charset_utf_8(value: str) -> None:
    assert outcome(CHARSET, sent(TURN, headers={"Content-Type": value})) is None


@pytest.mark.parametrize(
    "value",
    [
        "text/event-stream; charset=iso-8859-1",
        "text/event-stream;a=b;charset='utf-8'",
        'text/event-stream;a="\\";";charset=latin1',
    ],
)
def test_another_charset(value: str) -> None:
    assert found(CHARSET, sent(TURN, headers={"Content-Type": value})) == f"`Content-Type: {value}`"


def test_character_across_two_reads_is_utf_8() -> None:
    body = "data: caf\u00e9 \U0001f600\n\n".encode()
    reads = [(0.01 * number, body[number : number + 1]) for number in range(len(body))]
    assert outcome(UTF_8, case(turn=turn(reads=reads))) is None


@pytest.mark.parametrize("body", [b"data: caf\xe9\n\n", b"data: \xf0\x9f\n\ndata: \x98\x80\n\n", b": \xff\n\n"])
def test_bytes_that_are_no_utf_8(body: bytes) -> None:
    raised = outcome(UTF_8, sent(body))
    assert isinstance(raised, Failure)
    assert raised.offset == next(at for at, byte in enumerate(body) if byte >= 0x80)


def test_cut_stream_may_lack_the_rest_of_a_character() -> None:
    body = "data: a\n\ndata: \u20ac\n\n".encode()[:-3]
    assert outcome(UTF_8, sent(body, end=End.CUT_IN_CHUNK)) is None
    assert "0xFF" in found(UTF_8, sent(b"data: \xff\n\ndata: bcd", end=End.CUT_IN_CHUNK))


def test_byte_order_mark() -> None:
    raised = outcome(BOM, sent(b"\xef\xbb\xbf" + TURN))
    assert isinstance(raised, Failure)
    assert raised.offset == 0


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_last_event_without_its_blank_line(cut: int) -> None:
    raised = outcome(CLOSED, sent(TURN[:-cut]))
    assert isinstance(raised, Failure)
    assert raised.offset == TURN.index(b"event: done")
    assert "event: done" in raised.found


@pytest.mark.parametrize("end", [End.CLOSED, End.STILL_OPEN])
def test_unfinished_event_at_an_end_that_is_the_backend_s(end: End) -> None:
    assert isinstance(outcome(CLOSED, sent(TURN[:-1], end=end)), Failure)


@pytest.mark.parametrize("end", [End.CUT_IN_CHUNK, End.RESET, End.IDLE_DEADLINE, End.TOTAL_DEADLINE])
def test_unfinished_event_in_a_cut_stream_shows_nothing(end: End) -> None:
    assert isinstance(outcome(CLOSED, sent(TURN[:-1], end=end)), NotTestable)
    assert outcome(CLOSED, sent(TURN, end=end)) is None


def test_unfinished_comment_loses_nothing() -> None:
    assert outcome(CLOSED, sent(TURN + b": bye")) is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (TURN.replace(b"\n", b"\r\n"), "CRLF, which is legal"),
        (TURN.replace(b"\n", b"\r"), "CR, which is legal"),
        (b": a\r\n\r\n" + TURN, "CRLF and LF mixed"),
    ],
)
def test_other_line_ends(body: bytes, text: str) -> None:
    assert found(LF, sent(body)) == text
    assert outcome(CLOSED, sent(body)) is None


def test_no_line_at_all() -> None:
    assert isinstance(outcome(LF, sent(b"data")), NotTestable)


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b"Data: a\n\n", 0),
        (b"event: token\nDATA: a\n\n", 13),
        (b"data: two\nlines\n\n", 10),
        (b"data: a\n\n data: b\n\n", 9),
        (b'{"error": "x"}\n\n', 0),
    ],
)
def test_line_that_clients_ignore(body: bytes, offset: int) -> None:
    raised = outcome(KNOWN, sent(body))
    assert isinstance(raised, Failure)
    assert raised.offset == offset


@pytest.mark.parametrize("body", [b"data:a\ndata: b\nid\nevent\n\n", b": any text: here\n\n:\n\n", b"retry: x\n\n"])
def test_legal_fields(body: bytes) -> None:
    assert outcome(KNOWN, sent(body)) is None


def test_event_without_data() -> None:
    raised = outcome(DATA, sent(b"data: a\n\nevent: done\n\n"))
    assert isinstance(raised, Failure)
    assert raised.found == "`event: done` without data at byte 9"
    assert raised.offset == 9


@pytest.mark.parametrize("body", [b"retry: 3000\n\n", b"id: 7\n\n", b"event: done\ndata\n\n", b": a\n\n"])
def test_blocks_that_need_no_data_or_have_it_empty(body: bytes) -> None:
    assert outcome(DATA, sent(body)) is None


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\u0085"])
def test_raw_separator(character: str) -> None:
    raised = outcome(SEPARATORS, sent(f"data: a\n\ndata: b{character}c\n\n".encode()))
    assert isinstance(raised, Failure)
    assert raised.found == f"U+{ord(character):04X} raw in the data of the event at byte 9"


def test_separators_escaped_or_in_comments() -> None:
    assert outcome(SEPARATORS, sent(b': \xe2\x80\xa8\n\ndata: "\\u2028"\n\n')) is None
    assert isinstance(outcome(SEPARATORS, sent(b": \xe2\x80\xa8\n\n")), NotTestable)


def test_json_over_several_lines() -> None:
    raised = outcome(SEPARATORS, sent(b'data: a\n\ndata: {\ndata:  "text": "a"\ndata: }\n\n'))
    assert isinstance(raised, Failure)
    assert raised.found == "JSON in 3 data lines, in the event at byte 9"


def test_text_over_several_lines_is_no_json() -> None:
    assert outcome(SEPARATORS, sent(b"data: two\ndata: lines\n\n")) is None
    assert outcome(SEPARATORS, sent(b"data: " + b"[" * 100_000 + b"\ndata: 1\n\n")) is None


def test_ids() -> None:
    assert outcome(IDS, sent(b"id: 1\ndata: a\n\n")) is None
    assert outcome(IDS, sent(b"id: 1\n\n")) is None
    assert outcome(IDS, sent(b"id: 1\ndata: a\n\nid:\n\n")) is None
    assert "id with U+0000, at byte 15" in found(IDS, sent(b"id: 1\ndata: a\n\nid: a\0b\ndata: b\n\n"))
    assert "U+0000" in found(IDS, sent(b"id: \0\ndata: a\n\n"))


@pytest.mark.parametrize("value", ["3s", "+5", "-1", "1.5", "1_000", ""])
def test_retry_that_clients_ignore(value: str) -> None:
    body = f"retry: {value}\ndata: a\n\n".encode()
    assert "retry field that clients ignore, at byte 0" in found(RETRY, sent(body))
    assert isinstance(outcome(RETRY_TIME, sent(body)), NotClaimed)


@pytest.mark.parametrize(("value", "sensible"), [(999, False), (1000, True), (60000, True), (60001, False), (3, False)])
def test_retry_between_a_second_and_a_minute(value: int, sensible: bool) -> None:
    recorded = sent(f"retry: {value}\ndata: a\n\n".encode())
    assert outcome(RETRY, recorded) is None
    assert (outcome(RETRY_TIME, recorded) is None) is sensible


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (with_header(STREAM_HEADERS, "x-accel-buffering", "NO"), type(None)),
        (with_header(STREAM_HEADERS, "X-Accel-Buffering", "yes"), Failure),
        (without(STREAM_HEADERS, "X-Accel-Buffering"), Failure),
        (with_header(without(STREAM_HEADERS, "X-Accel-Buffering"), "Server", "uvicorn"), Failure),
        (with_header(without(STREAM_HEADERS, "X-Accel-Buffering"), "Server", "nginx/1.22.1"), NotTestable),
        ((*without(STREAM_HEADERS, "X-Accel-Buffering"), ("Proxy-Buffering", "off")), Failure),
    ],
)
def test_header_against_buffering(headers: Any, kind: type) -> None:
    assert isinstance(outcome(BUFFER, sent(TURN, headers=headers)), kind)
