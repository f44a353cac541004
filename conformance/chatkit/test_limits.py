"""The backend's own limit on sessions, and what a client over it is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import exchange_of, shown
from .sources import LIMITS, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_TOO_MANY_REQUESTS = 429
_EXAMPLE = 'HTTP/1.1 429 Too Many Requests\nRetry-After: 30\nContent-Type: application/json\n\n{"error": "slow down"}'


@requirement(
    "CHATKIT-RL-01",
    Level.MUST,
    LIMITS,
    rfc(6585, "4"),
    why="The guide's client waits as long as `Retry-After` says, and a whole minute where it says nothing; another "
    "status than 429 it takes for a session.",
    example=_EXAMPLE,
    remedy={
        "any": "Answer requests over the limit with 429 and `Retry-After`.",
        "next": "`Response.json({...}, { status: 429, headers: { 'Retry-After': '30' } })`.",
        "express": "express-rate-limit sends both.",
        "fastify": "@fastify/rate-limit sends both.",
        "nginx": "`limit_req_status 429;`: by itself nginx answers 503, and no `Retry-After`.",
    },
    scenarios=("rate_limit",),
    means=("session_mode", "rate_limit"),
    profiles=("chatkit",),
)
def test_limit_is_told(case: Case) -> None:
    """Of the declared burst of sessions at least one is answered with 429, and every 429 carries `Retry-After`."""
    recording = case["rate_limit"]
    if not recording.exchanges:
        raise NotTestable("no session was asked for")
    limited = _limited(recording.exchanges)
    last = recording.exchanges[-1]
    found = f"{len(recording.exchanges)} sessions at once and no 429; the last: {shown(last)}"
    expect(limited, found=found, expected="status 429 with `Retry-After`", at=last)
    for exchange in limited:
        value = _retry_after(exchange)
        expect(value, found="429 without `Retry-After`", expected="`Retry-After`", at=exchange)


@requirement(
    "CHATKIT-RL-03",
    Level.SHOULD,
    LIMITS,
    rfc(9110, "10.2.3"),
    why="A client that did as it was told and is refused again shows its user the same notice for a second time.",
    example=_EXAMPLE,
    remedy={
        "any": "Round the rest of the window up, and count refused requests not at all.",
        "express": "express-rate-limit with `skipFailedRequests` does not count refused ones.",
    },
    scenarios=("after_limit",),
    means=("session_mode", "rate_limit"),
    profiles=("chatkit",),
)
def test_wait_that_was_told_is_enough(case: Case) -> None:
    """After as many seconds as `Retry-After` said a session is no longer refused with 429."""
    recording = case["after_limit"]
    if not _limited([exchange for exchange in recording.exchanges if exchange.label != "after"]):
        raise NotTestable("the declared burst tripped no limit")
    exchange = exchange_of(recording, "after")
    if exchange.response is None:
        raise NotTestable(f"the session after the wait got {shown(exchange)}")
    again = _retry_after(exchange)
    found = f"429 again, with `Retry-After: {again}`" if again else "429 again"
    expect(exchange.status != _TOO_MANY_REQUESTS, found=found, expected="a session", at=exchange)


@requirement(
    "CHATKIT-RL-04",
    Level.SHOULD,
    LIMITS,
    rfc(9110, "10.2.3"),
    why="`parseInt` makes NaN of a date, and a timer of NaN fires at once: the guide's client asks again immediately.",
    example=_EXAMPLE,
    remedy={
        "any": "Send whole seconds: `Retry-After: 30`; a date is legal, but this client cannot read it.",
        "next": "`'Retry-After': String(Math.ceil(ms / 1000))`.",
        "express": "express-rate-limit sends seconds.",
    },
    scenarios=("rate_limit",),
    means=("session_mode", "rate_limit"),
    profiles=("chatkit",),
)
def test_wait_is_told_in_seconds(case: Case) -> None:
    """`Retry-After` is a number of seconds, not a date."""
    told = [(exchange, _retry_after(exchange)) for exchange in _limited(case["rate_limit"].exchanges)]
    told = [(exchange, value) for exchange, value in told if value]
    if not told:
        raise NotTestable("no 429 carried `Retry-After`")
    for exchange, value in told:
        digits = re.fullmatch(r"[0-9]+", value)
        expect(digits, found=f"`Retry-After: {value}`", expected="a number of seconds", at=exchange)


def _limited(exchanges: tuple[Exchange, ...] | list[Exchange]) -> list[Exchange]:
    return [exchange for exchange in exchanges if exchange.status == _TOO_MANY_REQUESTS]


def _retry_after(exchange: Exchange) -> str:
    return ((exchange.response.header("retry-after") if exchange.response else None) or "").strip()
