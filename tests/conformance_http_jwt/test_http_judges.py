from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.config import Auth
from chatproof.conformance.http import (
    test_caching,
    test_challenge,
    test_framing,
    test_methods,
    test_problem,
    test_rate_limit,
    test_redirect,
)
from chatproof.recording import End
from support.recordings import (
    STREAM_HEADERS,
    TURN,
    case,
    exchange,
    recording,
    refusal,
    turn,
    with_header,
    without,
)
from support.verdicts import met, not_claimed, not_met, not_testable

if TYPE_CHECKING:
    from chatproof.recording import Exchange
    from support.verdicts import Judge

CHALLENGE = test_challenge.test_unauthorized_carries_a_challenge
ERROR_CODE = test_challenge.test_challenge_names_an_invalid_token
CACHES = test_caching.test_stream_is_not_for_caches
SHARED = test_caching.test_authenticated_stream_is_not_opened_to_shared_caches
TRANSFORM = test_caching.test_stream_is_not_for_transforming
FRAMING = test_framing.test_body_is_framed_and_complete
GET = test_methods.test_get_is_not_allowed
LIMITED = test_rate_limit.test_too_many_requests_is_not_stored
RETRY_AFTER = test_rate_limit.test_retry_after_is_seconds_or_a_date
REDIRECT = test_redirect.test_post_is_not_redirected_to_a_get
PROBLEM = test_problem.test_problem_details_are_well_formed

COOKIE = Auth(scheme="cookie", name="session", token="x")
INVALID_TOKEN = (("WWW-Authenticate", 'Bearer error="invalid_token"'),)


# --- HTTP-401-01


def test_401_with_a_bearer_challenge() -> None:
    met(CHALLENGE, case(no_token=refusal("chat", status=401), forged_tokens=refusal("garbage", status=401)))


@pytest.mark.parametrize("value", ['Basic realm="x", Bearer', "bearer", 'BEARER error="invalid_token"'])
def test_401_with_the_challenge_in_another_form(value: str) -> None:
    right = refusal("chat", status=401, headers={"www-authenticate": value})
    met(CHALLENGE, case(no_token=right, forged_tokens=right))


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), "401 without `WWW-Authenticate`"),
        ((("WWW-Authenticate", 'Basic realm="x"'),), '`WWW-Authenticate: Basic realm="x"`'),
        ((("WWW-Authenticate", ""),), "`WWW-Authenticate: `"),
    ],
)
def test_401_without_a_bearer_challenge(headers: tuple[tuple[str, str], ...], found: str) -> None:
    bare, right = refusal("chat", status=401, headers=headers), refusal("garbage", status=401)

    assert not_met(CHALLENGE, case(no_token=bare, forged_tokens=right)).found == found
    failure = not_met(CHALLENGE, case(no_token=right, forged_tokens=bare))
    assert failure.at is not None
    assert failure.at.scenario == "forged_tokens"


def test_a_cookie_may_be_asked_for_by_any_challenge() -> None:
    session = refusal("chat", status=401, headers={"WWW-Authenticate": "Session"})
    met(CHALLENGE, case(auth=COOKIE, no_token=session, forged_tokens=session))
    bare = refusal("chat", status=401, headers={})
    not_met(CHALLENGE, case(auth=COOKIE, no_token=bare, forged_tokens=bare))


def test_without_a_401_there_is_no_challenge_to_look_at() -> None:
    not_testable(CHALLENGE, case(no_token=turn("chat"), forged_tokens=refusal("garbage", status=403)))
    not_testable(CHALLENGE, case(no_token=recording("no_token"), forged_tokens=recording("forged_tokens")))


# --- HTTP-401-02


def test_an_error_code_where_a_token_was_sent_and_none_where_not() -> None:
    wrong = refusal("garbage", status=401, headers=INVALID_TOKEN)
    met(ERROR_CODE, case(no_token=refusal("chat", status=401), forged_tokens=wrong))


def test_no_error_code_for_a_wrong_token() -> None:
    plain = refusal("chat", status=401), refusal("garbage", status=401)
    failure = not_met(ERROR_CODE, case(no_token=plain[0], forged_tokens=plain[1]))

    assert failure.found == "`WWW-Authenticate: Bearer` for a wrong token"


