"""The judges on the expiry and the renewal of secrets."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import PROFILES
from chatproof.conformance.chatkit import test_expiry, test_refresh
from chatproof.conformance.chatkit.expiry import moment
from chatproof.conformance.chatkit.scenarios.instances import SCENARIOS
from chatproof.failure import NotClaimed, NotTestable
from support.chatkit_recordings import CLOCK, HEADERS, case, control, issued, recorded, session
from support.outcome import found, outcome
from support.recordings import exchange, refusal, turn, with_header, without

AHEAD = test_expiry.test_session_says_until_when
FORM = test_expiry.test_expiry_has_the_declared_form
LONGEST = test_expiry.test_session_does_not_live_too_long
EXPIRED = test_expiry.test_expired_secret_is_refused
CLOCKS = test_expiry.test_clocks_agree
RENEWED = test_refresh.test_live_secret_is_renewed
OTHERS = test_refresh.test_other_secrets_are_not_renewed
LABEL = test_refresh.test_json_without_its_label_is_renewed
ANOTHER = test_refresh.test_renewed_secret_is_another
KEPT = test_refresh.test_renewal_keeps_user_and_model

LATER = "2026-01-01T13:00:01.500Z"
SECONDS = int(CLOCK) + 3600


def refreshed(**changes: Any) -> Any:
    return session("refresh", **{"number": 8, "content": {"expires_at": LATER}, **changes})


def refused(label: str, status: int = 401) -> Any:
    return refusal(label, status=status)


RENEWAL = [session(), refreshed()]
WRONG_ONES = [refused("garbage"), refused("empty", 400), refused("missing", 422), refused("foreign", 403)]
CALLS = {"model": [{"user": "u1", "model": "large"}], "refresh": [{"user": "u1", "model": "large"}]}
USED = [
    session("before/refresh"),
    turn("before/stream"),
    refused("after/refresh"),
    turn("after/stream"),
    refused("late/stream"),
]

RIGHT: dict[Any, Any] = {
    AHEAD: case(session=control()),
    FORM: case(session=control()),
    LONGEST: case(session=control()),
    CLOCKS: case(session=control()),
    EXPIRED: case(expiry=USED),
    RENEWED: case(refresh=RENEWAL),
    OTHERS: case(refresh=RENEWAL, refresh_wrong=WRONG_ONES),
    LABEL: case(refresh=RENEWAL, refresh_plain=[session(), refreshed()]),
    ANOTHER: case(refresh=RENEWAL),
    KEPT: case(upstream_asked=recorded("upstream_asked", session("model"), refreshed(), asked=CALLS)),
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
    ("value", "expected"),
    [
        ("2026-01-01T12:00:00Z", CLOCK),
        ("2026-01-01T13:00:00.000+01:00", CLOCK),
        ("2026-01-01T12:00:00.123456Z", CLOCK + 0.123456),
        (int(CLOCK), CLOCK),
        ("2026-01-01T12:00:00", None),
        ("2026-13-01T12:00:00Z", None),
        ("2026-01-01", None),
        ("tomorrow", None),
        (int(CLOCK) * 1000, None),
        (True, None),
        (None, None),
        ({}, None),
    ],
)
def test_moment_of_an_expiry(value: object, expected: float | None) -> None:
    assert moment(value) == (None if expected is None else pytest.approx(expected))


ISO: dict[str, Any] = {}
NUMBER = {"expires_form": "seconds"}
HOSTED = {"mode": "hosted"}


@pytest.mark.parametrize(
    ("judge", "settings", "value"),
    [
        (FORM, ISO, "2026-01-01T14:00:00+01:00"),
        (FORM, NUMBER, SECONDS),
        (FORM, HOSTED, SECONDS),
        (FORM, HOSTED, "2026-01-01T12:10:00Z"),
        (AHEAD, NUMBER, SECONDS),
        (AHEAD, ISO, SECONDS),
        (AHEAD, {"min_ttl": 10.0}, "2026-01-01T12:00:11Z"),
        (LONGEST, ISO, "2026-01-01T13:00:59Z"),
        (LONGEST, HOSTED, int(CLOCK) + 600),
        (LONGEST, {"max_ttl": 7200.0}, "2026-01-01T14:00:00Z"),
    ],
)
def test_other_legal_expiries_meet_it(judge: Any, settings: Any, value: Any) -> None:
    assert outcome(judge, case(settings, session=control(session(content={"expires_at": value})))) is None


@pytest.mark.parametrize(
    ("judge", "settings", "value", "expected"),
    [
        (AHEAD, ISO, None, "no `expires_at`"),
        (AHEAD, ISO, "soon", "`expires_at` 'soon'"),
        (AHEAD, ISO, "2026-01-01T12:00:00Z", "`expires_at` 0 s ahead"),
        (AHEAD, ISO, "2026-01-01T11:00:00Z", "`expires_at` -3600 s ahead"),
        (FORM, ISO, SECONDS, f"`expires_at` {SECONDS}: in seconds this is 1970 for a client that does `new Date()`"),
        (FORM, ISO, SECONDS * 1000, f"`expires_at` {SECONDS * 1000}: milliseconds"),
        (FORM, HOSTED, SECONDS * 1000, f"`expires_at` {SECONDS * 1000}: milliseconds"),
        (FORM, {**HOSTED, **NUMBER}, "2026-01-01T13:00:00Z", "`expires_at` '2026-01-01T13:00:00Z'"),
        (FORM, NUMBER, SECONDS * 1000, f"`expires_at` {SECONDS * 1000}: milliseconds"),
        (FORM, NUMBER, SECONDS + 0.5, f"`expires_at` {SECONDS + 0.5}: not a whole number"),
        (FORM, NUMBER, "2026-01-01T13:00:00Z", "`expires_at` '2026-01-01T13:00:00Z'"),
        (FORM, ISO, "2026-01-01T13:00:00", "`expires_at` '2026-01-01T13:00:00': a local time, as it names no zone"),
        (FORM, ISO, "soon", "`expires_at` 'soon'"),
        (LONGEST, ISO, "2026-01-01T13:01:01Z", "a life of 3661 s"),
        (LONGEST, HOSTED, int(CLOCK) + 661, "a life of 661 s"),
        (LONGEST, ISO, (SECONDS + 86400) * 1000, "a life of 90000 s"),
    ],
)
def test_wrong_expiry_is_found(judge: Any, settings: Any, value: Any, expected: str) -> None:
    assert found(judge, case(settings, session=control(session(content={"expires_at": value})))) == expected


@pytest.mark.parametrize("judge", [FORM, LONGEST])
def test_missing_expiry_is_another_requirements(judge: Any) -> None:
    assert isinstance(outcome(judge, case(session=control(session(content={"expires_at": None})))), NotTestable)


@pytest.mark.parametrize("judge", [AHEAD, FORM, LONGEST])
def test_hosted_session_need_not_say_until_when(judge: Any) -> None:
    silent = control(session(content={"expires_at": None}))
    assert isinstance(outcome(judge, case(HOSTED, session=silent)), NotClaimed)


def test_hosted_renewal_need_not_say_until_when_either() -> None:
    silent = {"expires_at": None}
    renewal = [session(content=silent), refreshed(content=silent)]
    assert outcome(RENEWED, case(HOSTED, refresh=renewal)) is None
    assert isinstance(outcome(RENEWED, case(refresh=renewal)), NotTestable)


@pytest.mark.parametrize(("judge", "value"), [(AHEAD, "2026-01-01T11:59:00Z"), (LONGEST, "2026-01-01T15:00:00Z")])
def test_clocks_that_differ_make_a_life_unknown(judge: Any, value: str) -> None:
    answer = session(
        content={"expires_at": value}, headers=with_header(HEADERS, "Date", "Thu, 01 Jan 2026 13:00:00 GMT")
    )
    assert isinstance(outcome(judge, case(session=control(answer))), NotTestable)


@pytest.mark.parametrize(
    ("date", "off"), [("Thu, 01 Jan 2026 12:00:31 GMT", "+31"), ("Thu, 01 Jan 2026 11:00:00 GMT", "-3600")]
)
def test_clock_that_is_off_is_found(date: str, off: str) -> None:
    answer = session(headers=with_header(HEADERS, "Date", date))
    assert found(CLOCKS, case(session=control(answer))) == f"`Date` {off} s from our clock"


@pytest.mark.parametrize("headers", [without(HEADERS, "Date"), with_header(HEADERS, "Date", "today")])
def test_backend_without_a_clock_claims_nothing(headers: Any) -> None:
    assert isinstance(outcome(CLOCKS, case(session=control(session(headers=headers)))), NotClaimed)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([session("before/refresh"), session("after/refresh"), session("late/refresh")], "on refresh after its expiry"),
        ([turn("before/stream"), turn("after/stream"), turn("late/stream")], "on stream after its expiry"),
        ([session("before/message"), refused("after/message", 500)], "on message after its expiry: status 500"),
    ],
)
def test_secret_that_outlives_its_expiry_is_found(answers: Any, expected: str) -> None:
    assert found(EXPIRED, case(expiry=answers)).startswith(expected)


def test_secret_that_never_worked_is_no_verdict() -> None:
    assert isinstance(outcome(EXPIRED, case(expiry=[refused("before/stream")])), NotTestable)


def test_expiry_is_waited_for_only_where_nothing_shortens_it() -> None:
    expiry = next(scenario for scenario in SCENARIOS if scenario.name == "expiry")
    assert expiry.slow(PROFILES["chatkit"]())
    assert not expiry.slow(PROFILES["chatkit"](ttl_variable="SESSION_TTL_SECONDS"))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused("refresh"), "status 401"),
        (refreshed(content={"expires_at": "2026-01-01T13:00:00.000Z"}), "`expires_at` 0.0 s after the old one"),
        (refreshed(content={"expires_at": None}), "no `expires_at`"),
        (refreshed(findings={"issued": {"client_secret": {"type": "missing"}}}), "no text in `client_secret`"),
    ],
)
def test_renewal_that_fails_is_found(answer: Any, expected: str) -> None:
    assert found(RENEWED, case(refresh=[session(), answer])).startswith(expected)


def test_renewal_needs_no_expiry_where_none_is_declared() -> None:
    answers = [session(content={"expires_at": None}), refreshed(content={"expires_at": None})]
    assert outcome(RENEWED, case({"expires_field": ""}, refresh=answers)) is None
    assert isinstance(outcome(RENEWED, case(refresh=answers)), NotTestable)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (session("garbage"), "garbage: status 200"),
        (refused("garbage", 400), "garbage: status 400"),
        (refused("garbage", 500), "garbage: status 500"),
        (session("empty"), "an empty secret: status 200"),
        (exchange("missing", status=500), "no secret: status 500"),
        (session("foreign"), "another user's secret: status 200"),
    ],
)
def test_renewal_of_another_secret_is_found(answer: Any, expected: str) -> None:
    answers = [answer if entry.label == answer.label else entry for entry in WRONG_ONES]
    assert found(OTHERS, case(refresh=RENEWAL, refresh_wrong=answers)).startswith(expected)


def test_renewal_of_others_secrets_is_judged_without_a_second_user() -> None:
    assert outcome(OTHERS, case(refresh=RENEWAL, refresh_wrong=WRONG_ONES[:3])) is None


@pytest.mark.parametrize("judge", [OTHERS, LABEL, ANOTHER])
def test_backend_that_renews_nothing_is_no_verdict(judge: Any) -> None:
    recordings = {**RIGHT[judge].recordings, "refresh": recorded("refresh", session(), refused("refresh"))}
    assert isinstance(outcome(judge, case(**recordings)), NotTestable)


@pytest.mark.parametrize(("status", "met"), [(415, True), (400, False), (401, False), (500, False)])
def test_unlabelled_json_is_read_or_refused_by_its_type(status: int, met: bool) -> None:
    raised = outcome(LABEL, case(refresh=RENEWAL, refresh_plain=[session(), refused("refresh", status)]))
    assert (raised is None) == met


def test_secret_that_stays_the_same_is_found() -> None:
    assert found(ANOTHER, case(refresh=[session(), refreshed(findings=issued(7))])) == "the old secret"


@pytest.mark.parametrize(
    ("renewal", "expected"),
    [
        ({"user": "u1", "model": "default"}, "`model` 'default' on renewal, 'large' before"),
        ({"user": "u2", "model": "large"}, "`user` 'u2' on renewal, 'u1' before"),
    ],
)
def test_renewal_that_forgets_is_found(renewal: Any, expected: str) -> None:
    recording = recorded("upstream_asked", session("model"), refreshed(), asked={**CALLS, "refresh": [renewal]})
    assert found(KEPT, case(upstream_asked=recording)) == expected


def test_renewal_that_asks_nobody_claims_nothing() -> None:
    recording = recorded("upstream_asked", session("model"), refreshed(), asked={**CALLS, "refresh": []})
    assert isinstance(outcome(KEPT, case(upstream_asked=recording)), NotClaimed)
