from __future__ import annotations

import base64
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chatproof.conformance.common.forgeries import (
    GARBAGE,
    PLACEHOLDER_KEY,
    forged,
    overrides,
    parts_of,
    placeholder_claims,
)
from chatproof.tokens import sign

KEY = "a-secret-of-our-own-that-is-long-enough-for-hs256"
CLAIMS = {"sub": "u1", "exp": 4_000_000_000}
TOKEN = sign(CLAIMS, KEY, "HS256")


@pytest.mark.parametrize(
    "token", ["", "opaque", "a.b.c", "a.b", "W10.W10.x", "e30.e30", "e30.\x00.x", "e30.e30.x.y", "W10.e30.x"]
)
def test_opaque_tokens_have_no_parts(token: str) -> None:
    assert parts_of(token) is None
    assert forged(token) == {"garbage": GARBAGE}


def test_token_is_taken_apart() -> None:
    parts = parts_of(TOKEN)
    assert parts is not None
    assert (parts.header["alg"], parts.claims) == ("HS256", CLAIMS)


@pytest.mark.parametrize(
    "label", ["garbage", "tampered", "unsigned", "wrong_key", "own_key", "key_path", "none", "None"]
)
def test_no_forgery_verifies(label: str) -> None:
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(forged(TOKEN)[label], KEY, algorithms=["HS256"])


def test_forgeries_are_wrong_in_their_signature_only() -> None:
    found = forged(TOKEN)
    for label in ("unsigned", "wrong_key", "own_key", "key_path", "none", "None", "nOnE"):
        parts = parts_of(found[label])
        assert parts is not None
        assert parts.claims == CLAIMS
    tampered = parts_of(found["tampered"])
    assert tampered is not None
    assert tampered.claims == {**CLAIMS, "sub": "somebody-else"}
    assert found["tampered"].split(".")[2] == TOKEN.split(".")[2]
    assert found["unsigned"].endswith(".")
    assert [parts.header["alg"] for parts in map(parts_of, (found["none"], found["nOnE"])) if parts] == ["none", "nOnE"]


@pytest.mark.parametrize(
    ("algorithm", "expected"), [("RS256", "RS256"), ("ES256", "ES256"), ("EdDSA", "HS256"), ("HS512", "HS512")]
)
def test_wrong_key_is_of_the_kind_that_the_token_names(algorithm: str, expected: str) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
    parts = parts_of(forged(f"{head}.e30.c2ln")["wrong_key"])
    assert parts is not None
    assert parts.header["alg"] == expected


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "HS256"])
def test_a_key_that_is_brought_along_verifies_its_own_token(algorithm: str) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
    token = forged(f"{head}.e30.c2ln")["own_key"]
    brought = jwt.PyJWK(jwt.get_unverified_header(token)["jwk"], algorithm=algorithm)
    assert "d" not in jwt.get_unverified_header(token)["jwk"]
    assert jwt.decode(token, brought, algorithms=[algorithm]) == {}


def test_the_file_that_a_token_names_makes_an_empty_key() -> None:
    token = forged(TOKEN)["key_path"]
    text, _, signature = token.rpartition(".")
    right = hmac.new(b"", text.encode(), "sha256").digest()
    assert jwt.get_unverified_header(token)["kid"].endswith("../dev/null")
    assert base64.urlsafe_b64decode(signature + "=") == right


def test_wrong_key_of_a_curve_does_not_verify() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    token = jwt.encode(CLAIMS, key, algorithm="ES256")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged(token)["wrong_key"], key.public_key(), algorithms=["ES256"])


def test_overrides_change_one_thing_each() -> None:
    found = overrides({"aud": "authenticated"}, 1_000_000)
    assert found["fresh"] == {}
    assert found["expired"]["exp"] == 1_000_000 - 120
    assert found["not_yet"] == {"nbf": 1_000_600}
    assert found["no_expiry"] == {"exp": None}
    assert found["expiry_as_text"] == {"exp": "1003600"}
    assert "no_audience" not in overrides({"aud": ""}, 1_000_000)


def test_claims_for_the_printed_key() -> None:
    assert placeholder_claims({"sub": "u9", "iat": 1}, TOKEN) == {"sub": "u9"}
    assert placeholder_claims({}, TOKEN) == {"sub": "u1"}
    assert placeholder_claims({}, "opaque")["aud"] == "authenticated"
    assert len(PLACEHOLDER_KEY) >= 32
