"""What is known of a credential that an answer holds, once its text is gone: findings for judges and reports."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from chatproof.recorder.credential import jwt_findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.driver import Issued
    from chatproof.recording import Exchange
    from chatproof.redaction import Redactor

__all__ = ["apparent_bits", "field_of", "issued_by"]

_LONGEST_PREFIX = 8
_DEVELOPMENT_FORMS = ("temp_token_", "dev_token_")
_DEVELOPMENT_SIGNATURE = "devtoken"
_ALPHABETS = (
    ("0123456789", 10),
    ("0123456789abcdef-", 16),
    ("0123456789ABCDEF-", 16),
    ("0123456789abcdefghijklmnopqrstuvwxyz_-.", 36),
    ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.", 36),
)
_ANY = 64


def issued_by(
    exchange: Exchange, issues: Sequence[Issued], redactor: Redactor
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """
    The texts of the credentials in an answer by field, and what may be told of each.

    A finding is `{"type": name of the JSON type or "missing"}`, and for a text that is not empty `secret` (its
    number), `length`, `prefix` (up to the first `_`), `bits` (see `apparent_bits`), `same_as` (the kind of a secret
    that it equals and that was known before, else ""), `dev_form` (`temp_token_` or `dev_token_` where it begins so,
    else ""), and for a JWT `alg`, `claims`, `signature` (`valid`, `not valid`, or `unchecked` without a key) and
    `devtoken` (its signature is that word, as Stream's development tokens have it). Each text becomes a secret of the
    redactor.
    """
    try:
        content = json.loads(exchange.body)
    except (ValueError, RecursionError):
        content = None
    texts: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    for issue in issues:
        value, given = field_of(content, issue.field)
        found[issue.field] = {"type": type(value).__name__ if given else "missing"}
        if isinstance(value, str) and value:
            texts[issue.field] = value
            found[issue.field] |= _of_text(value, issue.key, redactor)
    return texts, found


def field_of(content: object, name: str) -> tuple[Any, bool]:
    """The value of a field of JSON, dots going deeper, and whether it is there."""
    for part in name.split("."):
        if not isinstance(content, dict) or part not in content:
            return None, False
        content = content[part]
    return content, True


def apparent_bits(text: str) -> float:
    """
    An upper bound of what a guesser does not know, in bits: the characters that differ from their neighbour, times
    the bits of the smallest usual alphabet that holds them all. A UUID has 128, less its hyphens and repetitions.
    """
    size = next((size for alphabet, size in _ALPHABETS if set(text) <= set(alphabet)), _ANY)
    telling = sum(character not in "-_." and text[at - 1 : at] != character for at, character in enumerate(text))
    return telling * math.log2(size)


def _of_text(value: str, key: str, redactor: Redactor) -> Mapping[str, Any]:
    known = redactor.known(value)
    secret = redactor.add(value, "issued credential")
    prefix, mark, _rest = value.partition("_")
    known_jwt = jwt_findings(value, key=key, private=True)
    if known_jwt:
        known_jwt["devtoken"] = value.rpartition(".")[2] == _DEVELOPMENT_SIGNATURE
    return {
        "secret": secret.number if secret else 0,
        "length": len(value),
        "prefix": prefix + mark if mark and len(prefix) < _LONGEST_PREFIX else "",
        "bits": round(apparent_bits(value), 1),
        "same_as": known.kind if known else "",
        "dev_form": next((form for form in _DEVELOPMENT_FORMS if value.startswith(form)), ""),
        **known_jwt,
    }