def test_a_wrong_token_without_any_challenge() -> None:
    bare = refusal("garbage", status=401, headers={})
    failure = not_met(ERROR_CODE, case(no_token=refusal("chat", status=401), forged_tokens=bare))

    assert failure.found == "401 without `WWW-Authenticate` for a wrong token"


def test_an_error_code_of_another_scheme_does_not_count() -> None:
    digest = refusal("garbage", status=401, headers={"WWW-Authenticate": 'Digest error="invalid_token", Bearer'})
    not_met(ERROR_CODE, case(no_token=refusal("chat", status=401), forged_tokens=digest))


def test_an_error_code_where_no_token_was_sent() -> None:
    code = refusal("chat", status=401, headers=INVALID_TOKEN)
    wrong = refusal("garbage", status=401, headers=INVALID_TOKEN)
    failure = not_met(ERROR_CODE, case(no_token=code, forged_tokens=wrong))

    assert failure.expected == "a challenge `Bearer` without an error code"


@pytest.mark.parametrize("status", [403, 200, None])
def test_error_codes_need_two_401(status: int | None) -> None:
    right = refusal("chat", status=401), refusal("garbage", status=401, headers=INVALID_TOKEN)
    chat = exchange("chat", status=status)
    garbage = exchange("garbage", status=status)

    not_testable(ERROR_CODE, case(no_token=chat, forged_tokens=right[1]))
    not_testable(ERROR_CODE, case(no_token=right[0], forged_tokens=garbage))


# --- HTTP-CACHE-01, -02, -03


def cached(*values: str) -> Exchange:
    return turn(headers=with_header(STREAM_HEADERS, "Cache-Control", *values))


@pytest.mark.parametrize("values", [("no-cache",), ("NO-STORE",), ("private, no-store",), ("public", "no-cache")])
def test_streams_that_no_cache_keeps(values: tuple[str, ...]) -> None:
    met(CACHES, case(turn=cached(*values)))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((), "no `Cache-Control`"),
        (("max-age=60",), "`Cache-Control: max-age=60`"),
        (('no-cache="set-cookie"',), '`Cache-Control: no-cache="set-cookie"`'),
        (("x-no-store",), "`Cache-Control: x-no-store`"),
        (("must-revalidate",), "`Cache-Control: must-revalidate`"),
    ],
)
def test_streams_that_a_cache_may_keep(values: tuple[str, ...], found: str) -> None:
    assert not_met(CACHES, case(turn=cached(*values))).found == found


@pytest.mark.parametrize(
    "value",
    ["no-cache", "no-store, must-revalidate", "public, no-store", "private, must-revalidate", "max-age=0", ""],
)
def test_answers_that_stay_out_of_shared_caches(value: str) -> None:
    met(SHARED, case(turn=cached(value)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no-cache, must-revalidate", "`no-store` beside `must-revalidate`"),
        ("public, s-maxage=5", "`no-store` beside `public`, `s-maxage`"),
        ('private="x", public', "`no-store` beside `public`"),
    ],
)
def test_answers_that_are_opened_to_shared_caches(value: str, expected: str) -> None:
    assert not_met(SHARED, case(turn=cached(value))).expected == expected


def test_without_an_authorization_header_shared_caches_are_no_subject() -> None:
    bare = turn(request_headers={"Cookie": "session=x"}, headers={"Cache-Control": "public"})

    assert "[auth]" in not_claimed(SHARED, case(turn=bare)).declare


def test_streams_that_are_not_to_be_transformed() -> None:
    met(TRANSFORM, case(turn=cached("no-store", "No-Transform")))


@pytest.mark.parametrize(
    ("values", "found"), [((), "no `Cache-Control`"), (("no-store",), "`Cache-Control: no-store`")]
)
def test_streams_that_may_be_transformed(values: tuple[str, ...], found: str) -> None:
    assert not_met(TRANSFORM, case(turn=cached(*values))).found == found


@pytest.mark.parametrize("judge", [CACHES, TRANSFORM])
def test_an_unanswered_turn_has_no_cache_control(judge: Judge) -> None:
    not_met(judge, case(turn=exchange(status=None)))


# --- HTTP-FRAME-01

CLOSE_DELIMITED = without(STREAM_HEADERS, "Transfer-Encoding")


