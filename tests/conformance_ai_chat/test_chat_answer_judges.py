"""The judges on headers and CORS."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import AiChat, Auth, Backend
from chatproof.conformance.ai_chat import test_cors, test_headers
from chatproof.failure import Failure, NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import (
    JSON_HEADERS,
    ORIGIN,
    REQUEST_HEADERS,
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

IDS = test_headers.test_every_answer_has_a_request_id_of_its_own
LENGTH = test_headers.test_stream_has_no_content_length
CONNECTION = test_headers.test_connection_header_is_left_out
PROXY = test_headers.test_proxy_buffering_header_is_left_out
CODING = test_headers.test_identity_is_answered_without_coding
STAR = test_cors.test_any_origin_is_never_allowed_with_credentials
AGE = test_cors.test_preflight_may_be_kept_for_a_minute
AGREE = test_cors.test_preflight_and_answer_agree
NATIVE = test_cors.test_native_client_gets_the_same_stream

ALLOWED = (("Access-Control-Allow-Origin", ORIGIN), ("Vary", "Origin"))


def with_id(answer: Any, label: str, value: str | None) -> Any:
    headers = without(answer.response.headers, "X-Request-Id")
    extra = () if value is None else (("X-Request-Id", value),)
    return exchange(label, status=answer.status, headers=(*headers, *extra), body=answer.body)


def identified(
    *,
    turn_id: Any = "r1",
    again_id: Any = "r2",
    empty_id: Any = "r3",
    null_id: Any = "r4",
    broken_id: Any = "r5",
    anonymous_id: Any = "r6",
) -> Any:
    return case(
        turn=[with_id(turn(), "turn", turn_id), with_id(turn(), "again", again_id)],
        invalid_fields=[
            with_id(refusal("x"), "empty", empty_id),
            with_id(refusal("x", status=422), "null", null_id),
            with_id(turn(), "session/sample", "r1"),
            exchange("list", status=None),
        ],
        broken_json=with_id(refusal("x"), "syntax", broken_id),
        no_token=with_id(refusal("x", status=401), "chat", anonymous_id),
    )


def origin(page: str | None) -> Any:
    return (*REQUEST_HEADERS, ("Origin", page)) if page else REQUEST_HEADERS


def asked(label: str, page: str, *headers: Any, status: int = 204) -> Any:
    names = (("Origin", page), ("Access-Control-Request-Method", "POST"))
    return exchange(label, status=status, method="OPTIONS", request_headers=names, headers=headers)


def answered(label: str, page: str, *headers: Any) -> Any:
    return refusal(label, request_headers=origin(page), headers=(*JSON_HEADERS, *headers))


def foreign(*headers: Any, preflight: Any = ()) -> list[Any]:
    pages = {"evil": "https://evil.example", "suffix": f"{ORIGIN}.evil.example"}
    pages |= {"prefix": "http://evil-localhost:3001", "null": "null"}
    return [
        *(asked(f"preflight/{label}", page, *preflight) for label, page in pages.items()),
        *(answered(f"actual/{label}", page, *headers) for label, page in pages.items()),
        turn("actual_turn/evil", request_headers=origin(pages["evil"]), headers=(*STREAM_HEADERS, *headers)),
    ]


def cors(**changes: Any) -> dict[str, Any]:
    page = {"request_headers": origin(ORIGIN), "headers": (*STREAM_HEADERS, *ALLOWED)}
    right: dict[str, Any] = {
        "turn": [turn(**page), turn("again", **page)],
        "preflight": [asked("listed", ORIGIN, *ALLOWED, ("Access-Control-Max-Age", "600"))],
        "invalid_fields": [answered("empty", ORIGIN, *ALLOWED)],
        "foreign_origins": foreign(),
        "native": turn(),
    }
    return right | changes


RIGHT: dict[Any, Any] = {
    IDS: identified(),
    LENGTH: case(turn=turn()),
    CONNECTION: case(turn=turn()),
    PROXY: case(turn=turn()),
    CODING: case(turn=turn()),
    STAR: case(**cors()),
    AGE: case(**cors()),
    AGREE: case(**cors()),
    NATIVE: case(**cors()),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


@pytest.mark.parametrize("judge", [LENGTH, CONNECTION, PROXY, CODING])
def test_turn_without_an_answer_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, case(turn=exchange(status=None))), NotTestable)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"turn_id": None}, "a stream without `X-Request-Id`"),
        ({"again_id": ""}, "a stream with an empty `X-Request-Id`"),
        ({"empty_id": None}, "an answer with status 400 without `X-Request-Id`"),
        ({"null_id": " "}, "an answer with status 422 with an empty `X-Request-Id`"),
        ({"broken_id": None}, "an answer with status 400 without `X-Request-Id`"),
        ({"anonymous_id": None}, "an answer with status 401 without `X-Request-Id`"),
        ({"again_id": "r1"}, "`X-Request-Id: r1` on two answers"),
        ({"null_id": "r3"}, "`X-Request-Id: r3` on two answers"),
    ],
)
def test_request_id_that_is_missing_or_repeated_is_found(changes: Any, expected: str) -> None:
    assert found(IDS, identified(**changes)) == expected


def test_request_ids_need_two_streams_and_an_error() -> None:
    open_to_all: dict[str, Any] = {
        "broken_json": recording("broken_json"),
        "no_token": recording("no_token", not_claimed="no token"),
    }
    streams = [with_id(turn(), "turn", "r1"), with_id(turn(), "again", "r2")]
    refused = with_id(refusal("x"), "empty", "r3")
    assert outcome(IDS, case(turn=streams, invalid_fields=refused, **open_to_all)) is None
    only = case(turn=streams[:1], invalid_fields=refused, **open_to_all)
    assert isinstance(outcome(IDS, only), NotTestable)
    no_error = case(turn=streams, invalid_fields=turn("empty"), **open_to_all)
    assert isinstance(outcome(IDS, no_error), NotTestable)


@pytest.mark.parametrize(
    ("judge", "name", "value"),
    [
        (LENGTH, "Content-Length", "244"),
        (CONNECTION, "Connection", "Keep-Alive"),
        (PROXY, "proxy-buffering", "off"),
        (CODING, "Content-Encoding", "gzip"),
        (CODING, "Content-Encoding", "br"),
    ],
)
def test_header_that_should_not_be_there_is_found(judge: Any, name: str, value: str) -> None:
    headers = with_header(STREAM_HEADERS, name, value)
    assert value in found(judge, case(turn=exchange(headers=headers)))


@pytest.mark.parametrize(
    ("judge", "name", "value"),
    [
        (CONNECTION, "Connection", "close"),
        (CODING, "Content-Encoding", "identity"),
        (CODING, "Content-Encoding", "none"),
    ],
)
def test_header_that_does_no_harm_is_legal(judge: Any, name: str, value: str) -> None:
    assert outcome(judge, case(turn=turn(headers=with_header(STREAM_HEADERS, name, value)))) is None


STARRED = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true"))


@pytest.mark.parametrize(
    "changes",
    [
        {"turn": turn(headers=(*STREAM_HEADERS, *STARRED))},
        {"preflight": [asked("listed", ORIGIN, *STARRED)]},
        {"invalid_fields": [answered("empty", ORIGIN, *STARRED)]},
        {"foreign_origins": foreign(*STARRED)},
    ],
)
def test_star_with_credentials_is_found_on_every_answer(changes: Any) -> None:
    assert "Access-Control-Allow-Origin: * and" in found(STAR, case(**cors(**changes)))


def test_star_with_credentials_is_found_on_the_declared_health_route() -> None:
    settings = AiChat(health_path="/health")
    starred = exchange("health", status=200, headers=STARRED)
    assert "Access-Control-Allow-Origin: * and" in found(STAR, case(settings=settings, **cors(health=starred)))
    assert outcome(STAR, case(**cors(health=starred))) is None


def test_star_alone_is_legal_and_no_header_at_all_is_no_verdict() -> None:
    star = {"turn": turn(headers=(*STREAM_HEADERS, STARRED[0]))}
    assert outcome(STAR, case(**cors(**star))) is None
    any_origin = Backend(url="http://127.0.0.1:3000", origins=(ORIGIN,), cors="any")
    assert outcome(STAR, case(backend=any_origin, **cors(foreign_origins=foreign(*STARRED)))) is None
    bare = {"turn": turn(), "preflight": [asked("listed", ORIGIN)], "invalid_fields": [exchange("empty", status=None)]}
    assert isinstance(outcome(STAR, case(**cors(**bare))), NotTestable)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), "no `Access-Control-Max-Age`"),
        ((("Access-Control-Max-Age", "5"),), "Access-Control-Max-Age: 5"),
        ((("Access-Control-Max-Age", "soon"),), "Access-Control-Max-Age: soon"),
    ],
)
def test_preflight_that_is_asked_again_soon_is_found(headers: Any, expected: str) -> None:
    assert found(AGE, case(**cors(preflight=[asked("listed", ORIGIN, *headers)]))) == expected


def test_refused_preflight_has_no_age() -> None:
    assert isinstance(outcome(AGE, case(**cors(preflight=[asked("listed", ORIGIN, status=401)]))), NotTestable)
    assert isinstance(outcome(AGE, case(**cors(preflight=[exchange("listed", status=None)]))), NotTestable)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"turn": turn(request_headers=origin(ORIGIN))}, f"{ORIGIN} is allowed by the preflight, and denied"),
        ({"preflight": [asked("listed", ORIGIN)]}, f"{ORIGIN} is denied by the preflight, and allowed"),
        ({"foreign_origins": foreign(STARRED[0])}, "https://evil.example is denied by the preflight, and allowed"),
        ({"foreign_origins": foreign(preflight=[STARRED[0]])}, "https://evil.example is allowed by the preflight"),
    ],
)
def test_preflight_that_contradicts_the_answer_is_found(changes: Any, expected: str) -> None:
    assert expected in found(AGREE, case(**cors(**changes)))


def test_agreement_on_any_policy_is_legal() -> None:
    echoed = foreign(STARRED[0], preflight=[STARRED[0]])
    assert outcome(AGREE, case(**cors(foreign_origins=echoed))) is None
    any_origin = Backend(url="http://127.0.0.1:3000", origins=(ORIGIN,), cors="any")
    assert outcome(AGREE, case(backend=any_origin, **cors(foreign_origins=foreign(STARRED[0])))) is None
    cookie = Auth(scheme="cookie", token="sesame", name="session")
    star = {"turn": turn(headers=(*STREAM_HEADERS, STARRED[0]), request_headers=origin(ORIGIN))}
    both_denied = cors(**star, preflight=[asked("listed", ORIGIN, *STARRED)])
    assert outcome(AGREE, case(auth=cookie, **both_denied)) is None


def test_unanswered_pairs_are_no_verdict() -> None:
    dead = [exchange(entry.label, status=None) for entry in foreign()]
    nothing = cors(preflight=[exchange("listed", status=None)], foreign_origins=dead)
    assert isinstance(outcome(AGREE, case(**nothing)), NotTestable)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        (refusal("turn", status=403), "without `Origin`: status 403 with application/json"),
        (exchange(status=None), "without `Origin`: no answer (connection reset by peer)"),
        (turn(body=TURN.replace(b"stop", b"error")), "without `Origin`: `finish_reason` error"),
        (turn(body=b": hello\n\n"), "without `Origin`: no `done` in 0 events; the body ended by: terminal chunk"),
        (turn(headers=JSON_HEADERS), "without `Origin`: status 200 with application/json"),
        (turn(end=End.CUT_IN_CHUNK), "without `Origin`: the body ended by: cut inside a chunk"),
    ],
)
def test_native_client_that_gets_less_is_found(native: Any, expected: str) -> None:
    assert found(NATIVE, case(**cors(native=native))) == expected


def test_defects_of_every_turn_are_not_held_against_this_one() -> None:
    bare = turn(body=TURN.replace(b"event: done", b"event: end"), end=End.STILL_OPEN)
    assert outcome(NATIVE, case(**cors(turn=bare, native=bare))) is None
    assert isinstance(outcome(NATIVE, case(**cors(turn=refusal("turn")))), NotTestable)


def test_failures_point_at_an_exchange() -> None:
    raised = outcome(
        LENGTH, case(turn=[turn(), turn("again", headers=with_header(STREAM_HEADERS, "Content-Length", "9"))])
    )
    assert isinstance(raised, Failure)
    assert raised.at is not None
    assert raised.at.label == "again"
