"""One CORS policy for preflights, streams and native clients; the standard's own rules are judged in `cors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.cors import actual_decision, cors_request, max_age_seconds
from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, difference, exchange_of, shown
from .sources import CHECKLIST, CORS, FETCH_MAX_AGE, FETCH_PROTOCOL, HEADERS, MOBILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.case import Case
    from chatproof.recording import Exchange

_MAX_AGE_SECONDS = 60
_LAYER = {
    "any": "Leave preflights and answers to one CORS layer, outside of authentication and error handling.",
    "fastify": "`reply.raw.writeHead(200, { ...reply.getHeaders(), ... })`: raw writes drop what @fastify/cors set.",
    "express": "`app.use(cors({ origin: [...] }))` first, and no `Access-Control-*` by hand.",
    "fastapi": "`CORSMiddleware(allow_origins=[...])` as the outermost middleware, and no such headers by hand.",
    "next": "The same headers on the `OPTIONS` export and on every Response.",
}


@requirement(
    "AICHAT-CORS-05",
    Level.MUST,
    HEADERS,
    CORS,
    FETCH_PROTOCOL,
    why="Browsers refuse the pair, so that requests with cookies fail everywhere; it also tells of two CORS layers "
    "that contradict each other.",
    example="Access-Control-Allow-Origin: http://localhost:3001\nAccess-Control-Allow-Credentials: true\nVary: Origin",
    remedy={
        **_LAYER,
        "any": "Answer with the page's own origin from a list; or keep `*` without `Access-Control-Allow-Credentials`.",
        "express": "`cors({ origin: ['https://app.example'], credentials: true })`; `origin: '*'` sends the pair.",
    },
    scenarios=("turn", "preflight", "invalid_fields", "foreign_origins", "health"),
    means=("origins",),
)
def test_any_origin_is_never_allowed_with_credentials(case: Case) -> None:
    """No answer carries `Access-Control-Allow-Origin: *` together with `Access-Control-Allow-Credentials: true`."""
    exchanges = [*case["turn"].exchanges, *case["preflight"].exchanges, *case["invalid_fields"].exchanges]
    if case.backend.cors == "list":
        exchanges += case["foreign_origins"].exchanges
    if case.settings.health_path:
        exchanges += case["health"].exchanges
    seen = False
    for exchange in exchanges:
        origin = exchange.response.header("access-control-allow-origin") if exchange.response else None
        credentials = exchange.response.header("access-control-allow-credentials") if exchange.response else None
        seen = seen or origin is not None
        expect(
            not (origin == "*" and credentials == "true"),
            found=f"Access-Control-Allow-Origin: * and Access-Control-Allow-Credentials: true ({shown(exchange)})",
            expected="one of the two at most",
            at=exchange,
        )
    if not seen:
        raise NotTestable("no answer carries `Access-Control-Allow-Origin`")


@requirement(
    "AICHAT-CORS-09",
    Level.MAY,
    CORS,
    FETCH_MAX_AGE,
    why="Without it a browser asks again after 5 s: nearly every turn then waits for a preflight, before its own "
    "time to first token begins.",
    example="HTTP/1.1 204 No Content\nAccess-Control-Max-Age: 600",
    remedy={
        "any": "`Access-Control-Max-Age: 600` on preflights.",
        "express": "`cors({ maxAge: 600 })`.",
        "fastify": "`@fastify/cors` with `maxAge: 600`.",
        "fastapi": "`CORSMiddleware(..., max_age=600)`.",
    },
    scenarios=("preflight",),
    means=("origins",),
)
def test_preflight_may_be_kept_for_a_minute(case: Case) -> None:
    """A preflight is answered with `Access-Control-Max-Age` of 60 s at least."""
    exchange = exchange_of(case["preflight"], "listed")
    if exchange.response is None or not accepted(exchange):
        raise NotTestable(f"the preflight was not answered with a 2xx: {shown(exchange)}")
    age = max_age_seconds(exchange.response)
    value = exchange.response.header("access-control-max-age")
    if age is None or age < _MAX_AGE_SECONDS:
        found = "no `Access-Control-Max-Age`" if value is None else f"Access-Control-Max-Age: {value}"
        raise Failure(found=found, expected="60 s or more; without it browsers ask again after 5 s", at=exchange)


@requirement(
    "AICHAT-CORS-10",
    Level.SHOULD,
    CORS,
    CHECKLIST,
    FETCH_PROTOCOL,
    why="Where the preflight says yes and the answer says no, the turn runs and is paid for, and the page sees only "
    "`CORS error`; every look at OPTIONS alone says that all is well.",
    example="Access-Control-Allow-Origin: http://localhost:3001",
    remedy=_LAYER,
    scenarios=("turn", "preflight", "foreign_origins"),
    means=("origins",),
)
def test_preflight_and_answer_agree(case: Case) -> None:
    """A page that the preflight allows may read the answer, and one that it denies may not."""
    pairs = [(exchange_of(case["preflight"], "listed"), exchange_of(case["turn"], "turn")), *_foreign(case)]
    for preflight, actual in pairs:
        if preflight.response is None or actual.response is None:
            continue
        asked, got = _allows(case, preflight), _allows(case, actual)
        expect(
            asked == got,
            found=f"the page {actual.request.header('origin')} is {_word(asked)} by the preflight, "
            f"and {_word(got)} by the answer ({shown(actual)})",
            expected="the same decision in both",
            at=actual,
        )
    if not any(preflight.response and actual.response for preflight, actual in pairs):
        raise NotTestable("no pair of preflight and request was answered")


def _foreign(case: Case) -> Iterator[tuple[Exchange, Exchange]]:
    if case.backend.cors != "list":
        return
    recording = case["foreign_origins"]
    for page in ("evil", "suffix", "prefix", "null"):
        yield exchange_of(recording, f"preflight/{page}"), exchange_of(recording, f"actual/{page}")
    yield exchange_of(recording, "preflight/evil"), exchange_of(recording, "actual_turn/evil")


def _allows(case: Case, exchange: Exchange) -> bool:
    """By the origin alone: what else a preflight may deny is judged in `cors`."""
    request = cors_request(exchange.request, credentials=case.config.auth.scheme == "cookie")
    return actual_decision(request, exchange.response).allowed


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "denied"


@requirement(
    "AICHAT-CORS-11",
    Level.MUST,
    MOBILE,
    why="Apps and servers send no Origin. A backend that demands one locks them out, and protects nobody: whoever is "
    "no browser can send any Origin.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream",
    remedy={
        "any": "Let requests without `Origin` pass: CORS is for pages, and authentication for everybody.",
        "express": "In `cors({ origin(origin, done) { ... } })` allow `origin === undefined`.",
        "fastify": "In the `origin` function of @fastify/cors allow `undefined`.",
    },
    scenarios=("turn", "native"),
    means=("origins",),
)
def test_native_client_gets_the_same_stream(case: Case) -> None:
    """A client that sends no `Origin` gets the same kind of stream as a page does."""
    exchange = exchange_of(case["native"], "turn")
    apart = difference(case, exchange, exchange_of(case["turn"], "turn"))
    expect(not apart, found=f"without `Origin`: {apart}", expected="a stream like the page's", at=exchange)
