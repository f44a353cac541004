"""The judges on sessions and their secrets."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.chatkit import test_sessions
from chatproof.failure import NotTestable
from support.chatkit_recordings import HEADERS, case, control, issued, recorded, session, unclaimed
from support.outcome import found, outcome
from support.recordings import exchange, refusal, with_header, without

OBJECT = test_sessions.test_session_is_a_json_object
FIELD = test_sessions.test_secret_is_in_its_field
FRESH = test_sessions.test_secret_is_fresh_and_not_to_be_guessed
KEY = test_sessions.test_secret_is_no_key_of_the_server
EMPTY = test_sessions.test_empty_body_is_accepted
MODEL = test_sessions.test_model_is_heeded
UNKNOWN = test_sessions.test_unknown_model_is_refused
STORED = test_sessions.test_session_is_not_stored

SAMPLES = [session(str(number), number=number) for number in range(1, 21)]
BITS = {"varying_bits": [240.0] * 20, "api_keys": []}
MODELS = [session("known", content={"model": "large"}), refusal("unknown")]
ASKED = {"plain": [{"user": "u1", "model": "default"}], "model": [{"user": "u1", "model": "large"}]}
FORWARDED = recorded("upstream_asked", session("plain"), session("model"), asked=ASKED)

RIGHT: dict[Any, Any] = {
    OBJECT: case(session=control()),
    FIELD: case(session=control()),
    FRESH: case(samples=recorded("samples", *SAMPLES, **BITS)),
    KEY: case(session=control(), samples=recorded("samples", *SAMPLES, **BITS)),
    EMPTY: case(session=control(), empty_body=session("empty")),
    MODEL: case(model=MODELS, upstream_asked=FORWARDED),
    UNKNOWN: case(model=MODELS),
    STORED: case(session=control()),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recorded(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


def without_secret(kind: str, **content: Any) -> Any:
    return session(content=content, findings={"issued": {"client_secret": {"type": kind}}})


LEGAL: list[tuple[Any, Any]] = [
    (OBJECT, session(status=201)),
    (OBJECT, session(headers=with_header(HEADERS, "Content-Type", "application/json; charset=utf-8"))),
    (OBJECT, without_secret("missing", client_secret=None)),
    (FIELD, session(content={"id": "sess_1", "user": {"id": 1}})),
    (STORED, session(headers=with_header(HEADERS, "Cache-Control", "private, No-Store"))),
]


@pytest.mark.parametrize(("judge", "answer"), LEGAL)
def test_other_legal_forms_meet_it(judge: Any, answer: Any) -> None:
    assert outcome(judge, case(session=control(answer))) is None


WRONG: list[tuple[Any, Any, str]] = [
    (OBJECT, session(headers=with_header(HEADERS, "Content-Type", "text/html")), "status 200 with text/html"),
    (OBJECT, session(body=b"null"), "a body that is no JSON object"),
    (OBJECT, session(body=b"<!doctype html>"), "a body that is no JSON object"),
    (OBJECT, session(status=302), "status 302 with application/json"),
    (FIELD, without_secret("missing", client_secret=None, session_id="s"), "no `client_secret`, but `expires_at`"),
    (FIELD, without_secret("dict", client_secret={"value": "x"}), "`client_secret` of the type dict"),
    (FIELD, without_secret("NoneType"), "`client_secret` of the type NoneType"),
    (FIELD, without_secret("str", client_secret=""), "`client_secret` that is empty"),
    (STORED, session(headers=without(HEADERS, "Cache-Control")), "no `Cache-Control`"),
    (STORED, session(headers=with_header(HEADERS, "Cache-Control", "private")), "`Cache-Control: private`"),
]


@pytest.mark.parametrize(("judge", "answer", "expected"), WRONG)
def test_wrong_session_is_found(judge: Any, answer: Any, expected: str) -> None:
    assert found(judge, case(session=control(answer))).startswith(expected)


def test_word_for_a_missing_value_is_found() -> None:
    assert "undefined" in found(FIELD, case(session=control(hollow=True)))


def test_body_that_is_no_object_is_another_requirements() -> None:
    answer = session(body=b"null", findings={})
    assert isinstance(outcome(FIELD, case(session=control(answer))), NotTestable)


@pytest.mark.parametrize(
    ("answers", "bits", "expected"),
    [
        ([*SAMPLES[:5], session("6", number=1)], [240.0] * 6, "5 secrets in 6 sessions"),
        (SAMPLES, [240.0] * 19 + [24.0], "secrets that differ in 24 bits at the most"),
        (SAMPLES, [96.0] * 20, "secrets that differ in 96 bits at the most"),
    ],
)
def test_secret_that_can_be_guessed_is_found(answers: Any, bits: Any, expected: str) -> None:
    assert found(FRESH, case(samples=recorded("samples", *answers, varying_bits=bits))) == expected


def test_uuid_whose_characters_repeat_by_chance_is_right() -> None:
    bits = [116.0] * 18 + [96.0, 92.0]
    assert outcome(FRESH, case(samples=recorded("samples", *SAMPLES, varying_bits=bits))) is None


@pytest.mark.parametrize(("number", "verdict"), [(4, NotTestable), (5, type(None))])
def test_secrets_are_compared_from_five_on(number: int, verdict: type) -> None:
    limited = [refusal(str(at), status=429) for at in range(number, 20)]
    recording = recorded("samples", *SAMPLES[:number], *limited, varying_bits=[240.0] * number)
    assert isinstance(outcome(FRESH, case(samples=recording)), verdict)


@pytest.mark.parametrize(
    ("answer", "keys", "expected"),
    [
        (session("1", findings=issued(same_as="server secret")), [], "a secret of the server"),
        (session("1"), ["1"], "a secret that begins with `sk-`"),
    ],
)
def test_key_of_the_server_is_found(answer: Any, keys: list[str], expected: str) -> None:
    samples = recorded("samples", answer, api_keys=keys)
    assert found(KEY, case(session=control(), samples=samples)) == expected


def test_secret_that_was_issued_before_is_no_key_of_the_server() -> None:
    samples = recorded("samples", session("1", findings=issued(same_as="issued credential")), api_keys=[])
    assert outcome(KEY, case(session=control(), samples=samples)) is None


@pytest.mark.parametrize("answer", [refusal("empty", status=500), exchange("empty", status=None)])
def test_refused_empty_body_is_found(answer: Any) -> None:
    assert found(EMPTY, case(session=control(), empty_body=answer)).startswith("without a body: ")


def test_empty_body_of_a_backend_that_refuses_all_is_no_verdict() -> None:
    refused = control(refusal("session", status=500))
    assert isinstance(outcome(EMPTY, case(session=refused, empty_body=refusal("empty", status=500))), NotTestable)


@pytest.mark.parametrize(
    ("told", "asked", "expected"),
    [
        ("small", ASKED, "`model` 'small' for 'large'"),
        (None, ASKED, "`model` None for 'large'"),
        ("large", {**ASKED, "model": [{"model": "default"}]}, "`model` 'default' to the service behind"),
        ("large", {**ASKED, "plain": [{"model": None}]}, "`model` None to the service behind"),
    ],
)
def test_model_that_is_not_heeded_is_found(told: Any, asked: Any, expected: str) -> None:
    answers = [session("known", content={"model": told}), refusal("unknown")]
    forwarded = recorded("upstream_asked", session("plain"), session("model"), asked=asked)
    assert found(MODEL, case(model=answers, upstream_asked=forwarded)) == expected


def test_model_is_judged_by_the_answer_alone_without_an_upstream() -> None:
    assert outcome(MODEL, case(model=MODELS, upstream_asked=unclaimed("upstream_asked"))) is None


def test_service_that_is_not_asked_is_no_verdict() -> None:
    forwarded = recorded("upstream_asked", session("plain"), session("model"), asked={"plain": [], "model": []})
    assert isinstance(outcome(MODEL, case(model=MODELS, upstream_asked=forwarded)), NotTestable)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_refused_model_is_right(status: int) -> None:
    assert outcome(UNKNOWN, case(model=[MODELS[0], refusal("unknown", status=status)])) is None


@pytest.mark.parametrize("answer", [session("unknown"), refusal("unknown", status=500)])
def test_unknown_model_that_is_not_refused_is_found(answer: Any) -> None:
    assert found(UNKNOWN, case(model=[MODELS[0], answer])).startswith("for an unknown model: ")


def test_backend_that_refuses_all_models_tells_nothing() -> None:
    answers = [refusal("known"), refusal("unknown")]
    assert isinstance(outcome(UNKNOWN, case(model=answers)), NotTestable)
