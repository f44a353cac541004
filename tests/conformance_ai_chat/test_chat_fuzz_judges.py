"""The judges on invalid input drawn at random, and on the backend after it."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.ai_chat import test_bodies
from chatproof.conformance.ai_chat.searches import LABELS
from chatproof.failure import Failure, NotTestable
from support.outcome import found, outcome
from support.recordings import case, exchange, recording, refusal, turn

FUZZ = test_bodies.test_fuzzed_input_is_refused
AFTER = test_bodies.test_backend_still_answers_afterwards


def fuzzed(asked_of_each: int = 10, *exchanges: Any, **findings: Any) -> Any:
    right = {label: {"examples": 9, "failing": None, "why": ""} for label in LABELS}
    return case(
        fuzz=recording(
            "fuzz", *exchanges, findings={"asked": dict.fromkeys(LABELS, asked_of_each), **right, **findings}
        )
    )


def test_refused_examples_meet_it() -> None:
    assert outcome(FUZZ, fuzzed()) is None


def test_failing_example_is_shown_with_its_request() -> None:
    wrong = {"examples": 4, "failing": "raw/failing", "why": "a server error: status 500 with text/html"}
    raised = outcome(FUZZ, fuzzed(10, refusal("raw/1"), exchange("raw/failing", status=500), raw=wrong, message=wrong))
    assert isinstance(raised, Failure)
    assert raised.found == (
        "message, after 4 of 10 examples and shrunk: a server error: status 500 with text/html; "
        "raw, after 4 of 10 examples and shrunk: a server error: status 500 with text/html"
    )
    assert raised.at is None
    raised = outcome(FUZZ, fuzzed(10, refusal("raw/1"), exchange("raw/failing", status=500), raw=wrong))
    assert isinstance(raised, Failure)
    assert raised.at is not None
    assert raised.at.label == "raw/failing"


def test_too_few_examples_are_no_verdict() -> None:
    assert isinstance(outcome(FUZZ, fuzzed(raw={"examples": 4, "failing": None, "why": ""})), NotTestable)
    assert isinstance(outcome(FUZZ, fuzzed(raw=None)), NotTestable)
    assert isinstance(outcome(FUZZ, case(fuzz=recording("fuzz", findings={}))), NotTestable)
    assert isinstance(outcome(FUZZ, fuzzed(0, raw={"examples": 0, "failing": None, "why": ""})), NotTestable)


def test_shares_are_told_for_each_search_that_fell_short() -> None:
    few = {"examples": 1, "failing": None, "why": ""}
    asked = {"message": 20, "session": 2, "shape": 2, "raw": 3, "content_type": 1}
    raised = outcome(FUZZ, fuzzed(message=few, session=few, raw=few, content_type=few, asked=asked))
    assert isinstance(raised, NotTestable)
    assert raised.missing == "fewer examples were sent than asked for (message: 1 of 20, raw: 1 of 3)"


@pytest.mark.parametrize("last", [refusal("turn", status=503), exchange(status=None), turn(body=b"")])
def test_backend_that_does_not_recover_is_found(last: Any) -> None:
    assert found(AFTER, case(turn=turn(), after=last)).startswith("after all other requests:")


@pytest.mark.parametrize("judge", [FUZZ, AFTER])
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    assert isinstance(
        outcome(judge, case(fuzz=recording("fuzz"), turn=recording("turn"), after=recording("after"))), NotTestable
    )


def test_backend_that_answers_as_before_meets_it() -> None:
    assert outcome(AFTER, case(turn=turn(), after=turn())) is None
