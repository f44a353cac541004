"""The judges on who may have sessions, how many, from which pages; and on the health route."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.chatkit import test_authentication, test_health, test_limits, test_proxy
from chatproof.failure import NotTestable
from support.chatkit_recordings import HEADERS, case, control, recorded, session, unclaimed
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, exchange, refusal, turn, with_header

STRANGER = test_authentication.test_stranger_gets_no_session
KEYLESS = test_authentication.test_missing_key_opens_nothing
HOLLOW = test_authentication.test_hollow_credential_is_refused
SCHEME = test_authentication.test_scheme_is_looked_at
LIMIT = test_limits.test_limit_is_told
ENOUGH = test_limits.test_wait_that_was_told_is_enough
SECONDS = test_limits.test_wait_is_told_in_seconds
HEALTH = test_health.test_health_is_told
PROXIED = test_proxy.test_proxied_route_allows_no_other_page
FOREIGN = test_proxy.test_foreign_page_makes_no_session

EVIL = (("Origin", "https://evil.example"), ("Content-Type", "application/json"))
PREFLIGHT = exchange("preflight", method="OPTIONS", status=204, request_headers=EVIL)
OPEN = with_header(HEADERS, "Access-Control-Allow-Origin", "*")


def refused(label: str, status: int = 401, **changes: Any) -> Any:
    return refusal(label, status=status, **changes)


def limited(label: str, wait: str = "2") -> Any:
    return refused(label, 429, headers=(*JSON_HEADERS, *([("Retry-After", wait)] if wait else [])))


def foreign(label: str = "session", **changes: Any) -> Any:
    return session(label, request_headers=EVIL, **changes)


HOLLOWS = [refused(label) for label in ("undefined", "null", "empty")]
WORDS = [refused("basic"), refused("bare")]
KEYLESS_ANSWERS = [session("with_key"), refused("anonymous", 503), refused("undefined", 503)]

RIGHT: dict[Any, Any] = {
    STRANGER: case(session=control(), no_token=refused("chat"), forged_tokens=refused("garbage")),
    KEYLESS: case(key_unset=recorded("key_unset", *KEYLESS_ANSWERS, refused_to_start=False)),
    HOLLOW: case(session=control(), hollow_tokens=HOLLOWS),
    SCHEME: case(session=control(), schemeless=WORDS),
    LIMIT: case(rate_limit=[session("1"), limited("2")]),
    ENOUGH: case(after_limit=[limited("1"), session("after")]),
    SECONDS: case(rate_limit=[session("1"), limited("2")]),
    HEALTH: case(health=session("health"), health_down=refused("health", 503)),
    PROXIED: case(session=control(), foreign_page=[PREFLIGHT, foreign()]),
    FOREIGN: case(session=control(), foreign_page=[PREFLIGHT, refused("session", 403, request_headers=EVIL)]),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recorded(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


@pytest.mark.parametrize("judge", [STRANGER, HOLLOW, SCHEME, PROXIED, FOREIGN])
def test_backend_that_refuses_everybody_is_no_verdict(judge: Any) -> None:
    locked = {**RIGHT[judge].recordings, "session": control(refused("session"))}
    assert isinstance(outcome(judge, case(**locked)), NotTestable)


@pytest.mark.parametrize(
    ("stranger", "expected"),
    [
        (session("chat"), "without a credential: status 200 with application/json"),
        (turn("chat", status=401), "without a credential: status 401 with text/event-stream"),
        (refused("chat", 403), "without a credential: status 403 with application/json"),
        (refused("chat", body=b"<h1>Sign in</h1>"), "without a credential: 401 without `error`"),
        (refused("chat", body=b'{"ok": false}'), "without a credential: 401 without `error`"),
    ],
)
def test_open_route_is_found(stranger: Any, expected: str) -> None:
    recordings = {**RIGHT[STRANGER].recordings, "no_token": recorded("no_token", stranger)}
    assert found(STRANGER, case(**recordings)) == expected


def test_problem_details_name_the_error_as_well() -> None:
    problem: dict[str, Any] = {
        "headers": (("Content-Type", "application/problem+json"),),
        "body": b'{"title": "Unauthorized"}',
    }
    strangers = {"no_token": refused("chat", **problem), "forged_tokens": refused("garbage", **problem)}
    assert outcome(STRANGER, case(session=control(), **strangers)) is None


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_backend_without_its_key_may_refuse_in_any_way(status: int) -> None:
    answers = [session("with_key"), refused("anonymous", status), refused("undefined", status)]
    assert outcome(KEYLESS, case(key_unset=answers)) is None


def test_backend_that_does_not_start_without_its_key_is_right() -> None:
    assert outcome(KEYLESS, case(key_unset=recorded("key_unset", session("with_key"), refused_to_start=True))) is None


def test_backend_that_never_started_is_no_verdict() -> None:
    assert isinstance(outcome(KEYLESS, case(key_unset=recorded("key_unset", refused_to_start=True))), NotTestable)


@pytest.mark.parametrize("label", ["anonymous", "undefined"])
def test_missing_key_that_opens_is_found(label: str) -> None:
    answers = [session(label) if answer.label == label else answer for answer in KEYLESS_ANSWERS]
    assert "status 200 with application/json" in found(KEYLESS, case(key_unset=answers))


@pytest.mark.parametrize("label", ["undefined", "null", "empty"])
def test_hollow_credential_that_passes_is_found(label: str) -> None:
    answers = [session(label) if answer.label == label else answer for answer in HOLLOWS]
    assert found(HOLLOW, case(session=control(), hollow_tokens=answers)).endswith("status 200 with application/json")


@pytest.mark.parametrize(("label", "expected"), [("basic", "under `Basic`: "), ("bare", "without a scheme: ")])
def test_scheme_that_is_not_looked_at_is_found(label: str, expected: str) -> None:
    answers = [session(label) if answer.label == label else answer for answer in WORDS]
    assert found(SCHEME, case(session=control(), schemeless=answers)).startswith(expected)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([session("1"), session("2")], "2 sessions at once and no 429; the last: status 200 with application/json"),
        ([session("1"), refused("2", 503)], "2 sessions at once and no 429; the last: status 503"),
        ([limited("1"), limited("2", "")], "429 without `Retry-After`"),
    ],
)
def test_limit_that_is_not_told_is_found(answers: Any, expected: str) -> None:
    assert found(LIMIT, case(rate_limit=answers)).startswith(expected)


@pytest.mark.parametrize("wait", ["Thu, 01 Jan 2026 12:00:30 GMT", "30s", "1.5"])
def test_wait_in_another_form_is_found(wait: str) -> None:
    answers = [session("1"), limited("2", wait)]
    assert found(SECONDS, case(rate_limit=answers)) == f"`Retry-After: {wait}`"
    assert outcome(LIMIT, case(rate_limit=answers)) is None


@pytest.mark.parametrize("answers", [[session("1")], [limited("1", "")]])
def test_wait_that_nobody_told_is_no_verdict(answers: Any) -> None:
    assert isinstance(outcome(SECONDS, case(rate_limit=answers)), NotTestable)


def test_limit_that_outlasts_its_wait_is_found() -> None:
    answers = [limited("1", "1"), limited("after", "5")]
    assert found(ENOUGH, case(after_limit=answers)) == "429 again, with `Retry-After: 5`"


@pytest.mark.parametrize("answers", [[session("1"), session("after")], [limited("1"), exchange("after", status=None)]])
def test_limit_that_did_not_trip_or_answer_is_no_verdict(answers: Any) -> None:
    assert isinstance(outcome(ENOUGH, case(after_limit=answers)), NotTestable)


@pytest.mark.parametrize("status", [200, 204])
def test_health_may_say_little(status: int) -> None:
    well = exchange("health", method="GET", status=status)
    assert outcome(HEALTH, case(health=well, health_down=unclaimed("health_down"))) is None


@pytest.mark.parametrize(
    ("well", "down", "expected"),
    [
        (refused("health"), refused("health", 503), "without a credential: status 401"),
        (session("health", head_seconds=5.1), refused("health", 503), "an answer after 5.1 s"),
        (session("health"), session("health"), "status 200 with application/json while the service behind"),
    ],
)
def test_health_that_is_not_told_is_found(well: Any, down: Any, expected: str) -> None:
    assert found(HEALTH, case(health=well, health_down=down)).startswith(expected)


def test_health_that_is_silent_while_the_service_is_down_is_no_verdict() -> None:
    silent = exchange("health", method="GET", status=None)
    assert isinstance(outcome(HEALTH, case(health=session("health"), health_down=silent)), NotTestable)


@pytest.mark.parametrize(
    "answers",
    [
        [PREFLIGHT, refused("session", 403, request_headers=EVIL)],
        [exchange("preflight", method="OPTIONS", status=405, request_headers=EVIL), foreign()],
        [PREFLIGHT, foreign(headers=with_header(HEADERS, "Access-Control-Allow-Origin", "https://app.example"))],
    ],
)
def test_proxied_route_may_answer_pages_that_cannot_read_it(answers: Any) -> None:
    assert outcome(PROXIED, case(session=control(), foreign_page=answers)) is None


@pytest.mark.parametrize("allowed", ["*", "https://evil.example"])
def test_proxied_route_that_is_open_to_pages_is_found(allowed: str) -> None:
    opened = foreign(headers=with_header(HEADERS, "Access-Control-Allow-Origin", allowed))
    expected = f"`Access-Control-Allow-Origin: {allowed}` for https://evil.example"
    assert found(PROXIED, case(session=control(), foreign_page=[PREFLIGHT, opened])) == expected
    preflight = exchange("preflight", method="OPTIONS", status=204, request_headers=EVIL, headers=OPEN)
    assert "`Access-Control-Allow-Origin: *`" in found(
        PROXIED, case(session=control(), foreign_page=[preflight, foreign()])
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_foreign_page_may_be_refused_in_several_ways(status: int) -> None:
    answer = refused("session", status, request_headers=EVIL)
    assert outcome(FOREIGN, case(session=control(), foreign_page=[PREFLIGHT, answer])) is None


@pytest.mark.parametrize("answer", [foreign(), refused("session", 500, request_headers=EVIL)])
def test_foreign_page_that_is_not_refused_is_found(answer: Any) -> None:
    case_ = case(session=control(), foreign_page=[PREFLIGHT, answer])
    assert found(FOREIGN, case_).startswith("for https://evil.example: status ")
