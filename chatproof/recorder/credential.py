"""What is known of a credential that was sent, once its value is gone: findings for judges and reports."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.config import Auth
    from chatproof.recording import Request
    from chatproof.redaction import Redactor

__all__ = ["credential_of", "jwt_findings"]

_PUBLIC_CLAIMS = frozenset({"exp", "nbf", "iat", "aud", "iss"})
_SEGMENTS = 3
_SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate"})
_HOLLOW = frozenset({"", "undefined", "null", "none", "false"})
"""What stands where a credential should be, sent to see whether it passes for one: no secrets, but ordinary words."""


def credential_of(request: Request, auth: Auth, redactor: Redactor) -> dict[str, Any] | None:
    """
    The credential that a request carries: number of its secret, kind, length, entropy, and what a JWT says.

    Claims of tokens that we minted are given whole; of a real user's token only the registered
    claims' values, of the others the type; `key_bytes` is the length of the HS256 key where we minted it. None where
    the request carries no credential.
    """
    for value in _values(request, auth):
        if value.lower() in _HOLLOW:
            continue
        secret = redactor.add(value, "credential")
        if secret is None:
            continue
        found: dict[str, Any] = {
            "secret": secret.number,
            "kind": secret.kind,
            "length": secret.length,
            "entropy_bits": round(_entropy(value), 1),
        }
        if auth.scheme == "jwt" and auth.algorithm == "HS256":
            found["key_bytes"] = len(auth.secret.encode("utf-8", "surrogatepass"))
        return found | jwt_findings(value, key=auth.secret, private=auth.scheme == "jwt")
    return None


def _values(request: Request, auth: Auth) -> Iterator[str]:
    for name, value in request.headers:
        lower = name.lower()
        if lower in {"authorization", "proxy-authorization"}:
            scheme, space, rest = value.partition(" ")
            yield rest.strip() if space or scheme.lower() in _SCHEMES else scheme
        elif lower == "cookie":
            yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
        elif auth.scheme == "header" and lower == auth.name.lower():
            yield value


def _entropy(value: str) -> float:
    """Bits by the frequency of its characters: an upper bound for what a guesser does not know."""
    total = len(value)
    return -sum(count * math.log2(count / total) for count in Counter(value).values())


def jwt_findings(token: str, *, key: str, private: bool) -> dict[str, Any]:
    """
    What a JWT says: `alg`, `claims`, and whether the HMAC key signed it; empty where the text is none.

    Without `private` the values of claims that are not registered are replaced by their types.
    """
    parts = token.split(".")
    header, claims = (_json(part) for part in parts[:2]) if len(parts) == _SEGMENTS else (None, None)
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return {}
    told = {
        name: value if private or name in _PUBLIC_CLAIMS else f"<{type(value).__name__}>"
        for name, value in claims.items()
    }
    return {"alg": header.get("alg"), "claims": told, "signature": _signature(token, str(header.get("alg")), key)}


def _json(segment: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        return None


def _signature(token: str, algorithm: str, key: str) -> str:
    """Whether the declared HMAC key signed it; only that is checked, and by the algorithm that the token names."""
    if algorithm != "HS256" or not key:
        return "unchecked"
    signed, _, signature = token.rpartition(".")
    signer = jwt.PyJWS().get_algorithm_by_name(algorithm)
    try:
        given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        valid = signer.verify(signed.encode(), signer.prepare_key(key), given)
    except (ValueError, jwt.PyJWTError):
        valid = False
    return "valid" if valid else "not valid"
