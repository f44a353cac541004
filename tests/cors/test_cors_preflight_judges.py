from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Auth
from chatproof.conformance.cors import test_preflight as clause
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.requirement import requirement_of
from chatproof.verdict import Level
from support.outcome import found, outcome
from support.recordings import ORIGIN, case, exchange, recording, with_header, without

if TYPE_CHECKING:
    from chatproof.case import Case

ACAO, ACAC = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
ACAM, ACAH = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"
RIGHT = ((ACAO, ORIGIN), (ACAM, "POST"), (ACAH, "authorization, content-type"), ("Access-Control-Max-Age", "600"))
COOKIE = Auth(scheme="cookie", name="session", token="x")
ALL = [
    clause.test_preflight_has_an_ok_status,
    clause.test_preflight_needs_no_credentials,
    clause.test_preflight_allows_the_origin,
    clause.test_preflight_allows_the_method,
    clause.test_preflight_lists_authorization_by_name,
    clause.test_preflight_allows_the_headers,
    clause.test_preflight_may_be_kept,
]


def asked(label: str, names: str = "authorization,content-type", **changes: Any) -> Any:
    wanted = (("Origin", ORIGIN), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", names))
    return exchange(
        label, **{"status": 204, "headers": RIGHT, "method": "OPTIONS", "request_headers": wanted, **changes}
    )


def preflight(*, auth: Auth | None = None, names: str = "authorization,content-type", **changes: Any) -> Case:
    curl_form = asked("curl_form", "Authorization,Content-Type", **changes)
    return case(auth=auth, preflight=[asked("listed", names, **changes), curl_form])


@pytest.mark.parametrize("judge", ALL)
def test_right_preflight_meets_all(judge: Any) -> None:
    assert outcome(judge, preflight()) is None


@pytest.mark.parametrize("judge", ALL)
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    assert isinstance(outcome(judge, case(preflight=recording("preflight", not_testable="cut"))), NotTestable)
    assert isinstance(outcome(judge, case(preflight=recording("preflight", not_claimed="none"))), NotClaimed)


@pytest.mark.parametrize("judge", ALL)
def test_no_answer_meets_nothing(judge: Any) -> None:
    raised = outcome(judge, preflight(status=None))
    assert isinstance(raised, Failure if judge is clause.test_preflight_has_an_ok_status else NotTestable)


@pytest.mark.parametrize("judge", ALL[2:])
def test_headers_of_a_refused_preflight_say_nothing(judge: Any) -> None:
    assert isinstance(outcome(judge, preflight(status=404)), NotTestable)
    assert isinstance(outcome(judge, preflight(status=401, headers=())), NotTestable)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 405, 500])
def test_status_other_than_ok(status: int) -> None:
    assert f"status {status}" in found(clause.test_preflight_has_an_ok_status, preflight(status=status))


def test_browser_form_refused_and_curl_form_accepted() -> None:
    recorded = case(preflight=[asked("listed", status=400), asked("curl_form", "Authorization,Content-Type")])
    text = found(clause.test_preflight_has_an_ok_status, recorded)
    assert "asked for `authorization,content-type` it refuses" in text
    assert "asked for `Authorization,Content-Type` it does not" in text


def test_curl_form_refused_alone_blocks_no_browser() -> None:
    recorded = case(preflight=[asked("listed"), asked("curl_form", "Authorization,Content-Type", status=400)])
    assert outcome(clause.test_preflight_has_an_ok_status, recorded) is None


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, (), Failure),
        (407, (), Failure),
        (403, (("WWW-Authenticate", "Bearer"),), Failure),
        (403, (), NotTestable),
        (404, (), NotTestable),
        (204, (("WWW-Authenticate", "Bearer"),), type(None)),
    ],
)
def test_preflight_that_asks_for_credentials(status: int, headers: Any, kind: type) -> None:
    assert isinstance(
        outcome(clause.test_preflight_needs_no_credentials, preflight(status=status, headers=headers)), kind
    )


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "missing"),
        (["http://localhost:3001/"], "slash"),
        (["http://localhost:3002"], "`http://localhost:3002`"),
        ([ORIGIN, ORIGIN], "several values"),
        (["null"], "`null`"),
    ],
)
def test_origin_not_allowed(values: list[str], text: str) -> None:
    headers = with_header(RIGHT, ACAO, *values)
    assert text in found(clause.test_preflight_allows_the_origin, preflight(headers=headers))


