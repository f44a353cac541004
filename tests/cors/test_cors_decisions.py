"""A browser's decisions as a table: bytes in, decision out. Cases after WPT `cors/` and `fetch/api/cors/`."""

from __future__ import annotations

import pytest

from chatproof.cors import (
    CorsRequest,
    Reason,
    actual_decision,
    exposes,
    header_check,
    max_age_seconds,
    preflight_decision,
)
from chatproof.recording import Response

PAGE = "http://localhost:3001"
ACAO, ACAC = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
ACAM, ACAH = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"


def answer(*headers: tuple[str, str], status: int = 200) -> Response:
    return Response(status=status, reason="", version="HTTP/1.1", headers=headers, at_ns=0, first_byte_ns=0)


def asked(method: str = "POST", *names: str, credentials: bool = False, origin: str = PAGE) -> CorsRequest:
    return CorsRequest(origin=origin, method=method, unsafe_names=names, credentials=credentials)


ORIGIN_CASES = [
    # WPT cors/origin.htm, shouldPass
    (["*"], Reason.ALLOWED),
    ([" *  "], Reason.ALLOWED),
    (["\t*"], Reason.ALLOWED),
    ([PAGE], Reason.ALLOWED),
    ([f" {PAGE}"], Reason.ALLOWED),
    ([f" {PAGE}   \t "], Reason.ALLOWED),
    # shouldFail
    ([], Reason.ORIGIN_MISSING),
    ([""], Reason.ORIGIN_DIFFERENT),
    (["http://www.localhost:3001"], Reason.ORIGIN_DIFFERENT),
    (["//localhost:3001"], Reason.ORIGIN_DIFFERENT),
    (["http:/localhost:3001"], Reason.ORIGIN_DIFFERENT),
    (["localhost:3001"], Reason.ORIGIN_DIFFERENT),
    (["https://localhost:3001"], Reason.ORIGIN_DIFFERENT),
    ([f"{PAGE}?"], Reason.ORIGIN_DIFFERENT),
    ([f"{PAGE}/"], Reason.ORIGIN_DIFFERENT),
    ([f"{PAGE}\0"], Reason.ORIGIN_DIFFERENT),
    ([PAGE.upper()], Reason.ORIGIN_DIFFERENT),
    (["HTTP://localhost:3001"], Reason.ORIGIN_DIFFERENT),
    (["**"], Reason.ORIGIN_DIFFERENT),
    (["*\0"], Reason.ORIGIN_DIFFERENT),
    (["'*'"], Reason.ORIGIN_DIFFERENT),
    (["* *"], Reason.ORIGIN_DIFFERENT),
    (["null"], Reason.ORIGIN_DIFFERENT),
    (["null *"], Reason.ORIGIN_DIFFERENT),
    (["http://*.localhost:3001"], Reason.ORIGIN_DIFFERENT),
    ([f"{PAGE} http://b.example"], Reason.ORIGIN_DIFFERENT),
    ([f"{PAGE}, *"], Reason.ORIGIN_SEVERAL),
    ([f"*, {PAGE}"], Reason.ORIGIN_SEVERAL),
    # doubleOrigin
    (["", "*"], Reason.ORIGIN_SEVERAL),
    (["*", "*"], Reason.ORIGIN_SEVERAL),
    (["*", PAGE], Reason.ORIGIN_SEVERAL),
    ([PAGE, PAGE], Reason.ORIGIN_SEVERAL),
]


@pytest.mark.parametrize(("values", "reason"), ORIGIN_CASES)
def test_origin_is_compared_byte_for_byte(values: list[str], reason: Reason) -> None:
    decision = actual_decision(asked(), answer(*((ACAO, value) for value in values)))
    assert decision.reason is reason
    assert decision.allowed is (reason is Reason.ALLOWED)


CREDENTIAL_CASES = [
    # WPT cors/credentials-flag.htm, fetch/api/cors/cors-cookies.any.js
    ("*", ["true"], Reason.WILDCARD_WITH_CREDENTIALS),
    ("*", [], Reason.WILDCARD_WITH_CREDENTIALS),
    (PAGE, ["true"], Reason.ALLOWED),
    (PAGE, [" true "], Reason.ALLOWED),
    (PAGE, [], Reason.CREDENTIALS_NOT_ALLOWED),
    (PAGE, ["True"], Reason.CREDENTIALS_NOT_ALLOWED),
    (PAGE, ["TRUE"], Reason.CREDENTIALS_NOT_ALLOWED),
    (PAGE, ["false"], Reason.CREDENTIALS_NOT_ALLOWED),
    (PAGE, ["1"], Reason.CREDENTIALS_NOT_ALLOWED),
    (PAGE, ["true", "true"], Reason.CREDENTIALS_NOT_ALLOWED),
    ("http://b.example", ["true"], Reason.ORIGIN_DIFFERENT),
]


