"""The token's times, and how long an answer with a token may be kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ..common.stream_tokens import expiry_fault, future_fault, time_of, times_of, token_of, units_fault
from .answers import exchange_of
from .sources import ENDPOINT, STREAM_ERRORS, STREAM_TOKENS, rfc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from chatproof.case import Case
    from chatproof.recording import Exchange, Response

_CLAIMS = '{"user_id": "u1", "iat": 1768480486, "exp": 1768484096}'
_HEADERS = "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store"


@requirement(
    "STREAM-TOK-07",
    Level.SHOULD,
    STREAM_TOKENS,
    why="A token without `exp` is good for ever, and one without `iat` cannot be revoked by date: both are what the "
    "SDKs make unless told otherwise.",
    example=_CLAIMS,
    remedy={
        "any": "Give each token an `exp` (a day at the most) and an `iat`; `max_ttl` declares another limit.",
        "fastapi": "`create_token(user_id, exp=now + 3600, iat=now - 10)`; an `exp` of 0 is dropped without a word.",
        "express": "`createToken(userId, now + 3600, now - 10)`, in seconds.",
    },
    scenarios=(CONTROL,),
)
def test_token_expires(case: Case) -> None:
    """The token has `exp` and `iat`, and expires within the declared longest life."""
    recording = case[CONTROL]
    exchange = exchange_of(recording, "token")
    facts = _jwt(exchange, case.settings.token_field)
    if units_fault(facts):
        raise NotTestable(f"{units_fault(facts)}: see STREAM-TOK-08")
    limit = case.settings.max_ttl
    fault = expiry_fault(facts, now=time_of(recording, exchange), max_ttl=limit)
    expect(not fault, found=fault, expected=f"`iat`, and `exp` at most {limit:g} s ahead", at=exchange)


@requirement(
    "STREAM-TOK-08",
    Level.MUST,
    STREAM_TOKENS,
    rfc(7519, "2"),
    why="Milliseconds as an expiry lie 56 thousand years ahead; as `iat` they make Stream refuse the token.",
    example=_CLAIMS,
    remedy={
        "any": "Write whole seconds since 1970.",
        "fastapi": "`int(time.time()) + 3600`.",
        "express": "`Math.floor(Date.now() / 1000) + 3600`.",
    },
    scenarios=(CONTROL,),
)
def test_times_are_seconds(case: Case) -> None:
    """The token's `exp` and `iat` are numbers of seconds since 1970."""
    exchange = exchange_of(case[CONTROL], "token")
    facts = _jwt(exchange, case.settings.token_field)
    if not times_of(facts):
        raise NotClaimed("the token has neither `exp` nor `iat`")
    fault = units_fault(facts)
    expect(not fault, found=fault, expected="numbers of seconds since 1970", at=exchange)


@requirement(
    "STREAM-TOK-20",
    Level.SHOULD,
    STREAM_ERRORS,
    why="Stream refuses a token that was issued later than now by its clock (code 42), and clocks differ.",
    example=_CLAIMS,
    remedy={
        "any": "Set `iat` some seconds back.",
        "fastapi": "`iat=int(time.time()) - 10`.",
        "express": "`createToken(userId, exp, Math.floor(Date.now() / 1000) - 10)`.",
    },
    scenarios=(CONTROL,),
)
def test_token_is_not_issued_ahead(case: Case) -> None:
    """The token's `iat` does not lie in the future."""
    recording = case[CONTROL]
    exchange = exchange_of(recording, "token")
    facts = _jwt(exchange, case.settings.token_field)
    if "iat" not in times_of(facts):
        raise NotClaimed("the token has no `iat`")
    if units_fault(facts):
        raise NotTestable(f"{units_fault(facts)}: see STREAM-TOK-08")
    fault = future_fault(facts, now=time_of(recording, exchange))
    expect(not fault, found=fault, expected="an `iat` that has passed", at=exchange)


@requirement(
    "STREAM-TOK-10",
    Level.SHOULD,
    ENDPOINT,
    rfc(9111, "5.2.2.5"),
    why="A GET that gives a credential may be stored by default, by the browser's cache at least.",
    example=_HEADERS,
    remedy={
        "any": "Send `Cache-Control: no-store` with the token.",
        "fastapi": '`response.headers["Cache-Control"] = "no-store"` in the route.',
        "express": "`res.set('Cache-Control', 'no-store')`.",
        "next": "`Response.json(data, { headers: { 'Cache-Control': 'no-store' } })`.",
    },
    scenarios=(CONTROL,),
)
def test_token_is_not_stored(case: Case) -> None:
    """The answer with the token says `Cache-Control: no-store`."""
    exchange, response = _answer(case)
    found = response.header("cache-control")
    expect(
        "no-store" in _directives(response),
        found="no `Cache-Control`" if found is None else f"`Cache-Control: {found}`",
        expected="`Cache-Control: no-store`",
        at=exchange,
    )


@requirement(
    "STREAM-TOK-21",
    Level.MUST,
    ENDPOINT,
    rfc(9111, "3.5"),
    why="A shared cache that keeps the answer gives one user's token to the next who asks.",
    example=_HEADERS,
    remedy={
        "any": "Send `Cache-Control: no-store` with the token. Without an `Authorization` in the request nothing else "
        "keeps shared caches off; with one, `public`, `s-maxage` and `must-revalidate` let them in.",
        "fastapi": '`response.headers["Cache-Control"] = "no-store"` in the route.',
        "next": "`export const dynamic = 'force-dynamic'`, and `no-store` in the headers.",
        "cloudflare": "No `Cache Everything` rule for the API.",
    },
    scenarios=(CONTROL,),
)
def test_no_shared_cache_may_keep_the_token(case: Case) -> None:
    """No shared cache may store the answer with the token, unless it must ask again at each use (`no-cache`)."""
    exchange, response = _answer(case)
    directives = _directives(response)
    if directives & {"no-store", "private"} or _asks_again(response):
        return
    lets_in = directives & {"public", "s-maxage", "must-revalidate"}
    explicit = directives & {"public", "s-maxage", "max-age"} or response.header("expires") is not None
    if exchange.request.header("authorization") is not None:
        storable = bool(lets_in)
    else:
        storable = exchange.request.method == "GET" or bool(explicit)
    found = response.header("cache-control")
    expect(
        not storable,
        found="no `Cache-Control`" if found is None else f"`Cache-Control: {found}`",
        expected="`no-store`, which keeps shared caches off",
        at=exchange,
    )


def _answer(case: Case) -> tuple[Exchange, Response]:
    exchange = exchange_of(case[CONTROL], "token")
    if exchange.response is None:
        raise NotTestable(f"`{exchange.key}` got no answer")
    return exchange, exchange.response


def _directives(response: Response) -> set[str]:
    value = re.sub(r'"[^"]*"', "", response.header("cache-control") or "")
    return {part.partition("=")[0].strip().lower() for part in value.split(",")} - {""}


def _asks_again(response: Response) -> bool:
    """`no-cache` without the names of fields, to which it would be confined."""
    return "no-cache" in {part.strip().lower() for part in (response.header("cache-control") or "").split(",")}


def _jwt(exchange: Exchange, field: str) -> Mapping[str, Any]:
    facts = token_of(exchange, field)
    if "claims" not in facts:
        raise NotTestable("the token is no JWT, so that its times cannot be read")
    return facts
