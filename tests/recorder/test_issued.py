"""What is known of a credential in an answer, and that its text is gone."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from chatproof.driver import Issued
from chatproof.recorder.issued import apparent_bits, field_of, issued_by
from chatproof.redaction import SERVER_SECRET, Redactor
from support.recordings import exchange

KEY = "a-key-of-the-stream-app-with-32-bytes-or-more"
SECRET = "0f8fad5b-d9cb-469f-a165-70867728950e"


def issued(content: object, field: str = "client_secret", key: str = "", known: Redactor | None = None) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    texts, found = issued_by(exchange(body=body), [Issued(field=field, key=key)], known or Redactor())
    return texts.get(field), found[field]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"client_secret": None}, "NoneType"),
        ({"client_secret": 5}, "int"),
        ({"client_secret": {"value": "x"}}, "dict"),
        ({"session_id": "x"}, "missing"),
        (None, "missing"),
        ([], "missing"),
        (b"<html>", "missing"),
        (b"", "missing"),
        (b"[" * 100_000, "missing"),
    ],
)
def test_what_is_no_text_has_its_type_alone(content: object, kind: str) -> None:
    assert issued(content) == (None, {"type": kind})


def test_an_empty_text_is_no_credential() -> None:
    assert issued({"client_secret": ""}) == (None, {"type": "str"})


def test_a_credential_is_given_and_told_without_its_text() -> None:
    text, found = issued({"client_secret": SECRET})

    assert text == SECRET
    assert SECRET not in json.dumps(found)
    assert (found["type"], found["length"], found["prefix"], found["same_as"]) == ("str", 36, "", "")


def test_a_credential_becomes_a_secret_of_the_run() -> None:
    redactor = Redactor()
    _text, found = issued({"client_secret": SECRET}, known=redactor)

    assert redactor.scrub(f"it is {SECRET}") == f"it is <secret:{found['secret']} len=36>"


def test_a_field_may_lie_deeper() -> None:
    assert issued({"session": {"secret": SECRET}}, "session.secret")[0] == SECRET
    assert field_of({"a": {"b": None}}, "a.b") == (None, True)
    assert field_of({"a": 1}, "a.b") == (None, False)


@pytest.mark.parametrize(
    ("text", "prefix"), [("ek_token_123", "ek_"), ("cksess_1", "cksess_"), ("a-very-long-prefix_1", ""), ("plain", "")]
)
def test_the_prefix_tells_the_kind(text: str, prefix: str) -> None:
    assert issued({"client_secret": text})[1]["prefix"] == prefix


def test_a_key_that_is_passed_through_is_told_by_its_kind() -> None:
    redactor = Redactor()
    redactor.add(KEY, SERVER_SECRET)

    assert issued({"client_secret": KEY}, known=redactor)[1]["same_as"] == SERVER_SECRET
    assert issued({"client_secret": SECRET}, known=redactor)[1]["same_as"] == ""


@pytest.mark.parametrize(("key", "said"), [(KEY, "valid"), (KEY[::-1], "not valid"), ("", "unchecked")])
def test_a_jwt_is_read_and_its_signature_checked(key: str, said: str) -> None:
    token = jwt.encode({"user_id": "u1", "exp": 4_000_000_000}, KEY, algorithm="HS256")
    _text, found = issued({"token": token}, "token", key)

    assert (found["alg"], found["claims"]) == ("HS256", {"user_id": "u1", "exp": 4_000_000_000})
    assert found["signature"] == said


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (SECRET, 100, 128),
        ("12345", 10, 20),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 6),
        ("user-42", 0, 40),
        ("Jx8vN2pQ4rT6wY1zB3cD5fG7hK9mL0sA", 180, 200),
        ("", 0, 0),
    ],
)
def test_apparent_bits_are_an_upper_bound_of_what_a_guesser_lacks(text: str, least: float, most: float) -> None:
    assert least <= apparent_bits(text) <= most