@pytest.mark.parametrize(("origin", "credentials", "reason"), CREDENTIAL_CASES)
def test_credentials_need_the_exact_origin_and_true(origin: str, credentials: list[str], reason: Reason) -> None:
    response = answer((ACAO, origin), *((ACAC, value) for value in credentials))
    assert actual_decision(asked(credentials=True), response).reason is reason


def test_credentials_allowed_do_not_matter_to_a_request_without_them() -> None:
    assert actual_decision(asked(), answer((ACAO, PAGE), (ACAC, "True"))).allowed


def test_opaque_origin_matches_null_and_wildcard_only() -> None:
    opaque = asked(origin="null")
    assert actual_decision(opaque, answer((ACAO, "null"))).allowed
    assert actual_decision(opaque, answer((ACAO, "*"))).allowed
    assert actual_decision(opaque, answer((ACAO, PAGE))).reason is Reason.ORIGIN_DIFFERENT


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 422, 429, 500, 503])
def test_actual_answer_may_have_any_status(status: int) -> None:
    assert actual_decision(asked(), answer((ACAO, PAGE), status=status)).allowed
    assert not actual_decision(asked(), answer(status=status)).allowed


# WPT fetch/api/cors/cors-preflight-status.any.js
@pytest.mark.parametrize(
    ("status", "allowed"),
    [(200, True), (201, True), (204, True), (206, True), (299, True)]
    + [(status, False) for status in (199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 405, 500, 501)],
)
def test_preflight_needs_an_ok_status(status: int, allowed: bool) -> None:
    decision = preflight_decision(asked("GET"), answer((ACAO, "*"), status=status))
    assert decision.allowed is allowed
    assert allowed or decision.reason is Reason.STATUS_NOT_OK


# WPT fetch/api/cors/cors-preflight-star.any.js: (succeeds, credentials, allow methods, allow headers, method, header)
STAR_CASES = [
    (True, False, "get", "x-test", "GET", "x-test"),
    (True, False, "*", "x-test", "SUPER", "x-test"),
    (True, False, "*", "*", "OK", "x-test"),
    (False, True, "*", "*", "OK", "x-test"),
    (False, True, "*", "", "PUT", ""),
    (True, True, "PUT", "*", "PUT", ""),
    (False, True, "get", "*", "GET", "x-test"),
    (False, True, "*", "*", "GET", "x-test"),
    (True, True, "*", "*", "*", "*"),
    (False, True, "put", "*", "PUT", ""),
]


@pytest.mark.parametrize("row", STAR_CASES)
def test_star_covers_methods_and_headers_without_credentials_only(
    row: tuple[bool, bool, str, str, str, str],
) -> None:
    succeeds, credentials, methods, headers, method, header = row
    names = (header,) if header else ()
    response = answer((ACAO, PAGE), (ACAC, "true"), (ACAM, methods), (ACAH, headers))
    assert preflight_decision(asked(method, *names, credentials=credentials), response).allowed is succeeds


METHOD_CASES = [
    ("POST", [], Reason.ALLOWED),
    ("POST", ["GET"], Reason.ALLOWED),
    ("HEAD", ["PUT"], Reason.ALLOWED),
    ("GET", [""], Reason.ALLOWED),
    ("PUT", ["POST, PUT"], Reason.ALLOWED),
    ("PUT", ["POST", "PUT"], Reason.ALLOWED),
    ("PUT", [",POST,,PUT ,"], Reason.ALLOWED),
    ("PUT", [], Reason.METHOD_NOT_LISTED),
    ("PUT", ["POST"], Reason.METHOD_NOT_LISTED),
    ("PUT", ["Put"], Reason.METHOD_NOT_LISTED),
    ("patch", ["PATCH"], Reason.METHOD_NOT_LISTED),
    ("POST", ["Bad method name"], Reason.METHODS_MALFORMED),
    ("POST", ["GET POST"], Reason.METHODS_MALFORMED),
    ("POST", ['"POST"'], Reason.METHODS_MALFORMED),
]


@pytest.mark.parametrize(("method", "values", "reason"), METHOD_CASES)
def test_method_is_listed_safe_or_refused(method: str, values: list[str], reason: Reason) -> None:
    response = answer((ACAO, PAGE), *((ACAM, value) for value in values))
    assert preflight_decision(asked(method), response).reason is reason


HEADER_CASES = [
    (["authorization", "content-type"], ["Authorization, Content-Type"], False, Reason.ALLOWED),
    (["authorization", "content-type"], ["AUTHORIZATION", "content-TYPE"], False, Reason.ALLOWED),
    (["authorization"], ["*"], False, Reason.AUTHORIZATION_NOT_LISTED),
    (["authorization"], ["*, Authorization"], False, Reason.ALLOWED),
    (["authorization"], ["*, Authorization"], True, Reason.ALLOWED),
    (["authorization"], ["content-type"], False, Reason.AUTHORIZATION_NOT_LISTED),
    (["content-type"], ["*"], False, Reason.ALLOWED),
    (["content-type"], ["*"], True, Reason.HEADER_NOT_LISTED),
    (["content-type", "last-event-id"], ["content-type"], False, Reason.HEADER_NOT_LISTED),
    (["content-type"], [], False, Reason.HEADER_NOT_LISTED),
    ([], [], False, Reason.ALLOWED),
    (["x-force-preflight"], ["x-force-preflight,header name with space"], False, Reason.HEADERS_MALFORMED),
]


