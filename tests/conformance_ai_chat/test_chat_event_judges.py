"""The judges on events, the end of a turn, injection and mixed streams: bytes in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import AiChat, Turn
from chatproof.conformance.ai_chat import test_end, test_events, test_integrity
from chatproof.conformance.ai_chat.markers import INJECTED_EVENT, INJECTION, INJECTION_END, MARKERS
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.recording import End
from chatproof.requirement import requirement_of
from support.outcome import found, outcome
from support.recordings import STREAM_HEADERS, TURN, case, exchange, refusal, turn

COMMENT = test_events.test_stream_begins_with_a_comment
TOKEN = test_events.test_answer_arrives_as_tokens_with_text
USAGE = test_events.test_usage_is_reported_once_before_done
NAMES = test_events.test_event_names_are_those_of_the_profile
DONE = test_end.test_turn_has_one_done_as_its_last_event
END = test_end.test_body_ends_cleanly_after_done
INJECTED = test_integrity.test_message_text_forges_no_event
MIXED = test_integrity.test_parallel_streams_do_not_mix
OF_A_TURN = [COMMENT, TOKEN, USAGE, NAMES, DONE, END]

GREETING, HELLO, THERE, REPORT, FINISH = (part + b"\n\n" for part in TURN.split(b"\n\n")[:-1])


def sent(body: bytes, **changes: Any) -> Any:
    return case(turn=[turn(body=body, **changes), turn("again")])


@pytest.mark.parametrize("judge", OF_A_TURN)
def test_right_turns_meet_it(judge: Any) -> None:
    assert outcome(judge, case(turn=[turn(), turn("again")])) is None
    assert outcome(judge, case(turn=turn())) is None
    assert outcome(judge, case(turn=[turn(), refusal("again", status=503)])) is None


@pytest.mark.parametrize("judge", OF_A_TURN)
def test_second_turn_counts_too(judge: Any) -> None:
    again = turn("again", body=b"data: 1\n\nevent: debug\ndata: 2\n\n" + FINISH + FINISH + b": beat\n\n")
    raised = outcome(judge, case(turn=[turn(), again]))
    assert isinstance(raised, Failure)
    assert raised.at is not None
    assert raised.at.label == "again"


@pytest.mark.parametrize(
    ("judge", "body"),
    [
        (COMMENT, HELLO + REPORT + FINISH),
        (COMMENT, b"retry: 1000\n\n" + TURN),
        (TOKEN, TURN.replace(b'"text"', b'"delta"')),
        (TOKEN, TURN.replace(b"event: token\n", b"")),
        (TOKEN, GREETING + REPORT + FINISH),
        (TOKEN, b""),
        (USAGE, GREETING + HELLO + FINISH),
        (USAGE, GREETING + HELLO + FINISH + REPORT),
        (USAGE, GREETING + HELLO + REPORT + THERE + FINISH),
        (USAGE, GREETING + HELLO + REPORT.replace(b"5", b'"5"') + FINISH),
        (NAMES, GREETING + b"event: debug\ndata: 1\n\n" + HELLO + REPORT + FINISH),
        (DONE, GREETING + HELLO + REPORT),
        (DONE, TURN + FINISH),
        (DONE, TURN + HELLO),
        (DONE, TURN.replace(b"stop", b"finished")),
        (DONE, b""),
        (END, TURN + b": heartbeat 1704074400000\n\n"),
        (END, TURN + b"retry: 1000\n\n"),
        (END, TURN + b"event: token\ndata: unfinished"),
    ],
)
def test_defect_is_found(judge: Any, body: bytes) -> None:
    raised = outcome(judge, sent(body))
    assert isinstance(raised, Failure)
    assert raised.at is not None
    others = [other for other in OF_A_TURN if other is not judge]
    if body:
        assert not [other for other in others if isinstance(outcome(other, sent(body)), Failure)]


def test_found_says_what_and_where() -> None:
    raised = outcome(DONE, sent(TURN + FINISH))
    assert isinstance(raised, Failure)
    assert raised.found == "2 `done` events (the body of 297 bytes ended by: terminal chunk)"
    assert raised.offset == len(TURN)
    assert found(USAGE, sent(GREETING + HELLO + FINISH + REPORT)) == "`usage` after `done`"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (End.CUT_IN_CHUNK, "cut inside a chunk"),
        (End.CLOSED_BETWEEN_CHUNKS, "connection closed before the terminal chunk"),
        (End.RESET, "connection reset"),
        (End.IDLE_DEADLINE, "our idle deadline"),
        (End.BYTE_CAP, "our byte cap"),
        (End.STILL_OPEN, "still open when we stopped waiting after its last event"),
    ],
)
def test_end_that_is_not_clean_breaks_the_end_alone(end: End, expected: str) -> None:
    assert expected in found(END, case(turn=turn(end=end)))
    assert expected in found(END, case(turn=turn(body=GREETING + HELLO, end=end)))
    for judge in (TOKEN, USAGE, NAMES, DONE):
        assert outcome(judge, case(turn=turn(end=end))) is None
        assert isinstance(outcome(judge, case(turn=turn(body=GREETING, end=end))), NotTestable)


@pytest.mark.parametrize("end", [End.TERMINAL_CHUNK, End.LENGTH_REACHED, End.CLOSED])
def test_every_clean_end_is_legal(end: End) -> None:
    assert outcome(END, case(turn=turn(end=end))) is None


def test_end_comes_soon_after_done() -> None:
    assert outcome(END, case(turn=turn(reads=[(1.0, TURN)], ended_seconds=2.9))) is None
    late = case(turn=turn(reads=[(1.0, TURN)], ended_seconds=3.5))
    assert found(END, late) == "the end of the body 2.50 s after the last event"


def test_turn_without_done_is_no_matter_of_the_end() -> None:
    assert isinstance(outcome(END, sent(GREETING + HELLO + REPORT)), NotTestable)


def test_heartbeats_after_done_are_named_also_where_the_body_stays_open() -> None:
    body = TURN + b": heartbeat 1704074400000\n\n"
    assert "a comment 'heartbeat 1704074400000'" in found(END, case(turn=turn(body=body, end=End.STILL_OPEN)))


def test_failed_turn_owes_no_usage() -> None:
    failed = TURN.replace(REPORT, b"").replace(b"stop", b"error")
    assert isinstance(outcome(USAGE, sent(failed)), NotTestable)
    for judge in (TOKEN, NAMES, DONE, END):
        assert outcome(judge, sent(failed)) is None


def test_declared_events_are_welcome() -> None:
    body = GREETING + HELLO + b"event: citation\ndata: 1\n\n" + REPORT + FINISH
    assert isinstance(outcome(NAMES, sent(body)), Failure)
    settings = AiChat(extra_events=("citation",))
    assert outcome(NAMES, case(settings=settings, turn=turn(body=body))) is None


@pytest.mark.parametrize("judge", [COMMENT, NAMES])
def test_empty_stream_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, sent(b"")), NotTestable)


@pytest.mark.parametrize("judge", [TOKEN, DONE, END])
def test_broken_control_turn_is_explained(judge: Any) -> None:
    entry = requirement_of(judge)
    assert entry is not None
    assert entry.explains_control


def streams(a: str, b: str, **settings: Any) -> Any:
    def one(label: str, text: str) -> Any:
        return turn(label, body=TURN.replace(b"Hello", text.encode()))

    return case(settings=AiChat(**settings), markers=[one("a", a), one("b", b)])


def test_own_words_in_both_streams_meet_it() -> None:
    assert outcome(MIXED, streams(MARKERS["a"], MARKERS["b"])) is None


@pytest.mark.parametrize("texts", [(MARKERS["b"], MARKERS["a"]), ("", MARKERS["a"]), (MARKERS["b"], MARKERS["b"])])
def test_word_of_the_other_stream_is_found(texts: tuple[str, str]) -> None:
    assert "of the other request" in found(MIXED, streams(*texts))


def test_word_split_over_tokens_is_still_seen() -> None:
    half = len(MARKERS["b"]) // 2
    token = 'event: token\ndata: {{"text": "{}"}}\n\n'
    body = token.format(MARKERS["b"][:half]) + token.format(MARKERS["b"][half:])
    mixed = case(markers=[turn("a", body=body.encode()), turn("b")])
    assert "of the other request" in found(MIXED, mixed)


@pytest.mark.parametrize("judge", [MIXED, INJECTED])
def test_unrepeated_message_is_no_verdict(judge: Any) -> None:
    recordings: dict[str, Any] = {"turn": turn(), "injection": turn(), "markers": [turn("a"), turn("b")]}
    raised = outcome(judge, case(**recordings))
    assert isinstance(raised, NotClaimed)
    assert raised.declare == "echo = true"
    assert isinstance(outcome(judge, case(settings=AiChat(echo=True), **recordings)), NotTestable)


@pytest.mark.parametrize("answer", [refusal("turn"), exchange(status=None), exchange(headers=STREAM_HEADERS)])
def test_refused_message_is_no_verdict(answer: Any) -> None:
    assert isinstance(outcome(INJECTED, case(turn=turn(), injection=answer)), NotTestable)


LONG = AiChat(long_turn=Turn(message="Tell me a long story"))


def told(answer: Any) -> Any:
    return case(settings=LONG, turn=[turn(), turn("again")], long_turn=answer)


@pytest.mark.parametrize("judge", [DONE, END])
def test_the_end_of_the_long_turn_counts_too(judge: Any) -> None:
    assert outcome(judge, told(turn())) is None
    assert isinstance(outcome(judge, told(refusal("turn", status=503))), NotTestable)
    assert isinstance(outcome(judge, case(settings=LONG, turn=turn())), NotTestable)
    for end, why in ((End.TOTAL_DEADLINE, "max_duration"), (End.BYTE_CAP, "than we read")):
        unseen = outcome(judge, told(turn(body=GREETING + HELLO, end=end)))
        assert isinstance(unseen, NotTestable)
        assert why in unseen.missing


def test_a_long_turn_that_is_cut_or_has_no_done_is_found() -> None:
    cut = told(turn(body=GREETING + HELLO, end=End.CLOSED_BETWEEN_CHUNKS))
    assert "before the terminal chunk" in found(END, cut)
    raised = outcome(DONE, cut)
    assert isinstance(raised, NotTestable)
    assert "the long turn did not come to its end" in raised.missing
    assert found(DONE, told(turn(body=GREETING + HELLO + REPORT))).startswith("no `done` event")


def injected(text: str, control: bytes = TURN) -> Any:
    return case(turn=turn(body=control), injection=turn(body=TURN.replace(b"Hello", text.encode())))


def test_encoded_message_meets_it() -> None:
    encoded = INJECTION.replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    assert outcome(INJECTED, injected(encoded)) is None


@pytest.mark.parametrize(
    "text",
    [
        INJECTION,
        INJECTION.replace('"', '\\"').replace("\n", "\\n"),
        INJECTION.replace('"', '\\"').replace("\r", "\\r"),
        f"x\n\nevent: {INJECTED_EVENT}\ndata: 1\n\n",
    ],
)
def test_raw_message_forges_events(text: str) -> None:
    assert INJECTED_EVENT in found(INJECTED, injected(text))


def test_forged_done_is_counted_against_the_plain_turn() -> None:
    text = f'{INJECTION_END}\n\nevent: done\ndata: {{"finish_reason":"stop"}}\n\n'
    assert found(INJECTED, injected(text)) == "2 `done` events, where a plain turn has 1"
    twice = case(
        turn=turn(body=TURN + FINISH),
        injection=turn(body=TURN.replace(b"Hello", INJECTION_END.encode()) + FINISH),
    )
    assert outcome(INJECTED, twice) is None
