"""The judges on sessions of OpenAI's: what the page gets, and what OpenAI is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatproof.config.profile_keys import ChatKit
from chatproof.conformance.chatkit import test_hosted_sessions, test_hosted_upstream
from chatproof.failure import NotTestable
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, case, exchange, recording, refusal

ALONE = test_hosted_sessions.test_page_gets_the_secret_alone
PREFIX = test_hosted_sessions.test_secret_looks_like_openais
NO_ID = test_hosted_sessions.test_secret_is_not_the_id
TEXT = test_hosted_sessions.test_start_and_renewal_yield_a_text
ASKED = test_hosted_upstream.test_openai_is_asked_as_it_wants
EXPIRY = test_hosted_upstream.test_expiry_is_one_that_openai_takes

HOSTED = ChatKit(mode="hosted")
RENEWING = ChatKit(mode="hosted", refresh_path="/api/refresh")
SECRET = "<secret:7 len=67>"
KNOWN = {"type": "str", "secret": 7, "length": 67, "prefix": "ek_", "bits": 256.0, "same_as": ""}
ANSWER = {"client_secret": SECRET, "expires_at": 1795232824}
RESOURCE = {
    **ANSWER,
    "id": "cksess_1",
    "object": "chatkit.session",
    "workflow": {"id": "wf_1"},
    "user": "u1",
    "rate_limits": {"max_requests_per_1_minute": 10},
    "max_requests_per_1_minute": 10,
    "status": "active",
    "chatkit_configuration": {},
}
CALL = {
    "method": "POST",
    "path": "/v1/chatkit/sessions",
    "key": "given",
    "beta": "chatkit_beta=v1",
    "user": "u1",
    "workflow": {"id": "wf_1"},
    "expires_after": {"anchor": "created_at", "seconds": 600},
}


def session(label: str = "session", content: Any = ANSWER, **known: Any) -> Any:
    findings = {"issued": {"client_secret": {**KNOWN, **known}}}
    return exchange(label, headers=JSON_HEADERS, body=json.dumps(content).encode(), findings=findings)


def hosted(answer: Any = None, *, renewal: Any = None) -> Any:
    if renewal is None:
        return case(profile="chatkit", settings=HOSTED, session=answer or session())
    pair = [session(), renewal]
    return case(profile="chatkit", settings=RENEWING, session=answer or session(), hosted_refresh=pair)


def asked(*calls: Any) -> Any:
    found_calls = recording("hosted_call", session(), profile="chatkit", findings={"calls": list(calls)})
    return case(profile="chatkit", settings=HOSTED, hosted_call=found_calls)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CALL.items() if key != name}


RIGHT: dict[Any, Any] = {
    ALONE: hosted(),
    PREFIX: hosted(),
    NO_ID: hosted(),
    TEXT: hosted(renewal=session("refresh")),
    ASKED: asked(CALL),
    EXPIRY: asked(CALL),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case(profile="chatkit", settings=HOSTED)), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(profile="chatkit", settings=HOSTED, **nothing)), NotTestable)


@pytest.mark.parametrize("judge", [ALONE, PREFIX, NO_ID, TEXT])
def test_session_that_was_refused_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, hosted(refusal("session", status=503))), NotTestable)


@pytest.mark.parametrize(
    "content", [{"client_secret": SECRET}, {**ANSWER, "model": "gpt-4o"}, {**ANSWER, "status": "ok", "user": "u1"}]
)
def test_fields_of_ones_own_may_stand_beside_the_secret(content: Any) -> None:
    assert outcome(ALONE, hosted(session(content=content))) is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (RESOURCE, "the field `object` of OpenAI's session"),
        ({**ANSWER, "session": {"workflow": {"id": "wf_1"}}}, "the field `workflow` of OpenAI's session"),
        ({**ANSWER, "sessions": [{"rate_limits": {}}]}, "the field `rate_limits` of OpenAI's session"),
        ({**ANSWER, "key": "sk-proj-abcdefghijklmnop0123"}, "a text that begins as OpenAI's keys do"),
    ],
)
def test_more_of_openais_session_is_found(content: Any, expected: str) -> None:
    assert found(ALONE, hosted(session(content=content))) == expected


def test_other_prefixes_are_found() -> None:
    assert outcome(PREFIX, hosted(session(prefix="chatkit_"))) is None
    assert found(PREFIX, hosted(session(prefix="cksess_"))) == "a secret that begins with `cksess_`"
    assert found(PREFIX, hosted(session(prefix=""))) == "a secret without a prefix"


def test_id_in_place_of_the_secret_is_found() -> None:
    assert found(NO_ID, hosted(session(prefix="cksess_"))) == "a secret that begins with `cksess_`"
    assert outcome(NO_ID, hosted(session(content={**ANSWER, "id": "cksess_1"}))) is None
    for name in ("id", "session_id"):
        same = hosted(session(content={**ANSWER, name: SECRET}))
        assert found(NO_ID, same) == f"a secret that equals `{name}`"


@pytest.mark.parametrize("judge", [PREFIX, NO_ID])
def test_answer_without_a_secret_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, hosted(session(content={}, type="missing", secret=0))), NotTestable)


def test_secret_that_is_no_text_is_found() -> None:
    assert found(TEXT, hosted(session(type="dict"))) == "`client_secret` of the type dict in `session`"
    renewed = hosted(renewal=session("refresh", type="dict"))
    assert found(TEXT, renewed) == "`client_secret` of the type dict in `refresh`"
    assert isinstance(outcome(TEXT, hosted(renewal=refusal("refresh", status=401))), NotTestable)


def test_without_a_renewal_the_start_alone_is_judged() -> None:
    assert outcome(TEXT, hosted()) is None


@pytest.mark.parametrize(
    "call",
    [
        {**CALL, "path": "/chatkit/sessions"},
        {**CALL, "path": "/eu/v1/chatkit/sessions"},
        {**CALL, "beta": "assistants=v2, chatkit_beta=v1"},
        without("expires_after"),
        {**CALL, "expires_after": {"anchor": "created_at", "seconds": 1}},
    ],
)
def test_legal_requests_meet_both(call: Any) -> None:
    assert [outcome(judge, asked(call)) for judge in (ASKED, EXPIRY)] == [None, None]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({**CALL, "path": "/v1/realtime/sessions"}, "POST /v1/realtime/sessions"),
        ({**CALL, "method": "GET"}, "GET /v1/chatkit/sessions"),
        ({**CALL, "key": "missing"}, "the key is missing"),
        ({**CALL, "key": "the user's token"}, "the key is the user's token"),
        ({**CALL, "beta": ""}, "OpenAI-Beta: missing"),
        ({**CALL, "beta": "assistants=v2"}, "OpenAI-Beta: assistants=v2"),
        (without("user"), "no `user`"),
        ({**CALL, "user": ""}, "no `user`"),
        ({**CALL, "workflow": "wf_1"}, "no `workflow.id`"),
        ({**CALL, "workflow": {"id": ""}}, "no `workflow.id`"),
    ],
)
def test_other_requests_are_found(call: Any, expected: str) -> None:
    assert found(ASKED, asked(call)) == f"in what OpenAI was asked: {expected}"


@pytest.mark.parametrize(
    "after",
    [
        600,
        None,
        {"seconds": 600},
        {"anchor": "now", "seconds": 600},
        {"anchor": "created_at", "seconds": 3600},
        {"anchor": "created_at", "seconds": 0},
        {"anchor": "created_at", "seconds": 60.5},
        {"anchor": "created_at", "seconds": True},
    ],
)
def test_other_expiries_are_found(after: Any) -> None:
    assert found(EXPIRY, asked({**CALL, "expires_after": after})) == f"expires_after {after!r}"


@pytest.mark.parametrize("judge", [ASKED, EXPIRY])
def test_stand_in_that_was_not_asked_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, asked()), NotTestable)


def test_the_call_for_the_session_is_looked_at_among_others() -> None:
    assert outcome(ASKED, asked({**CALL, "method": "GET", "path": "/v1/models"}, CALL)) is None
