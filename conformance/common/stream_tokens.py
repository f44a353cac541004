"""Tokens for Stream Chat as the recorder saw them: what is wrong with one, in words; an empty text where nothing is."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatproof.failure import NotTestable
from chatproof.recorder.issued import field_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

__all__ = [
    "caller_of",
    "expiry_fault",
    "form_fault",
    "future_fault",
    "identity_fault",
    "rights_fault",
    "signature_fault",
    "time_of",
    "times_of",
    "token_of",
    "units_fault",
    "user_of",
]

_SUCCESS = 2
_TIMES = ("exp", "iat", "nbf")
_LATEST_SECONDS = 100_000_000_000
"""Twelve digits of seconds are beyond the year 5138: such a number counts milliseconds."""

_SKEW_SECONDS = 5.0
_SLACK_SECONDS = 60.0


def token_of(exchange: Exchange, field: str) -> Mapping[str, Any]:
    """
    What the recorder noted of the token in an answer (`chatproof.recorder.issued`).

    NotTestable where the answer gave none because it was no success, or nobody looked for one.
    """
    if exchange.status is None or exchange.status // 100 != _SUCCESS:
        what = exchange.trouble if exchange.status is None else f"status {exchange.status}"
        raise NotTestable(f"`{exchange.key}` gave no token: {what}")
    facts = exchange.findings.get("issued", {}).get(field)
    if facts is None:
        raise NotTestable(f"nobody looked for a token in `{exchange.key}`")
    found: Mapping[str, Any] = facts
    return found


def form_fault(facts: Mapping[str, Any]) -> str:
    """Why it is no JWT of three parts by HS256; a development token is none, whatever it looks like."""
    if facts["type"] != "str":
        return "no token" if facts["type"] == "missing" else f"a token of type {facts['type']}"
    if not facts.get("length"):
        return "an empty token"
    if facts.get("dev_form"):
        return f"a development token `{facts['dev_form']}...`"
    if "alg" not in facts:
        return "a token that is no JWT of three parts"
    if facts.get("devtoken"):
        return "a development token, with the word `devtoken` for a signature"
    return "" if facts["alg"] == "HS256" else f"a token with `alg` {facts['alg']!r}"


def signature_fault(facts: Mapping[str, Any]) -> str:
    """Why Stream would not take its signature, where the secret is declared; without one nothing is found."""
    return "a token that the declared secret did not sign" if facts.get("signature") == "not valid" else ""


def identity_fault(facts: Mapping[str, Any], *, user: object, caller: str | None) -> str:
    """
    Why it does not name whoever asked.

    `user` is the user that the answer names, `caller` the subject of whoever asked (None where nobody knows).
    """
    named = _claims(facts).get("user_id")
    if not isinstance(named, str) or not named:
        return f"a token whose `user_id` is {named!r}"
    if not re.fullmatch(r"[A-Za-z0-9@_-]+", named):
        return f"a token whose `user_id` is {named!r}, which Stream does not take"
    if named != user:
        return f"a token for {named!r} beside the user {user!r}"
    if caller is not None and named != caller:
        return f"a token for {named!r}, where {caller!r} asked"
    return ""


def rights_fault(facts: Mapping[str, Any]) -> str:
    """Why it gives more rights than a user's: a claim `server` or `role`."""
    claims = _claims(facts)
    given = [name for name in ("server", "role") if name in claims]
    return " and ".join(f"the claim `{name}: {json.dumps(claims[name])}`" for name in given)


def times_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Its times by claim: those of `exp`, `iat` and `nbf` that it has."""
    claims = _claims(facts)
    return {name: claims[name] for name in _TIMES if name in claims}


def units_fault(facts: Mapping[str, Any]) -> str:
    """Why its times are no numbers of seconds since 1970."""
    for name, value in times_of(facts).items():
        if not _is_number(value):
            return f"`{name}` is {value!r}, no number"
        if abs(value) >= _LATEST_SECONDS:
            return f"`{name}` is {value}, which are milliseconds"
    return ""


def expiry_fault(facts: Mapping[str, Any], *, now: float, max_ttl: float) -> str:
    """Why its life is not bounded: no `exp` or `iat`, one that has passed, or one later than `max_ttl` from `now`."""
    times = times_of(facts)
    for name in ("exp", "iat"):
        if name not in times:
            return f"no `{name}`"
    expiry = times["exp"]
    if not _is_number(expiry):
        return f"`exp` is {expiry!r}"
    left = expiry - now
    if left <= 0:
        return f"`exp` {-left:.0f} s in the past"
    return f"`exp` {left:.0f} s ahead" if left > max_ttl + _SLACK_SECONDS else ""


def future_fault(facts: Mapping[str, Any], *, now: float) -> str:
    """Why Stream would find it used before it was issued: `iat` lies ahead, by more than clocks differ."""
    times = times_of(facts)
    if not _is_number(times.get("iat")):
        return ""
    ahead = times["iat"] - now
    return f"`iat` {ahead:.0f} s ahead" if ahead > _SKEW_SECONDS else ""


def user_of(exchange: Exchange, field: str) -> object:
    """The user that an answer names; None where it names none."""
    try:
        content = exchange.json()
    except (ValueError, RecursionError):
        return None
    return field_of(content, field)[0]


def caller_of(case: Case, exchange: Exchange) -> str | None:
    """The subject in the token that was sent, where the suite minted it; None where nobody knows."""
    if case.config.auth.scheme != "jwt":
        return None
    claims = exchange.findings.get("credential", {}).get("claims", {})
    subject = claims.get(case.settings.subject)
    return subject if isinstance(subject, str) else None


def time_of(recording: Recording, exchange: Exchange) -> float:
    """When the answer was there, in seconds since 1970, by the clock of whoever recorded it."""
    started = recording.findings.get("started_at")
    if not isinstance(started, str):
        raise NotTestable(f"nobody noted when `{exchange.key}` took place")
    return datetime.fromisoformat(started).timestamp() + (exchange.started_ns + exchange.ended_ns) / 1e9


def _claims(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    claims = facts.get("claims")
    return claims if isinstance(claims, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
