"""The judges on who may keep an answer, and for how long a client waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.conformance.http import (
    test_caching,
    test_rate_limit,
)
from support.recordings import (
    STREAM_HEADERS,
    case,
    exchange,
    recording,
    turn,
    with_header,
)
from support.verdicts import met, not_claimed, not_met, not_testable

if TYPE_CHECKING:
    from chatproof.recording import Exchange
    from support.verdicts import Judge

CACHES = test_caching.test_stream_is_not_for_caches
SHARED = test_caching.test_authenticated_stream_is_not_opened_to_shared_caches
TRANSFORM = test_caching.test_stream_is_not_for_transforming
LIMITED = test_rate_limit.test_too_many_requests_is_not_stored
RETRY_AFTER = test_rate_limit.test_retry_after_is_seconds_or_a_date


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