@pytest.mark.parametrize(("names", "values", "credentials", "reason"), HEADER_CASES)
def test_unsafe_header_is_listed_or_covered(
    names: list[str], values: list[str], credentials: bool, reason: Reason
) -> None:
    response = answer((ACAO, PAGE), (ACAC, "true"), *((ACAH, value) for value in values))
    assert preflight_decision(asked("POST", *names, credentials=credentials), response).reason is reason


def test_chromium_lets_the_wildcard_cover_authorization() -> None:
    response = answer((ACAO, PAGE), (ACAH, "*"))
    request = asked("POST", "authorization")
    assert header_check(request, response, wildcard_covers_authorization=True).allowed
    assert not header_check(request, response).allowed
    assert not header_check(
        asked("POST", "authorization", credentials=True), response, wildcard_covers_authorization=True
    ).allowed


def test_preflight_names_the_status_before_the_origin() -> None:
    assert preflight_decision(asked(), answer(status=401)).reason is Reason.STATUS_NOT_OK
    assert preflight_decision(asked(), answer()).reason is Reason.ORIGIN_MISSING


def test_no_answer_blocks() -> None:
    assert preflight_decision(asked(), None).reason is Reason.NO_ANSWER
    assert str(actual_decision(asked(), None)) == f"page at {PAGE}: blocked because there was no answer"


SENTENCES = [
    (answer((ACAO, PAGE), (ACAC, "true")), "allowed"),
    (answer((ACAO, "*"), (ACAC, "true")), "blocked because Access-Control-Allow-Origin is `*` with credentials"),
    (answer(), "blocked because Access-Control-Allow-Origin is missing"),
    (
        answer((ACAO, f"{PAGE}/")),
        f"blocked because Access-Control-Allow-Origin is `{PAGE}/`, with a slash at the end that an origin never has",
    ),
    (
        answer((ACAO, "http://LOCALHOST:3001")),
        "blocked because Access-Control-Allow-Origin is `http://LOCALHOST:3001`, which differs in case",
    ),
    (
        answer((ACAO, PAGE)),
        "blocked because Access-Control-Allow-Credentials is missing, and the request carries credentials",
    ),
    (
        answer((ACAO, PAGE), (ACAC, "True")),
        "blocked because Access-Control-Allow-Credentials is `True`, not `true`, and the request carries credentials",
    ),
]


@pytest.mark.parametrize(("response", "sentence"), SENTENCES)
def test_decision_is_a_sentence(response: Response, sentence: str) -> None:
    assert str(actual_decision(asked(credentials=True), response)) == f"page at {PAGE}: {sentence}"


def test_sentences_of_preflight_quote_the_answer() -> None:
    response = answer((ACAO, PAGE), (ACAM, "GET"))
    assert preflight_decision(asked("PUT"), response).because == "PUT is not in Access-Control-Allow-Methods (`GET`)"
    assert (
        preflight_decision(asked("POST", "x-a"), response).because
        == "`x-a` is not in Access-Control-Allow-Headers (which is missing)"
    )


EXPOSE_CASES = [
    # WPT cors/response-headers.htm, fetch/api/cors/cors-expose-star.sub.any.js
    ("Content-Type", [], False, True),
    ("cache-control", [], True, True),
    ("X-Request-Id", [], False, False),
    ("X-Request-Id", ["x-request-id"], False, True),
    ("X-Request-Id", ["retry-after, X-REQUEST-ID"], True, True),
    ("X-Request-Id", ["retry-after", "x-request-id"], False, True),
    ("X-Request-Id", ["*"], False, True),
    ("X-Request-Id", ["*"], True, False),
    ("*", ["*"], True, True),
    ("X-Request-Id", ["x request id, x-request-id"], False, False),
    ("Set-Cookie", ["*, set-cookie"], False, False),
]


@pytest.mark.parametrize(("name", "values", "credentials", "visible"), EXPOSE_CASES)
def test_exposed_response_header(name: str, values: list[str], credentials: bool, visible: bool) -> None:
    response = answer(*(("Access-Control-Expose-Headers", value) for value in values))
    assert exposes(response, name, credentials=credentials) is visible


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["600"], 600),
        ([" 0 "], 0),
        (["00"], 0),
        (["0086400"], 86400),
        (["9" * 5000], 2**31),
        (["9999999999"], 2**31),
        ([], None),
        ([""], None),
        (["-1"], None),
        (["+5"], None),
        (["600s"], None),
        (["1.5"], None),
        (["\u0663\u0660"], None),
        (["5", "6"], None),
    ],
)
def test_max_age_is_delta_seconds(values: list[str], seconds: int | None) -> None:
    assert max_age_seconds(answer(*(("Access-Control-Max-Age", value) for value in values))) == seconds
