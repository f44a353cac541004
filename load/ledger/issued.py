"""What an answer that gives a credential says; the credential itself is kept for its use and shown nowhere."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chatproof.recorder.issued import field_of

if TYPE_CHECKING:
    from chatproof.config import ChatKit

__all__ = ["Issued", "issued_token", "moment", "session_of"]

_MILLISECONDS_FROM = 100_000_000_000
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?([Zz]|[+-]\d{2}(:?\d{2})?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """
    A session or a token: its secret, until when it holds (seconds since 1970, None: not told), and what is wrong.

    `fault` is empty where nothing is wrong; it never holds a part of the answer's values.
    """

    secret: str = field(default="", repr=False)
    expires_at: float | None = None
    fault: str = ""


def session_of(body: bytes, settings: ChatKit, *, now: float) -> Issued:
    """The session in an answer to its request; `now` in seconds since 1970."""
    content = _parsed(body)
    found = _text(content, settings.secret_field)
    if found.fault:
        return found
    value, given = field_of(content, settings.expires_field)
    if not given:
        return Issued(secret=found.secret, fault=f"the answer has no `{settings.expires_field}`")
    expires_at = moment(value, form=settings.expires_form)
    if expires_at is None:
        return Issued(secret=found.secret, fault=f"`{settings.expires_field}` is no time")
    if expires_at <= now:
        return Issued(secret=found.secret, expires_at=expires_at, fault=f"`{settings.expires_field}` has passed")
    return Issued(secret=found.secret, expires_at=expires_at)


def issued_token(body: bytes, name: str) -> Issued:
    """The token in the field of that name, dots going deeper."""
    return _text(_parsed(body), name)


def moment(value: object, *, form: str = "") -> float | None:
    """
    The seconds since 1970 that a text in ISO-8601 with a zone or a number names; None for anything else.

    `form` is `iso`, `seconds`, or empty for either.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if form != "iso" and 0 <= value < _MILLISECONDS_FROM else None
    if not isinstance(value, str) or form == "seconds" or not _ZONED.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper().replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return None


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _text(content: object, name: str) -> Issued:
    if content is None:
        return Issued(fault="the answer is no JSON")
    value, given = field_of(content, name)
    if not given:
        return Issued(fault=f"the answer has no `{name}`")
    if not isinstance(value, str) or not value:
        return Issued(fault=f"`{name}` is no text")
    return Issued(secret=value)
