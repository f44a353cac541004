from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Auth, Backend
from chatproof.conformance.cors import test_actual as clause
from chatproof.conformance.cors import test_foreign_origin as foreign_clause
from chatproof.failure import Failure, NotClaimed, NotTestable
from support.outcome import found, outcome
from support.recordings import (
    JSON_HEADERS,
    ORIGIN,
    REQUEST_HEADERS,
    STREAM_HEADERS,
    case,
    exchange,
    recording,
    refusal,
    turn,
    with_header,
)

if TYPE_CHECKING:
    from chatproof.recording import Exchange

ACAO, ACAC, EXPOSE = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"
EVIL = "https://evil.example"
CORS = ((ACAO, ORIGIN), ("Vary", "Origin"))
COOKIE = Auth(scheme="cookie", name="session", token="x")
NO_TOKEN = recording("no_token", not_claimed="no token")
ALL = [
    clause.test_every_answer_allows_the_origin,
    clause.test_credentialed_pages_are_allowed,
    clause.test_answer_varies_by_origin,
    clause.test_answer_exposes_its_headers,
    foreign_clause.test_unlisted_origin_is_not_allowed,
]


def from_page(origin: str = ORIGIN) -> tuple[tuple[str, str], ...]:
    return with_header(REQUEST_HEADERS, "Origin", origin)


def page_turn(label: str = "turn", *, origin: str = ORIGIN, cors: Any = CORS, extra: Any = ()) -> Exchange:
    return turn(label, request_headers=from_page(origin), headers=(*STREAM_HEADERS, *cors, *extra))


def page_refusal(label: str, *, origin: str = ORIGIN, cors: Any = CORS, extra: Any = (), **changes: Any) -> Exchange:
    return refusal(label, request_headers=from_page(origin), headers=(*JSON_HEADERS, *cors, *extra), **changes)


def preflight(cors: Any = CORS, *, origin: str = ORIGIN, label: str = "listed") -> Exchange:
    asked = (("Origin", origin), ("Access-Control-Request-Method", "POST"))
    return exchange(label, status=204, method="OPTIONS", request_headers=asked, headers=cors)


def answers(**changes: Any) -> Any:
    """All scenarios of the clause on answers, right unless changed."""
    right = {
        "turn": [page_turn(), page_turn("again")],
        "no_token": page_refusal("chat", status=401),
        "forged_tokens": page_refusal("garbage", status=401),
        "invalid_fields": [page_refusal("empty"), page_refusal("missing", status=422)],
        "broken_json": page_refusal("syntax"),
        "content_type": page_refusal("text", status=415),
        "big_body": page_refusal("two_megabytes", status=413),
        "get": page_refusal("get", status=405, method="GET"),
        "rate_limit": [page_turn("1"), page_refusal("2", status=429)],
    }
    return case(**{**right, **changes})


@pytest.mark.parametrize("judge", ALL)
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)


def test_every_answer_allowed() -> None:
    assert outcome(clause.test_every_answer_allows_the_origin, answers()) is None


@pytest.mark.parametrize(
    ("scenario", "answer", "key"),
    [
        ("turn", page_turn(cors=()), "turn/turn (200)"),
        ("no_token", page_refusal("chat", status=401, cors=()), "no_token/chat (401)"),
        ("forged_tokens", page_refusal("garbage", status=401, cors=()), "forged_tokens/garbage (401)"),
        ("invalid_fields", page_refusal("empty", status=500, cors=()), "invalid_fields/empty (500)"),
        ("broken_json", page_refusal("syntax", status=422, cors=((ACAO, f"{ORIGIN}/"),)), "broken_json/syntax (422)"),
        ("content_type", page_refusal("text", status=415, cors=()), "content_type/text (415)"),
        ("big_body", page_refusal("two_megabytes", status=413, cors=()), "big_body/two_megabytes (413)"),
        ("get", page_refusal("get", status=405, cors=()), "get/get (405)"),
        ("rate_limit", page_refusal("9", status=429, cors=()), "rate_limit/9 (429)"),
    ],
)
def test_answer_hidden_from_the_page(scenario: str, answer: Exchange, key: str) -> None:
    raised = outcome(clause.test_every_answer_allows_the_origin, answers(**{scenario: answer}))
    assert isinstance(raised, Failure)
    assert key in raised.found
    assert raised.at is not None
    assert raised.at.label == answer.label


def test_hidden_answers_are_counted_and_listed() -> None:
    refused = [page_refusal(str(number), cors=()) for number in range(9)]
    text = found(clause.test_every_answer_allows_the_origin, answers(invalid_fields=refused))
    assert text.startswith(f"9 of 19 answers blocked for the page at {ORIGIN}")
    assert text.endswith("invalid_fields/5 (400) and 3 more")


def test_wildcard_allows_the_origin() -> None:
    assert outcome(clause.test_every_answer_allows_the_origin, answers(turn=page_turn(cors=((ACAO, "*"),)))) is None


