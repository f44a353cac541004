"""The judges on the service behind a session backend."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.chatkit import test_upstream
from chatproof.failure import NotTestable
from support.chatkit_recordings import case, control, recorded, session
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, exchange, refusal

FAILED = test_upstream.test_failed_upstream_gives_no_session
SILENT = test_upstream.test_silent_upstream_is_not_waited_for
USER = test_upstream.test_user_is_the_verified_one
LIMIT = test_upstream.test_limit_of_the_upstream_is_handed_on

LABELS = ("null", "html", "no_session_id", "server_error", "gone")
ALL_ASKED = dict.fromkeys(LABELS, 1)
ASKED = {
    "plain": [{"user": "u1", "model": "default"}],
    "second": [{"user": "u2", "model": "default"}],
    "made_up": [{"user": "u1", "model": "default"}],
}


def failures(**changed: Any) -> Any:
    answers = [changed.get(label) or refusal(label, status=502) for label in LABELS]
    return recorded("upstream_failures", *answers, calls=ALL_ASKED)


def hanging(answer: Any, calls: int = 1) -> Any:
    return recorded("upstream_hangs", answer, calls={"session": calls})


def limited(answer: Any, calls: int = 1) -> Any:
    return recorded("upstream_limit", answer, calls={"session": calls}, told="7")


def asked(**changed: Any) -> Any:
    users = {**ASKED, **changed}
    return recorded("upstream_asked", *(session(label) for label in users), asked=users)


TOLD = refusal("session", status=429, headers=(*JSON_HEADERS, ("Retry-After", "7")))

RIGHT: dict[Any, Any] = {
    FAILED: case(session=control(), upstream_failures=failures()),
    SILENT: case(session=control(), upstream_hangs=hanging(refusal("session", status=504, head_seconds=4.5))),
    USER: case(upstream_asked=asked()),
    LIMIT: case(upstream_limit=limited(TOLD)),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recorded(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


@pytest.mark.parametrize(
    ("label", "status"),
    [(label, status) for label in LABELS for status in (200, 500, 504) if (label, status) != ("gone", 504)],
)
def test_failure_that_is_told_otherwise_is_found(label: str, status: int) -> None:
    answer = session(label) if status == 200 else refusal(label, status=status)
    assert f"status {status} with" in found(
        FAILED, case(session=control(), upstream_failures=failures(**{label: answer}))
    )


def test_failure_may_be_told_by_503_and_no_answer_by_504() -> None:
    unavailable = {label: refusal(label, status=503) for label in LABELS}
    assert outcome(FAILED, case(session=control(), upstream_failures=failures(**unavailable))) is None
    gone = failures(gone=refusal("gone", status=504))
    assert outcome(FAILED, case(session=control(), upstream_failures=gone)) is None


def test_backend_that_asks_nobody_is_no_verdict() -> None:
    answers = [session(label) for label in LABELS]
    alone = recorded("upstream_failures", *answers, calls=dict.fromkeys(LABELS, 0))
    assert isinstance(outcome(FAILED, case(session=control(), upstream_failures=alone)), NotTestable)
    for judge, recording in ((SILENT, hanging(session(), 0)), (LIMIT, limited(session(), 0))):
        raised = outcome(judge, case(session=control(), **{recording.scenario: recording}))
        assert isinstance(raised, NotTestable)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("session", status=504, head_seconds=6.1), "status 504 after 6.1 s"),
        (refusal("session", status=500), "status 500 with application/json"),
        (session(), "status 200 with application/json"),
        (exchange("session", status=None, trouble="no answer in time"), "no answer (no answer in time)"),
    ],
)
def test_silence_that_is_told_otherwise_is_found(answer: Any, expected: str) -> None:
    assert found(SILENT, case(session=control(), upstream_hangs=hanging(answer))) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"made_up": [{"user": "u2"}]}, "`user_id` 'u2', as the body said, instead of 'u1'"),
        ({"second": [{"user": "u1"}]}, "`user_id` 'u1' for both users"),
        ({"plain": [{"user": None}]}, "`user_id` None"),
        ({"plain": [{"user": ""}]}, "`user_id` ''"),
    ],
)
def test_user_that_is_not_the_verified_one_is_found(changed: Any, expected: str) -> None:
    assert found(USER, case(upstream_asked=asked(**changed))) == expected


def test_claim_that_is_refused_is_right() -> None:
    assert outcome(USER, case(upstream_asked=asked(made_up=[]))) is None


def test_user_may_have_another_id_in_the_service() -> None:
    numbers = {"plain": [{"user": 11}], "made_up": [{"user": 11}], "second": [{"user": 12}]}
    assert outcome(USER, case(upstream_asked=asked(**numbers))) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("session", status=502), "status 502 with application/json"),
        (refusal("session", status=429), "no `Retry-After`"),
        (refusal("session", status=429, headers=(*JSON_HEADERS, ("Retry-After", "60"))), "`Retry-After: 60`"),
    ],
)
def test_limit_that_is_not_handed_on_is_found(answer: Any, expected: str) -> None:
    assert found(LIMIT, case(upstream_limit=limited(answer))) == expected
