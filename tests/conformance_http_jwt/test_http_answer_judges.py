"""The judges on framing, methods, redirects and problem details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.conformance.http import (
    test_framing,
    test_methods,
    test_problem,
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
    without,
)
from support.verdicts import met, not_claimed, not_met, not_testable

if TYPE_CHECKING:
    from chatproof.recording import Exchange

FRAMING = test_framing.test_body_is_framed_and_complete
GET = test_methods.test_get_is_not_allowed
REDIRECT = test_redirect.test_post_is_not_redirected_to_a_get
PROBLEM = test_problem.test_problem_details_are_well_formed

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


@pytest.mark.parametrize(
    "answer",
    [
        exchange("get", status=405, headers={"Allow": "POST"}),
        exchange("get", status=405, headers={"allow": "OPTIONS,post , PUT"}),
        exchange("get", status=405, headers=[("Allow", "OPTIONS"), ("Allow", "POST")]),
        exchange("get", status=404),
    ],
)
def test_get_is_refused(answer: Exchange) -> None:
    met(GET, case(get=answer))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (exchange("get", status=405), "status 405 without `Allow`"),
        (exchange("get", status=405, headers={"Allow": ""}), "status 405 with `Allow: `"),
        (exchange("get", status=405, headers={"Allow": "GET"}), "status 405 with `Allow: GET`"),
        (turn("get"), "status 200 with text/event-stream"),
        (exchange("get", status=401), "status 401"),
        (exchange("get", status=500), "status 500"),
        (turn("get", status=404), "status 404 with text/event-stream"),
        (exchange("get", status=None, trouble="reset"), "no answer (reset)"),
    ],
)
def test_get_is_not_refused_as_it_should(answer: Exchange, found: str) -> None:
    assert not_met(GET, case(get=answer)).found == found


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