def test_answers_that_no_page_could_get_do_not_count() -> None:
    others = [
        page_turn(),
        page_turn("evil", origin=EVIL, cors=()),
        turn("native"),
        preflight((), label="preflight"),
        turn("lost", status=None, request_headers=from_page()),
    ]
    assert outcome(clause.test_every_answer_allows_the_origin, answers(turn=others)) is None


def test_scenario_that_is_not_claimed_is_left_out() -> None:
    assert outcome(clause.test_every_answer_allows_the_origin, answers(no_token=NO_TOKEN)) is None


def test_scenario_that_failed_leaves_no_verdict_but_does_not_hide_a_failure() -> None:
    cut = recording("rate_limit", not_testable="no 429 came")
    assert isinstance(outcome(clause.test_every_answer_allows_the_origin, answers(rate_limit=cut)), NotTestable)
    broken = answers(rate_limit=cut, no_token=page_refusal("chat", status=401, cors=()))
    assert "no_token/chat" in found(clause.test_every_answer_allows_the_origin, broken)


def test_no_page_among_the_requests() -> None:
    native: dict[str, Any] = {
        name: turn()
        for name in (
            *("turn", "no_token", "forged_tokens", "invalid_fields"),
            *("broken_json", "content_type", "big_body", "get"),
        )
    }
    raised = outcome(clause.test_every_answer_allows_the_origin, case(**native, rate_limit=turn()))
    assert isinstance(raised, NotTestable)
    assert "listed origin" in raised.missing


WITH_COOKIES = (*CORS, (ACAC, "true"))


@pytest.mark.parametrize(
    ("auth", "turn_cors", "preflight_cors", "kind"),
    [
        (COOKIE, WITH_COOKIES, WITH_COOKIES, type(None)),
        (COOKIE, CORS, WITH_COOKIES, Failure),
        (COOKIE, WITH_COOKIES, ((ACAO, f"{ORIGIN}/"), (ACAC, "true")), type(None)),
        (COOKIE, ((ACAO, EVIL), (ACAC, "true")), WITH_COOKIES, NotTestable),
        (None, CORS, ((ACAO, f"{ORIGIN}/"), (ACAC, "true")), NotTestable),
        (COOKIE, WITH_COOKIES, CORS, Failure),
        (COOKIE, (*CORS, (ACAC, "True")), WITH_COOKIES, Failure),
        (COOKIE, ((ACAO, "*"), (ACAC, "true")), WITH_COOKIES, Failure),
        (None, WITH_COOKIES, WITH_COOKIES, type(None)),
        (None, (*CORS, (ACAC, "True")), WITH_COOKIES, Failure),
        (None, ((ACAO, "*"), (ACAC, "true")), CORS, Failure),
        (None, CORS, ((ACAO, "*"), (ACAC, "true")), Failure),
        (None, CORS, CORS, NotClaimed),
        (None, (*CORS, (ACAC, "false")), CORS, NotClaimed),
        (None, ((ACAO, "*"),), ((ACAO, "*"),), NotClaimed),
    ],
)
def test_credentialed_pages(auth: Auth | None, turn_cors: Any, preflight_cors: Any, kind: type) -> None:
    recorded = case(auth=auth, turn=page_turn(cors=turn_cors), preflight=preflight(preflight_cors))
    assert isinstance(outcome(clause.test_credentialed_pages_are_allowed, recorded), kind)


def vary_case(listed: Any, evil: Any, native: Any, **changes: Any) -> Any:
    return case(
        turn=page_turn(cors=listed),
        native=turn(headers=(*STREAM_HEADERS, *native)),
        foreign_origins=[page_turn("actual_turn/evil", origin=EVIL, cors=evil)],
        **changes,
    )


@pytest.mark.parametrize(
    ("listed", "evil", "native", "kind"),
    [
        (CORS, (), (), type(None)),
        (((ACAO, ORIGIN), ("Vary", "Accept-Encoding, origin")), (), (), type(None)),
        (((ACAO, ORIGIN), ("Vary", "*")), (), (), type(None)),
        (((ACAO, ORIGIN),), (), (), Failure),
        (((ACAO, ORIGIN), ("Vary", "Accept")), ((ACAO, EVIL),), (), Failure),
        (CORS, ((ACAO, EVIL),), (), Failure),
        (((ACAO, ORIGIN),), ((ACAO, ORIGIN),), ((ACAO, ORIGIN),), type(None)),
        (((ACAO, "*"),), ((ACAO, "*"),), (), type(None)),
        ((), (), (), NotTestable),
    ],
)
def test_vary_where_the_answer_depends_on_the_origin(listed: Any, evil: Any, native: Any, kind: type) -> None:
    assert isinstance(outcome(clause.test_answer_varies_by_origin, vary_case(listed, evil, native)), kind)


