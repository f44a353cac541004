"""The judges on arrival times."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import AiChat, Turn
from chatproof.conformance.sse import test_buffering, test_heartbeat
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import case, exchange, recording, turn

CADENCE = test_heartbeat.test_heartbeats_fill_every_silence
LUMPS = test_buffering.test_events_are_not_held_back
BEAT = b": heartbeat\n\n"
TOKEN = b'event: token\ndata: {"text":"a"}\n\n'
DONE = b'event: usage\ndata: {}\n\nevent: done\ndata: {"finish_reason":"stop"}\n\n'


def long_turn(*reads: tuple[float, bytes], form: str = "comment", head: float = 0.0, **changes: Any) -> Any:
    """A long turn whose declared heartbeat interval is one second."""
    settings = AiChat(heartbeat=1.0, heartbeat_form=form, long_turn=Turn(message="long"))  # type: ignore[arg-type]  # a literal
    return case(settings=settings, long_turn=turn(reads=reads, head_seconds=head, **changes))


@pytest.mark.parametrize("judge", [CADENCE, LUMPS])
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    assert isinstance(outcome(judge, case(long_turn=recording("long_turn", not_claimed="none"))), NotClaimed)
    assert isinstance(outcome(judge, case(long_turn=recording("long_turn"))), NotTestable)
    assert isinstance(outcome(judge, case(long_turn=exchange(status=500))), NotTestable)
    assert isinstance(outcome(judge, case(long_turn=turn(body=b""))), NotTestable)


def test_beats_at_every_interval() -> None:
    assert outcome(CADENCE, long_turn((1.0, BEAT), (1.1, TOKEN), (2.2, BEAT), (3.4, BEAT), (4.0, TOKEN + DONE))) is None


@pytest.mark.parametrize(
    ("reads", "text"),
    [
        (
            [(0.1, TOKEN), (1.8, TOKEN), (2.4, DONE)],
            "nothing for 1.70 s, from 0.10 s after the request; heartbeats in all: 0",
        ),
        ([(1.6, BEAT), (3.0, DONE)], "nothing for 1.60 s, from 0.00 s after the request; heartbeats in all: 0"),
        (
            [(0.0, BEAT), (1.0, BEAT), (2.6, TOKEN), (3.0, DONE)],
            "nothing for 1.60 s, from 1.00 s after the request; heartbeats in all: 1",
        ),
        (
            [(0.5, TOKEN), (1.0, BEAT), (2.0, BEAT), (3.6, DONE)],
            "nothing for 1.60 s, from 2.00 s after the request; heartbeats in all: 2",
        ),
    ],
)
def test_silence_without_a_beat(reads: list[tuple[float, bytes]], text: str) -> None:
    assert text in found(CADENCE, long_turn(*reads))


def test_busy_stream_needs_no_heartbeat() -> None:
    tokens = [(0.5 * number, TOKEN) for number in range(12)]
    assert outcome(CADENCE, long_turn(*tokens, (6.0, DONE))) is None
    assert outcome(CADENCE, long_turn(*tokens[:6], (4.0, BEAT), (5.0, BEAT), (6.0, DONE))) is None


def test_short_turn_shows_no_cadence() -> None:
    raised = outcome(CADENCE, long_turn((0.1, BEAT), (1.9, DONE), ended_seconds=30.0))
    assert isinstance(raised, NotTestable)
    assert "1.90 s, less than two heartbeat intervals of 1 s" in raised.missing


def test_beats_after_the_last_event_do_not_count() -> None:
    reads = [(1.0, BEAT), (2.6, DONE)]
    assert "heartbeats in all: 0" in found(CADENCE, long_turn(*reads))
    assert "from 1.00 s" in found(CADENCE, long_turn(*reads, (2.7, BEAT)))


def test_stream_that_fell_silent_is_judged_to_its_end() -> None:
    reads = [(1.0, BEAT), (2.0, BEAT), (2.1, TOKEN)]
    assert outcome(CADENCE, long_turn(*reads)) is None
    silent = long_turn(*reads, end=End.IDLE_DEADLINE, ended_seconds=9.0)
    assert "nothing for 6.90 s, from 2.10 s" in found(CADENCE, silent)


def test_beats_as_events_where_they_are_declared_so() -> None:
    event = b"event: heartbeat\ndata: {}\n\n"
    reads = [(1.0, event), (2.0, event), (3.0, DONE)]
    assert outcome(CADENCE, long_turn(*reads, form="event")) is None
    late = [*reads[:2], (3.6, DONE)]
    assert "heartbeats in all: 1" in found(CADENCE, long_turn(*late, form="event"))
    other = [(at, data.replace(b"heartbeat", b"token")) for at, data in late]
    assert "heartbeats in all: 0" in found(CADENCE, long_turn(*other, form="event"))


def test_form_of_the_beats_is_another_requirement() -> None:
    event = b"event: heartbeat\ndata: {}\n\n"
    assert outcome(CADENCE, long_turn((1.0, event), (2.0, event), (3.0, DONE))) is None
    assert outcome(CADENCE, long_turn((1.0, BEAT), (2.0, BEAT), (3.0, DONE), form="event")) is None


def test_whole_answer_held_to_the_end_is_a_silence() -> None:
    held = BEAT + TOKEN * 4 + BEAT * 3 + DONE
    assert "nothing for 4.00 s, from 0.00 s" in found(CADENCE, long_turn((4.0, held), head=4.0))


def test_events_one_by_one() -> None:
    assert outcome(LUMPS, long_turn(*((0.2 * number, TOKEN) for number in range(20)), (4.0, DONE))) is None


def test_one_lump_may_be_an_answer_that_was_thought_out() -> None:
    assert outcome(LUMPS, long_turn((0.1, BEAT), (1.0, BEAT), (3.0, TOKEN * 8 + DONE))) is None
    assert outcome(LUMPS, long_turn((0.0, TOKEN), (3.0, TOKEN * 6 + DONE))) is None


def test_two_lumps_are_held_back() -> None:
    text = found(LUMPS, long_turn((0.1, BEAT), (1.0, TOKEN * 4), (3.0, TOKEN * 5 + DONE)))
    assert text == "11 of 11 events in 2 lumps; the largest, of 7 events, at 3.00 s after 2.00 s without an event"


def test_two_lumps_among_many_single_events_are_not_held_back() -> None:
    singles = [(1.1 + 0.1 * number, TOKEN) for number in range(12)]
    assert outcome(LUMPS, long_turn((1.0, TOKEN * 4), *singles, (4.0, TOKEN * 2 + DONE))) is None


def test_blocks_of_a_filled_buffer() -> None:
    assert "40 of 42 events in 4 lumps" in found(
        LUMPS, long_turn(*((1.0 + number, TOKEN * 10) for number in range(4)), (4.1, DONE))
    )


def test_first_event_early_and_the_rest_compressed() -> None:
    assert "8 of 9 events in 2 lumps" in found(
        LUMPS, long_turn((0.0, TOKEN), (1.5, TOKEN * 4), (3.0, TOKEN * 2 + DONE))
    )


def test_burst_after_a_silence_is_no_lump_as_long_as_most_events_come_singly() -> None:
    singles = [(0.1 * number, TOKEN) for number in range(6)]
    assert outcome(LUMPS, long_turn(*singles, (3.0, TOKEN * 3 + DONE))) is None


def test_fast_tokens_in_full_reads_are_no_lumps() -> None:
    assert outcome(LUMPS, long_turn(*((0.05 * number, TOKEN * 5) for number in range(1, 40)), (2.0, DONE))) is None


PAIRS = [BEAT + TOKEN, TOKEN * 2, TOKEN + BEAT, BEAT + TOKEN, TOKEN * 2, BEAT * 2, TOKEN * 2]


def test_events_kept_until_the_next_one() -> None:
    pairs = [(0.5 * number, data) for number, data in enumerate(PAIRS)]
    text = found(LUMPS, long_turn(*pairs, (3.5, DONE)))
    assert text == "no event and no heartbeat by itself: 8 reads that ended several frames each"
    assert isinstance(outcome(LUMPS, long_turn(*pairs, (3.5, TOKEN))), Failure)


def test_one_heartbeat_by_itself_shows_that_nothing_is_kept() -> None:
    pairs = [(0.5 * number, data) for number, data in enumerate(PAIRS)]
    assert outcome(LUMPS, long_turn(*pairs, (3.2, BEAT), (3.5, DONE))) is None


def test_padding_beside_each_event_is_legal() -> None:
    padded = [(0.5 * number, b": padding\n\n" + TOKEN) for number in range(6)]
    assert outcome(LUMPS, long_turn(*padded, (3.0, DONE))) is None


def test_last_token_usage_and_done_may_come_together() -> None:
    assert outcome(LUMPS, long_turn((1.0, TOKEN), (3.0, TOKEN + DONE))) is None


def test_too_few_events_show_no_lumps() -> None:
    assert isinstance(outcome(LUMPS, long_turn((3.0, TOKEN + DONE))), NotTestable)