@pytest.mark.parametrize(
    ("headers", "end"),
    [
        (STREAM_HEADERS, End.TERMINAL_CHUNK),
        (CLOSE_DELIMITED, End.CLOSED),
        ((*CLOSE_DELIMITED, ("Content-Length", str(len(TURN)))), End.LENGTH_REACHED),
    ],
)
def test_complete_bodies(headers: tuple[tuple[str, str], ...], end: End) -> None:
    met(FRAMING, case(turn=[turn(headers=headers, end=end), exchange("again", status=None)]))


@pytest.mark.parametrize(
    "end", [End.CLOSED_BETWEEN_CHUNKS, End.CUT_IN_CHUNK, End.CUT_SHORT, End.MALFORMED, End.RESET, End.CLOSED]
)
def test_bodies_that_are_cut(end: End) -> None:
    failure = not_met(FRAMING, case(turn=[turn(), turn("again", end=end)]))

    assert failure.expected == "the terminal chunk"
    assert failure.found == f"{end.value} after {len(TURN)} bytes"
    assert failure.offset == len(TURN)
    assert failure.at is not None
    assert failure.at.label == "again"


def test_a_reset_of_a_body_that_the_close_would_end() -> None:
    failure = not_met(FRAMING, case(turn=turn(headers=CLOSE_DELIMITED, end=End.RESET, trouble="reset by peer")))

    assert failure.found.startswith("connection reset (reset by peer) after")
    assert failure.expected == "a complete body"


def test_two_lengths() -> None:
    failure = not_met(FRAMING, case(turn=turn(headers=(*STREAM_HEADERS, ("content-length", "5")))))

    assert failure.found == "`Content-Length: 5` and `Transfer-Encoding: chunked`"


@pytest.mark.parametrize("end", [End.STILL_OPEN, End.TOTAL_DEADLINE, End.ABORTED])
def test_an_end_that_was_not_seen_is_no_verdict(end: End) -> None:
    not_testable(FRAMING, case(turn=[turn(), turn("again", end=end)]))


def test_a_cut_weighs_more_than_an_end_that_was_not_seen() -> None:
    not_met(FRAMING, case(turn=[turn(end=End.STILL_OPEN), turn("again", end=End.CUT_IN_CHUNK)]))


def test_no_answered_turn_has_no_framing() -> None:
    not_testable(FRAMING, case(turn=exchange(status=None)))
    not_testable(FRAMING, case(turn=recording("turn")))


# --- HTTP-405-01


@pytest.mark.parametrize(
    "answer",
    [
        exchange("get", status=405, headers={"Allow": "POST"}),
        exchange("get", status=405, headers={"allow": ""}),
        exchange("get", status=404),
    ],
)
def test_get_is_refused(answer: Exchange) -> None:
    met(GET, case(get=answer))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (exchange("get", status=405), "status 405 without `Allow`"),
        (turn("get"), "status 200 with text/event-stream"),
        (exchange("get", status=401), "status 401"),
        (exchange("get", status=500), "status 500"),
        (turn("get", status=404), "status 404 with text/event-stream"),
        (exchange("get", status=None, trouble="reset"), "no answer (reset)"),
    ],
)
def test_get_is_not_refused_as_it_should(answer: Exchange, found: str) -> None:
    assert not_met(GET, case(get=answer)).found == found


# --- HTTP-429-01, HTTP-RA-01

DATE = ("Date", "Fri, 20 Nov 2026 10:00:00 GMT")
LATER = ("Expires", "Fri, 20 Nov 2026 11:00:00 GMT")


def limited(*headers: tuple[str, str]) -> list[Exchange]:
    return [turn("1"), exchange("2", status=429, headers=headers)]


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Cache-Control", "no-store, public, max-age=60"),),
        (("Cache-Control", "max-age=0"),),
        (("Cache-Control", "max-age=00"), DATE, LATER),
        (("Cache-Control", "max-age"),),
        (LATER,),
        (("Expires", "0"), DATE),
        (DATE, ("Expires", DATE[1])),
        (DATE, LATER, ("Cache-Control", "no-store")),
    ],
)
def test_429_that_no_cache_keeps(headers: tuple[tuple[str, str], ...]) -> None:
    met(LIMITED, case(rate_limit=limited(*headers)))


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((("Cache-Control", "public"),), "429 with `Cache-Control: public`"),
        ((("Cache-Control", "private, max-age=60"),), "429 with `Cache-Control: max-age=60`"),
        ((("Cache-Control", "s-maxage=1"),), "429 with `Cache-Control: s-maxage=1`"),
        ((DATE, LATER), f"429 with `Expires: {LATER[1]}`"),
    ],
)
def test_429_that_a_cache_may_keep(headers: tuple[tuple[str, str], ...], found: str) -> None:
    assert not_met(LIMITED, case(rate_limit=limited(*headers))).found == found