def test_vary_without_foreign_origins_compares_with_a_native_client() -> None:
    absent = recording("foreign_origins", not_claimed="any origin")
    dependent = case(turn=page_turn(cors=((ACAO, ORIGIN),)), native=turn(), foreign_origins=absent)
    assert "no Vary" in found(clause.test_answer_varies_by_origin, dependent)
    silent = case(turn=page_turn(), native=turn(status=None), foreign_origins=absent)
    assert isinstance(outcome(clause.test_answer_varies_by_origin, silent), NotTestable)


def limited(status: int = 429, *, expose: str = "X-Request-Id, Retry-After", retry_after: str = "1") -> Exchange:
    headers = (*JSON_HEADERS, *CORS, ("Retry-After", retry_after), (EXPOSE, expose))
    return exchange("2", status=status, request_headers=from_page(), headers=headers)


NO_LIMIT = recording("rate_limit", not_claimed="no limit")


@pytest.mark.parametrize(
    ("expose", "limit", "auth", "kind"),
    [
        ("X-Request-Id", NO_LIMIT, None, type(None)),
        ("x-request-id, retry-after", limited(), None, type(None)),
        ("*", NO_LIMIT, None, type(None)),
        ("*", NO_LIMIT, COOKIE, Failure),
        ("X-Other", NO_LIMIT, None, Failure),
        (None, NO_LIMIT, None, Failure),
        ("X-Request-Id", limited(expose="X-Request-Id"), None, Failure),
        ("X-Request-Id", page_refusal("2", status=429, cors=(), extra=(("Retry-After", "1"),)), None, type(None)),
        ("X-Request-Id", limited(503, expose="X-Request-Id"), None, type(None)),
        ("X-Request-Id", recording("rate_limit", not_testable="no 429"), None, NotTestable),
    ],
)
def test_headers_are_exposed(expose: str | None, limit: Any, auth: Auth | None, kind: type) -> None:
    extra = () if expose is None else ((EXPOSE, expose),)
    recorded = case(auth=auth, turn=page_turn(extra=extra), rate_limit=limit)
    assert isinstance(outcome(clause.test_answer_exposes_its_headers, recorded), kind)


def test_nothing_to_expose() -> None:
    hidden = page_turn(cors=())
    assert isinstance(
        outcome(clause.test_answer_exposes_its_headers, case(turn=hidden, rate_limit=NO_LIMIT)), NotClaimed
    )
    bare = exchange("turn", request_headers=from_page(), headers=(("Content-Type", "text/event-stream"), *CORS))
    assert isinstance(outcome(clause.test_answer_exposes_its_headers, case(turn=bare, rate_limit=NO_LIMIT)), NotClaimed)


def foreign(*exchanges: Exchange, listed: Any = CORS) -> Any:
    return case(
        backend=Backend(origins=(ORIGIN,)),
        turn=page_turn(cors=listed),
        foreign_origins=list(exchanges),
    )


@pytest.mark.parametrize(
    "exchanges",
    [
        [preflight((), origin=EVIL, label="preflight/evil"), page_turn("actual_turn/evil", origin=EVIL, cors=())],
        [preflight(CORS, origin=EVIL, label="preflight/evil")],
        [page_refusal("actual/null", origin="null", cors=((ACAO, ORIGIN),))],
        [page_refusal("actual/evil", origin=EVIL, cors=((ACAO, "null"),))],
    ],
)
def test_unlisted_origin_reads_nothing(exchanges: list[Exchange]) -> None:
    assert outcome(foreign_clause.test_unlisted_origin_is_not_allowed, foreign(*exchanges)) is None


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (preflight(((ACAO, EVIL),), origin=EVIL, label="preflight/evil"), f"`Access-Control-Allow-Origin: {EVIL}`"),
        (page_turn("actual_turn/evil", origin=EVIL, cors=((ACAO, "*"),)), "`Access-Control-Allow-Origin: *`"),
        (page_refusal("actual/null", origin="null", cors=((ACAO, "null"),)), "`Access-Control-Allow-Origin: null`"),
        (
            page_refusal("actual/suffix", origin=f"{ORIGIN}.evil.example", cors=((ACAO, f"{ORIGIN}.evil.example"),)),
            ".evil.example: allowed",
        ),
        (turn("actual_turn/evil", status=None, request_headers=from_page(EVIL)), "no answer"),
    ],
)
def test_unlisted_origin_reads_something(entry: Exchange, text: str) -> None:
    assert text in found(foreign_clause.test_unlisted_origin_is_not_allowed, foreign(entry))


def test_refusals_do_not_count_where_nobody_is_allowed() -> None:
    refused = page_turn("actual_turn/evil", origin=EVIL, cors=())
    raised = outcome(foreign_clause.test_unlisted_origin_is_not_allowed, foreign(refused, listed=()))
    assert isinstance(raised, NotTestable)
    assert "the plain request does not allow the listed origin either" in raised.missing
    assert isinstance(outcome(foreign_clause.test_unlisted_origin_is_not_allowed, foreign()), NotTestable)
