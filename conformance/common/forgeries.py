"""Tokens that a backend must refuse, and the claims of fresh ones, made from what is declared."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GARBAGE", "PLACEHOLDER_KEY", "Parts", "forged", "overrides", "parts_of", "placeholder_claims"]

GARBAGE = "not-a-token-at-all"

PLACEHOLDER_KEY = "placeholder-jwt-secret-with-at-least-32-characters"
"""The key that the guide prints, so that everybody knows it."""

_GUIDE_CLAIMS = {"sub": "test-user-id", "email": "test@example.com", "aud": "authenticated"}
_WRONG_KEY = b"another-key-that-the-backend-does-not-know-of-and-that-is-long-enough-for-any-hash"
_EMPTY_FILE = "../../../../../../../../dev/null"
_HOUR = 3600
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """A JWT taken apart: header and claims as JSON objects, and its three parts as text."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    text: tuple[str, str, str]


def parts_of(token: str) -> Parts | None:
    """The parts of a signed JWT; None where the token is none (an opaque one)."""
    text = token.split(".")
    if len(text) != _PARTS:
        return None
    try:
        header, claims = json.loads(_decoded(text[0])), json.loads(_decoded(text[1]))
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return Parts(header, claims, (text[0], text[1], text[2]))


def forged(token: str) -> dict[str, str]:
    """
    Forgeries of a token by label: garbage in any case, and what attackers make of a JWT.

    Claims are those of the token (of `tampered`, all but the subject), so that only the signature is wrong.
    """
    found = {"garbage": GARBAGE}
    parts = parts_of(token)
    if parts is None:
        return found
    header, claims, signature = parts.text
    found["tampered"] = f"{header}.{_encoded({**parts.claims, 'sub': 'somebody-else'})}.{signature}"
    found["unsigned"] = f"{header}.{claims}."
    algorithm, key, public = _stranger(str(parts.header.get("alg")))
    head = {"alg": algorithm, "typ": "JWT"}
    found["wrong_key"] = _signed(head, parts.claims, key)
    found["own_key"] = _signed({**head, "jwk": public}, parts.claims, key)
    found["key_path"] = _signed({"alg": "HS256", "typ": "JWT", "kid": _EMPTY_FILE}, parts.claims, b"")
    for name in ("none", "None", "nOnE"):
        found[name] = f"{_encoded({'alg': name, 'typ': 'JWT'})}.{claims}."
    return found


def overrides(claims: Mapping[str, Any], now: int) -> dict[str, dict[str, Any]]:
    """
    What to change in the declared claims, by label: nothing for `fresh`, one thing for each of the others.

    `now` is in seconds since the epoch; None removes a claim. The labels on the audience are there
    only where one is declared.
    """
    found: dict[str, dict[str, Any]] = {
        "fresh": {},
        "expired": {"iat": now - _HOUR, "exp": now - 120},
        "long_expired": {"iat": now - 2 * _HOUR, "exp": now - _HOUR},
        "not_yet": {"nbf": now + 600},
        "no_expiry": {"exp": None},
        "expiry_as_text": {"exp": str(now + _HOUR)},
    }
    if claims.get("aud"):
        found["wrong_audience"] = {"aud": "some-other-audience"}
        found["no_audience"] = {"aud": None}
    return found


def placeholder_claims(declared: Mapping[str, Any], token: str) -> dict[str, Any]:
    """The claims for a token that claims to be the declared user's: declared, read from the token, or the guide's."""
    parts = parts_of(token)
    claims = declared or (parts.claims if parts else _GUIDE_CLAIMS)
    return {name: value for name, value in claims.items() if name not in {"iat", "exp", "nbf"}}


def _stranger(algorithm: str) -> tuple[str, Any, dict[str, Any]]:
    """
    A key that no backend trusts: its algorithm, what signs with it, and what verifies as a JWK.

    An algorithm that we have no key for is replaced by HS256: still a forgery.
    """
    if algorithm in {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return algorithm, private, jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    if algorithm == "ES256":
        curve = ec.generate_private_key(ec.SECP256R1())
        return algorithm, curve, jwt.algorithms.ECAlgorithm.to_jwk(curve.public_key(), as_dict=True)
    algorithm = algorithm if algorithm in {"HS256", "HS384", "HS512"} else "HS256"
    return algorithm, _WRONG_KEY, jwt.algorithms.HMACAlgorithm.to_jwk(_WRONG_KEY, as_dict=True)


def _signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: Any) -> str:
    """A token signed by the algorithm that its header names."""
    text = f"{_encoded(header)}.{_encoded(claims)}"
    signature = jwt.PyJWS().get_algorithm_by_name(header["alg"]).sign(text.encode(), key)
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _encoded(value: Any) -> str:
    data = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