@pytest.mark.parametrize("judge", [LIMITED, RETRY_AFTER])
def test_a_limit_that_does_not_trip_is_no_verdict(judge: Judge) -> None:
    not_testable(judge, case(rate_limit=[turn("1"), exchange("2", status=None)]))
    not_testable(judge, case(rate_limit=recording("rate_limit")))


@pytest.mark.parametrize("value", ["0", "60", " 120 ", "Fri, 20 Nov 2026 11:00:00 GMT"])
def test_delays_that_clients_can_read(value: str) -> None:
    met(RETRY_AFTER, case(rate_limit=limited(("Retry-After", value))))


@pytest.mark.parametrize("value", ["60s", "0.5", "-1", "+5", "soon", "", "60, 60", "٣٠", "2026-11-20T11:00:00Z"])
def test_delays_that_clients_cannot_read(value: str) -> None:
    assert not_met(RETRY_AFTER, case(rate_limit=limited(("Retry-After", value)))).found == f"`Retry-After: {value}`"


def test_two_delays_are_one_too_many() -> None:
    failure = not_met(RETRY_AFTER, case(rate_limit=limited(("Retry-After", "1"), ("retry-after", "2"))))

    assert failure.found == "`Retry-After: 1` and `Retry-After: 2`"


def test_no_delay_is_no_claim() -> None:
    not_claimed(RETRY_AFTER, case(rate_limit=limited()))


# --- HTTP-REDIR-01


@pytest.mark.parametrize("status", [200, 307, 308, 400, 404, 405, 422])
def test_posts_that_stay_posts(status: int) -> None:
    met(REDIRECT, case(turn=[turn(), exchange("again", status=None)], slash=exchange("slash", status=status)))


@pytest.mark.parametrize("status", [301, 302, 303])
def test_posts_that_become_gets(status: int) -> None:
    away = exchange("slash", status=status, headers={"Location": "/chat"})

    assert not_met(REDIRECT, case(turn=turn(), slash=away)).found == f"status {status} to `/chat`"
    not_met(REDIRECT, case(turn=exchange("turn", status=status), slash=exchange("slash", status=404)))


def test_silence_is_no_right_answer_to_a_slash() -> None:
    failure = not_met(REDIRECT, case(turn=turn(), slash=exchange("slash", status=None, trouble="reset")))

    assert failure.found == "no answer (reset)"


# --- HTTP-PROB-01


def problem(body: bytes, status: int = 400) -> list[Exchange]:
    return [
        refusal("empty"),
        exchange("missing", status=status, headers={"Content-Type": "application/problem+json; x=y"}, body=body),
        exchange("null", status=None),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "d", "instance": "/x"}',
        b'{"type": "", "more": [1]}',
    ],
)
def test_right_problems(body: bytes) -> None:
    met(PROBLEM, case(invalid_fields=problem(body), broken_json=refusal("syntax")))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html>", "a body that is no JSON"),
        (b"[1]", "JSON that is no object: [1]"),
        (b'{"status": 500}', "`status` 500 in an answer with status 400"),
        (b'{"status": "400"}', "`status` '400' in an answer with status 400"),
        (b'{"status": null}', "`status` None in an answer with status 400"),
        (b'{"title": 5}', "`title` 5"),
        (b'{"detail": null}', "`detail` None"),
        (b'{"type": ["x"]}', "`type` ['x']"),
        (b'{"type": "not a uri"}', "`type` 'not a uri'"),
        (b'{"instance": "a b"}', "`instance` 'a b'"),
    ],
)
def test_wrong_problems(body: bytes, found: str) -> None:
    assert not_met(PROBLEM, case(invalid_fields=problem(body), broken_json=refusal("syntax"))).found == found
    assert not_met(PROBLEM, case(invalid_fields=refusal("empty"), broken_json=problem(body))).found == found


def test_other_error_bodies_are_no_claim() -> None:
    not_claimed(PROBLEM, case(invalid_fields=refusal("empty"), broken_json=exchange("syntax", status=None)))
    not_claimed(PROBLEM, case(invalid_fields=recording("invalid_fields"), broken_json=recording("broken_json")))
