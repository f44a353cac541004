"""The judges on the long turn: arrival times in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import AiChat, Backend, Turn
from chatproof.conformance.ai_chat import test_front, test_heartbeat, test_streaming
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import STREAM_HEADERS, TURN, case, exchange, refusal, turn, with_header

SPREAD = test_streaming.test_tokens_arrive_one_by_one
GZIP = test_streaming.test_compression_does_not_hold_events_back
SILENCE = test_heartbeat.test_long_turn_is_never_silent_for_long
FORM = test_heartbeat.test_heartbeat_has_the_declared_form
TIME = test_heartbeat.test_heartbeat_tells_the_time
PLACE = test_heartbeat.test_heartbeat_stands_between_events
FRONT = test_front.test_front_passes_the_stream_on
IDLE = test_front.test_idle_stream_survives
OF_THE_LONG_TURN = [SPREAD, SILENCE, FORM, TIME, PLACE]

GREETING, HELLO, THERE, REPORT, FINISH = (part + b"\n\n" for part in TURN.split(b"\n\n")[:-1])
BASE = 1_704_074_400_000
DATED = with_header(STREAM_HEADERS, "Date", "Mon, 01 Jan 2024 02:00:00 GMT")


def beat(seconds: float) -> bytes:
    return f": heartbeat {BASE + round(seconds * 1000)}\n\n".encode()


RIGHT = [
    (0.0, GREETING),
    (1.0, HELLO),
    (11.0, beat(11)),
    (21.0, beat(21)),
    (24.0, THERE),
    (24.5, REPORT + FINISH),
]


def long(reads: Any = RIGHT, settings: AiChat | None = None, **changes: Any) -> Any:
    return case(settings=settings or AiChat(), long_turn=turn(**{"reads": reads, "headers": DATED, **changes}))


def without_beats(reads: Any = RIGHT) -> Any:
    return [(at, data) for at, data in reads if b": heartbeat" not in data]


@pytest.mark.parametrize("judge", OF_THE_LONG_TURN)
def test_right_long_turn_meets_it(judge: Any) -> None:
    assert outcome(judge, long()) is None


@pytest.mark.parametrize("judge", [*OF_THE_LONG_TURN, GZIP])
@pytest.mark.parametrize("answer", [refusal("turn"), exchange(status=None), exchange()])
def test_long_turn_that_failed_is_no_verdict(judge: Any, answer: Any) -> None:
    assert isinstance(outcome(judge, case(long_turn=answer, gzip=answer)), NotTestable)


def test_silence_is_measured_from_the_head_to_done() -> None:
    silent = long(without_beats())
    assert found(SILENCE, silent) == "23.00 s without a byte, from 1.00 s after the request"
    late = [(16.0, GREETING), (17.0, HELLO + THERE + REPORT + FINISH)]
    assert found(SILENCE, long(late, head_seconds=0.5)) == "15.50 s without a byte, from 0.50 s after the request"
    assert outcome(SILENCE, long(RIGHT, ended_seconds=60.0)) is None
    cut = [*RIGHT[:3]]
    assert "15.00 s" not in found(SILENCE, long(cut, ended_seconds=27.0, end=End.IDLE_DEADLINE))
    assert found(SILENCE, long(cut, ended_seconds=27.0, end=End.IDLE_DEADLINE)).startswith("16.00 s")
    assert outcome(SILENCE, long([*RIGHT[:4]], end=End.ABORTED, ended_seconds=90.0)) is None


def test_turn_that_is_not_long_is_no_verdict() -> None:
    assert isinstance(outcome(SILENCE, long([(0.0, TURN)])), NotTestable)
    assert isinstance(outcome(SILENCE, long([], end=End.ABORTED)), NotTestable)


def test_interval_is_the_declared_one() -> None:
    assert outcome(SILENCE, long(settings=AiChat(heartbeat=7.0))) is None
    assert "10.00 s without a byte" in found(SILENCE, long(settings=AiChat(heartbeat=6.0)))


@pytest.mark.parametrize("judge", [FORM, TIME, PLACE])
def test_missing_heartbeats_are_the_business_of_the_silence(judge: Any) -> None:
    assert isinstance(outcome(judge, long(without_beats())), NotTestable)
    chatty = [(float(at), HELLO) for at in range(25)] + [(25.0, REPORT + FINISH)]
    raised = outcome(judge, long([(0.0, GREETING), *chatty]))
    assert isinstance(raised, NotClaimed)
    assert "long_turn" in raised.declare


@pytest.mark.parametrize(
    "wrong",
    [
        b"event: heartbeat\ndata: 1\n\n",
        b"event: ping\ndata: {}\n\n",
        b"data: ping\n\n",
        b'data: {"type":"heartbeat"}\n\n',
    ],
)
def test_heartbeat_as_event_is_found(wrong: bytes) -> None:
    reads = [*without_beats()[:2], (11.0, wrong), *without_beats()[2:]]
    assert "a heartbeat as an event" in found(FORM, long(reads))


def test_declared_event_form_is_demanded() -> None:
    settings = AiChat(heartbeat_form="event", heartbeat_event="alive")
    alive = [*without_beats()[:2], (11.0, b"event: alive\ndata: 1\n\n"), *without_beats()[2:]]
    assert outcome(FORM, long(alive, settings)) is None
    assert found(FORM, long(RIGHT, settings)) == "comments only"
    ping = [*without_beats()[:2], (11.0, b"event: ping\ndata: 1\n\n"), *without_beats()[2:]]
    assert "'ping'" in found(FORM, long(ping, settings))
    assert isinstance(outcome(TIME, long(alive, settings)), NotClaimed)
    assert outcome(PLACE, long(alive, settings)) is None


@pytest.mark.parametrize(
    ("beats", "expected"),
    [
        ([b": heartbeat 1704074411\n\n"], "the comment 'heartbeat 1704074411'"),
        ([b": ping\n\n"], "the comment 'ping'"),
        ([beat(11), beat(10)], f"the comment 'heartbeat {BASE + 10_000}' after {BASE + 11_000}"),
        ([beat(30)], f"the comment 'heartbeat {BASE + 30_000}', 19.0 s off the Date header"),
    ],
)
def test_heartbeat_that_tells_another_time_is_found(beats: list[bytes], expected: str) -> None:
    reads = [*without_beats()[:2], *((11.0, data) for data in beats), *without_beats()[2:]]
    assert found(TIME, long(reads)) == expected


@pytest.mark.parametrize("date", ["", "soon", "Mon, 01 Jan 2024 02:00:00 -0000"])
def test_date_header_may_be_missing_or_odd(date: str) -> None:
    headers = with_header(STREAM_HEADERS, "Date", date) if date else STREAM_HEADERS
    assert outcome(TIME, long(headers=headers)) is None


def test_comment_inside_an_event_is_found() -> None:
    inside = THERE.replace(b"event: token\n", b"event: token\n: heartbeat 1704074421000\n")
    reads = [*RIGHT[:3], (21.0, inside), (24.5, REPORT + FINISH)]
    assert "between the lines of an event" in found(PLACE, long(reads))


def test_a_remark_inside_an_event_is_no_heartbeat() -> None:
    remark = THERE.replace(b"event: token\n", b"event: token\n: trace 5f2a\n")
    reads = [*RIGHT[:4], (24.0, b":\n\n" + remark), (24.5, REPORT + FINISH)]
    for judge in (PLACE, TIME, FORM):
        assert outcome(judge, long(reads)) is None
    nameless = [(at, data.replace(b": heartbeat", b": still here")) for at, data in reads]
    assert "the comment 'trace 5f2a' between" in found(PLACE, long(nameless))


def test_tokens_at_once_are_found_with_the_symptom() -> None:
    nothing_flushed = long([(24.0, TURN)], head_seconds=24.0)
    assert "Headers and events came together" in found(SPREAD, nothing_flushed)
    held_body = long([(0.0, GREETING), (24.0, HELLO + THERE + REPORT + FINISH)])
    assert "The headers came early" in found(SPREAD, held_body)
    finished = long([(24.0, TURN)], headers=with_header(STREAM_HEADERS, "Content-Length", "244"))
    assert "finished body" in found(SPREAD, finished)


def test_late_short_answer_is_not_called_held_back() -> None:
    reads = [(0.0, GREETING), (10.0, beat(10)), (20.0, beat(20)), (24.0, HELLO + THERE + REPORT + FINISH)]
    assert isinstance(outcome(SPREAD, long(reads)), NotClaimed)
    single = [(0.0, GREETING), (24.0, HELLO + REPORT + FINISH)]
    assert isinstance(outcome(SPREAD, long(single)), NotClaimed)


def both(gzip: Any, plain: Any = RIGHT, **changes: Any) -> Any:
    return case(long_turn=turn(reads=plain), gzip=turn(reads=gzip, **changes))


def test_uncompressed_answer_to_gzip_meets_it() -> None:
    assert outcome(GZIP, both(RIGHT)) is None


def test_events_held_by_compression_are_found() -> None:
    held = [(0.0, GREETING), (24.5, HELLO + THERE + REPORT + FINISH)]
    assert "in 2 arrivals" in found(GZIP, both(held))
    lost = [(0.0, GREETING), (1.0, HELLO), (2.0, THERE)]
    assert found(GZIP, both(lost)).startswith("no done, usage in the decoded stream")
    assert "status 406" in found(GZIP, case(long_turn=turn(reads=RIGHT), gzip=refusal("turn", status=406)))
    assert "no answer" in found(GZIP, case(long_turn=turn(reads=RIGHT), gzip=exchange(status=None)))


def test_stream_that_is_held_anyway_is_no_verdict_on_compression() -> None:
    assert isinstance(outcome(GZIP, both([(24.0, TURN)], [(24.0, TURN)])), NotTestable)


LONG = AiChat(long_turn=Turn(message="long"))


def fronted(front: Any = None, long_front: Any = None, *, control: Any = None, settings: AiChat = LONG) -> Any:
    return case(
        settings=settings,
        backend=Backend(url="http://127.0.0.1:3000", front="https://chat.example"),
        turn=control or turn(),
        front=front or turn(),
        long_turn=turn(reads=RIGHT),
        front_long_turn=long_front or turn(reads=RIGHT),
    )


def test_front_that_passes_everything_on_meets_it() -> None:
    assert outcome(FRONT, fronted()) is None
    assert outcome(FRONT, fronted(long_front=refusal("turn"), settings=AiChat())) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"front": refusal("turn", status=502)}, "status 502"),
        ({"front": exchange(status=None)}, "no answer"),
        ({"front": turn(headers=with_header(STREAM_HEADERS, "Cache-Control", "max-age=60"))}, "no `no-cache`"),
        ({"long_front": refusal("turn", status=504)}, "the long turn: status 504"),
        ({"long_front": turn(reads=[(0.0, GREETING), (24.0, TURN)])}, "in 2 pieces, where the backend sends 6"),
        ({"long_front": turn(reads=without_beats())}, "23.00 s without a byte"),
    ],
)
def test_front_that_spoils_the_stream_is_found(changes: Any, expected: str) -> None:
    assert expected in found(FRONT, fronted(**changes))


def test_front_names_itself() -> None:
    bad = refusal("turn", status=502, headers={"Server": "nginx", "Content-Type": "text/html"})
    assert found(FRONT, fronted(bad)) == "through the front: status 502 with text/html (server: nginx)"


def test_defects_of_the_backend_are_not_held_against_the_front() -> None:
    bare = with_header(STREAM_HEADERS, "Cache-Control")
    assert outcome(FRONT, fronted(turn(headers=bare), control=turn(headers=bare))) is None
    held = case(
        settings=LONG,
        turn=turn(),
        front=turn(),
        long_turn=turn(reads=[(24.0, TURN)]),
        front_long_turn=turn(reads=[(24.0, TURN)]),
    )
    assert outcome(FRONT, held) is None


THINKING = [(0.0, GREETING + HELLO), (30.0, beat(30)), (60.0, beat(60)), (70.0, THERE + REPORT + FINISH)]


def test_idle_turn_survives() -> None:
    assert outcome(IDLE, case(turn=turn(), idle_turn=turn(reads=THINKING))) is None


def test_idle_turn_that_is_cut_is_found_with_the_likely_hop() -> None:
    cut = turn(reads=THINKING[:2], end=End.CLOSED_BETWEEN_CHUNKS, ended_seconds=60.4)
    assert "that is a default of nginx" in found(IDLE, case(turn=turn(), idle_turn=cut))
    odd = turn(reads=THINKING[:2], end=End.RESET, ended_seconds=45.0)
    assert found(IDLE, case(turn=turn(), idle_turn=odd)).startswith("after 45.0 s: no `done` in 1 event")


def test_idle_turn_without_a_silence_is_no_verdict() -> None:
    assert isinstance(outcome(IDLE, case(turn=turn(), idle_turn=turn(reads=RIGHT))), NotTestable)
    assert isinstance(outcome(IDLE, case(turn=turn(), idle_turn=refusal("turn"))), NotTestable)


def test_done_that_the_plain_turn_lacks_too_is_no_matter_here() -> None:
    reads = [*THINKING[:3], (70.0, THERE + REPORT)]
    control = turn(body=GREETING + HELLO + REPORT)
    assert outcome(IDLE, case(turn=control, idle_turn=turn(reads=reads))) is None
    assert isinstance(outcome(IDLE, case(turn=turn(), idle_turn=turn(reads=reads))), Failure)
