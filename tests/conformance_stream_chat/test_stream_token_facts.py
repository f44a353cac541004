"""What is wrong with a token for Stream, from what the recorder noted of it."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import Config
from chatproof.conformance.common import stream_tokens as judged
from chatproof.driver import Issued
from chatproof.failure import NotTestable
from chatproof.recorder.issued import issued_by
from chatproof.redaction import Redactor
from support.recordings import exchange
from support.stream_recordings import CLAIMS, NOW, facts, refused, token, told

OPAQUE = {"alg": None, "claims": None, "signature": None, "devtoken": None}


@pytest.mark.parametrize(
    ("noted", "fault"),
    [
        (facts(), ""),
        (facts(signature="unchecked"), ""),
        ({"type": "missing"}, "no token"),
        ({"type": "int"}, "a token of type int"),
        ({"type": "str"}, "an empty token"),
        (facts(dev_form="temp_token_", **OPAQUE), "a development token `temp_token_...`"),
        (facts(**OPAQUE), "a token that is no JWT of three parts"),
        (facts(devtoken=True), "a development token, with the word `devtoken` for a signature"),
        (facts(alg="none"), "a token with `alg` 'none'"),
        (facts(alg="RS256"), "a token with `alg` 'RS256'"),
    ],
)
def test_form(noted: dict[str, Any], fault: str) -> None:
    assert judged.form_fault(noted) == fault


@pytest.mark.parametrize(("signature", "wrong"), [("valid", False), ("unchecked", False), ("not valid", True)])
def test_signature(signature: str, wrong: bool) -> None:
    assert bool(judged.signature_fault(facts(signature=signature))) is wrong


@pytest.mark.parametrize(
    ("claims", "user", "caller", "fault"),
    [
        ({"user_id": "u1"}, "u1", "u1", ""),
        ({"user_id": "u1"}, "u1", None, ""),
        ({"user_id": "752A3ad3-x_@y"}, "752A3ad3-x_@y", None, ""),
        ({}, "u1", "u1", "a token whose `user_id` is None"),
        ({"user_id": ""}, "", "", "a token whose `user_id` is ''"),
        ({"user_id": 5}, 5, None, "a token whose `user_id` is 5"),
        ({"user_id": "a@b.c"}, "a@b.c", None, "a token whose `user_id` is 'a@b.c', which Stream does not take"),
        ({"user_id": "u1"}, "u2", "u1", "a token for 'u1' beside the user 'u2'"),
        ({"user_id": "u1"}, "u1", "u2", "a token for 'u1', where 'u2' asked"),
    ],
)
def test_identity(claims: dict[str, Any], user: object, caller: str | None, fault: str) -> None:
    assert judged.identity_fault(facts(claims), user=user, caller=caller) == fault


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        (CLAIMS, ""),
        ({"server": True}, "the claim `server: true`"),
        ({"server": False}, "the claim `server: false`"),
        ({"role": "admin", "server": True}, 'the claim `server: true` and the claim `role: "admin"`'),
    ],
)
def test_rights(claims: dict[str, Any], fault: str) -> None:
    assert judged.rights_fault(facts(claims)) == fault


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ({}, ""),
        ({"exp": NOW, "iat": NOW + 0.5}, ""),
        ({"exp": NOW * 1000}, f"`exp` is {NOW * 1000}, which are milliseconds"),
        ({"iat": NOW * 1000}, f"`iat` is {NOW * 1000}, which are milliseconds"),
        ({"exp": str(NOW)}, f"`exp` is '{NOW}', no number"),
        ({"exp": True}, "`exp` is True, no number"),
    ],
)
def test_units(claims: dict[str, Any], fault: str) -> None:
    assert judged.units_fault(facts(claims)) == fault


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ({"iat": NOW, "exp": NOW + 86400}, ""),
        ({"iat": NOW, "exp": NOW + 86430}, ""),
        ({"iat": NOW, "exp": NOW + 90000}, "`exp` 90000 s ahead"),
        ({"iat": NOW}, "no `exp`"),
        ({"exp": NOW + 60}, "no `iat`"),
        ({"iat": NOW, "exp": NOW - 5}, "`exp` 5 s in the past"),
        ({"iat": NOW, "exp": None}, "`exp` is None"),
    ],
)
def test_expiry(claims: dict[str, Any], fault: str) -> None:
    assert judged.expiry_fault(facts(claims), now=NOW, max_ttl=86400.0) == fault


@pytest.mark.parametrize(
    ("claims", "fault"), [({}, ""), ({"iat": NOW}, ""), ({"iat": NOW + 4}, ""), ({"iat": NOW + 60}, "`iat` 60 s ahead")]
)
def test_future(claims: dict[str, Any], fault: str) -> None:
    assert judged.future_fault(facts(claims), now=NOW) == fault


def test_the_time_of_an_answer_is_the_recorders() -> None:
    answer = token(started_seconds=2.0, ended_seconds=1.0)
    assert judged.time_of(told("token", answer), answer) == NOW + 3
    with pytest.raises(NotTestable):
        judged.time_of(told("token", answer, started_at=None), answer)


@pytest.mark.parametrize("answer", [refused(), exchange(status=None), exchange()])
def test_no_token_to_look_at_is_no_verdict(answer: Any) -> None:
    with pytest.raises(NotTestable):
        judged.token_of(answer, "token")


def test_user_may_stand_deeper_in_the_answer() -> None:
    assert judged.user_of(exchange(body=b'{"user": {"id": "u1"}}'), "user.id") == "u1"
    assert judged.user_of(exchange(body=b"[1]"), "user.id") is None
    assert judged.user_of(exchange(body=b"<html>"), "user_id") is None


@pytest.mark.parametrize(
    ("text", "form", "devtoken"),
    [
        ("temp_token_u1_1768480496", "temp_token_", None),
        ("dev_token_u1_1768480496", "dev_token_", None),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoidTEifQ.devtoken", "", True),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoidTEifQ==.devtoken", "", True),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoidTEifQ.c2lnbmF0dXJl", "", False),
    ],
)
def test_recorder_tells_development_tokens(text: str, form: str, devtoken: bool | None) -> None:
    answer = exchange(body=f'{{"token": "{text}"}}'.encode())
    _texts, found = issued_by(answer, (Issued(field="token"),), Redactor.of(Config()))
    assert (found["token"]["dev_form"], found["token"].get("devtoken")) == (form, devtoken)