def test_wildcard_is_right_until_cookies_are_sent() -> None:
    headers = with_header(RIGHT, ACAO, "*")
    assert outcome(clause.test_preflight_allows_the_origin, preflight(headers=headers)) is None
    raised = outcome(clause.test_preflight_allows_the_origin, preflight(headers=headers, auth=COOKIE))
    assert isinstance(raised, Failure)
    assert "`*`" not in raised.expected
    assert "with credentials" in raised.found


def test_missing_permission_for_cookies_is_not_the_origin() -> None:
    assert outcome(clause.test_preflight_allows_the_origin, preflight(auth=COOKIE)) is None


@pytest.mark.parametrize("value", ["GET POST", "Bad method name"])
def test_methods_that_are_no_list(value: str) -> None:
    headers = with_header(RIGHT, ACAM, value)
    assert "no list of methods" in found(clause.test_preflight_allows_the_method, preflight(headers=headers))


def test_methods_are_safelisted() -> None:
    assert outcome(clause.test_preflight_allows_the_method, preflight(headers=without(RIGHT, ACAM))) is None
    assert outcome(clause.test_preflight_allows_the_method, preflight(headers=with_header(RIGHT, ACAM, "GET"))) is None


def test_wildcard_for_authorization_is_a_remark_only() -> None:
    recorded = preflight(headers=with_header(RIGHT, ACAH, "*"))
    assert "Chromium 156" in found(clause.test_preflight_lists_authorization_by_name, recorded)
    assert outcome(clause.test_preflight_allows_the_headers, recorded) is None
    entry = requirement_of(clause.test_preflight_lists_authorization_by_name)
    assert entry is not None
    assert entry.level is Level.SHOULD


def test_authorization_neither_listed_nor_covered() -> None:
    recorded = preflight(headers=with_header(RIGHT, ACAH, "content-type"))
    text = found(clause.test_preflight_lists_authorization_by_name, recorded)
    assert "`authorization` is not in" in text
    assert "Chromium" not in text
    assert "`authorization` is not in" in found(clause.test_preflight_allows_the_headers, recorded)


def test_wildcard_with_cookies_covers_nothing() -> None:
    recorded = preflight(headers=with_header(RIGHT, ACAH, "*"), auth=COOKIE, names="content-type")
    assert "`content-type` is not in" in found(clause.test_preflight_allows_the_headers, recorded)
    assert isinstance(outcome(clause.test_preflight_lists_authorization_by_name, recorded), NotClaimed)


def test_content_type_missing_is_not_authorization_missing() -> None:
    recorded = preflight(headers=with_header(RIGHT, ACAH, "authorization"))
    assert outcome(clause.test_preflight_lists_authorization_by_name, recorded) is None
    assert "`content-type` is not in" in found(clause.test_preflight_allows_the_headers, recorded)


def test_headers_that_are_no_list() -> None:
    recorded = preflight(headers=with_header(RIGHT, ACAH, "authorization content-type"))
    assert "no list of header names" in found(clause.test_preflight_allows_the_headers, recorded)
    assert "no list of header names" in found(clause.test_preflight_lists_authorization_by_name, recorded)


def test_preflight_for_no_header_shows_nothing() -> None:
    assert isinstance(outcome(clause.test_preflight_allows_the_headers, preflight(names="")), NotTestable)


@pytest.mark.parametrize("value", ["600s", "-1", ""])
def test_max_age_that_is_no_number(value: str) -> None:
    recorded = preflight(headers=with_header(RIGHT, "Access-Control-Max-Age", value))
    assert found(clause.test_preflight_may_be_kept, recorded) == f"`Access-Control-Max-Age: {value}`"


def test_max_age_missing() -> None:
    recorded = preflight(headers=without(RIGHT, "Access-Control-Max-Age"))
    assert found(clause.test_preflight_may_be_kept, recorded) == "no Access-Control-Max-Age"
