"""The judges on errors, sessions and connections."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.ai_chat import test_errors, test_sessions
from chatproof.failure import NotClaimed, NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, TURN, case, exchange, recording, refusal, turn

SWITCH = test_errors.test_production_ignores_test_scenarios
LIMIT = test_errors.test_rate_limit_is_told_before_the_stream
SESSION = test_sessions.test_session_works_after_an_aborted_turn
MANY = test_sessions.test_many_turns_on_one_connection_are_answered

LIMITED = refusal("2", status=429, headers=(*JSON_HEADERS, ("Retry-After", "1")))

RIGHT: dict[Any, Any] = {
    SWITCH: case(turn=turn(), test_scenario=turn()),
    LIMIT: case(rate_limit=[turn("1"), LIMITED]),
    SESSION: case(turn=turn(), abort=[turn("aborted", end=End.ABORTED), turn("next")]),
    MANY: case(turn=turn(), many_turns=[turn(str(number)) for number in range(1, 102)]),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("turn", status=504), "status 504"),
        (turn(body=TURN.replace(b"stop", b"error")), "`finish_reason` error"),
        (
            turn(body=TURN.replace(b"Hello", b"Request timed out. Please try again with a shorter message.")),
            "the text 'Request",
        ),
    ],
)
def test_switch_that_works_in_production_is_found(answer: Any, expected: str) -> None:
    assert expected in found(SWITCH, case(turn=turn(), test_scenario=answer))


def test_failing_backend_tells_nothing_of_the_switch() -> None:
    failing = turn(body=TURN.replace(b"stop", b"error"))
    assert isinstance(outcome(SWITCH, case(turn=failing, test_scenario=failing)), NotTestable)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("2", status=429), "a 429 without `Retry-After`"),
        (turn("2", status=429), "a stream: status 429 with text/event-stream"),
        (turn("2", body=TURN.replace(b"Hello", b"Overloaded, please try again soon.")), "whose text is 'Overloaded"),
    ],
)
def test_limit_told_otherwise_is_found(answer: Any, expected: str) -> None:
    assert expected in found(LIMIT, case(rate_limit=[turn("1"), answer]))


def test_limit_that_does_not_trip_is_no_verdict() -> None:
    raised = outcome(LIMIT, case(rate_limit=[turn("1"), refusal("2", status=503)]))
    assert isinstance(raised, NotTestable)
    assert "status 503" in raised.missing


def test_session_that_stays_busy_is_found() -> None:
    busy = case(turn=turn(), abort=[turn("aborted", end=End.ABORTED), refusal("next", status=409)])
    assert found(SESSION, busy) == "after the abort: status 409 with application/json"


def test_turn_that_was_over_too_soon_is_not_claimed() -> None:
    raised = outcome(SESSION, case(turn=turn(), abort=[turn("aborted"), turn("next")]))
    assert isinstance(raised, NotClaimed)
    assert "long_turn" in raised.declare


@pytest.mark.parametrize(
    "aborted", [turn("aborted", end=End.RESET), refusal("aborted"), exchange("aborted", status=None)]
)
def test_turn_that_could_not_be_aborted_is_no_verdict(aborted: Any) -> None:
    assert isinstance(outcome(SESSION, case(turn=turn(), abort=[aborted, turn("next")])), NotTestable)


def test_turn_that_fails_on_the_connection_is_found() -> None:
    turns = [turn(str(number)) for number in range(1, 101)]
    assert found(MANY, case(turn=turn(), many_turns=[*turns, refusal("101", status=503)])).startswith(
        "turn 101: status 503"
    )
    assert "no answer" in found(MANY, case(turn=turn(), many_turns=[*turns, exchange("101", status=None)]))
    announced = [turn(str(number), connection=1 if number < 100 else 2) for number in range(1, 102)]
    assert outcome(MANY, case(turn=turn(), many_turns=announced)) is None


def test_fewer_turns_are_no_verdict() -> None:
    assert isinstance(outcome(MANY, case(turn=turn(), many_turns=[turn("1")])), NotTestable)
    assert isinstance(outcome(MANY, case(turn=turn(), many_turns=[turn("1"), turn("2")])), NotTestable)
