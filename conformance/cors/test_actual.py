"""The actual answers: what a page's script may read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.cors import Decision, Reason, actual_decision, cors_request, exposes
from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ._pages import GUIDE, claimed, control, credentialed, fetch, named, readable

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Response

_ANSWERS = (
    *("no_token", "forged_tokens", "invalid_fields", "broken_json"),
    *("content_type", "big_body", "get", "rate_limit"),
)
_EXPOSED = ("X-Request-Id", "Retry-After")
_TOO_MANY = 429
_CREDENTIALS = frozenset({Reason.WILDCARD_WITH_CREDENTIALS, Reason.CREDENTIALS_NOT_ALLOWED})


@requirement(
    "CORS-ACT-01",
    Level.MUST,
    fetch("CORS check", "cors-check"),
    fetch("HTTP responses", "http-responses"),
    GUIDE,
    why="A preflight only lets the request out. Without the header on the answer itself the page cannot read it, "
    "whatever its status: the stream is lost, and a 401 or 429 shows as a network error without a status.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream\n"
    "Access-Control-Allow-Origin: http://localhost:3001\nVary: Origin",
    remedy={
        "any": "Set the header in the outermost layer, so that streams, refusals and errors all carry it.",
        "fastify": "`reply.raw.writeHead` drops what plugins set: "
        "`reply.raw.writeHead(200, {...reply.getHeaders(), 'content-type': 'text/event-stream'})`.",
        "fastapi": "An unhandled exception is answered outside of CORSMiddleware: catch it in an exception handler "
        "for its own class, or wrap the whole app: `CORSMiddleware(app, ...)`.",
        "starlette": "Unhandled exceptions are answered outside of CORSMiddleware: wrap the whole app in it.",
        "express": "`app.use(cors())` before everything that can answer, rate limiter and body parser included.",
        "next": "Add the headers to every `Response` of the route handler, errors included.",
        "nginx": "`add_header ... always;`: without `always` it leaves errors out.",
        "spring": "Use a CorsFilter with the highest precedence rather than `@CrossOrigin`.",
    },
    scenarios=(CONTROL,),
    optional=_ANSWERS,
    means=("origins",),
    aliases=("AICHAT-CORS-03", "AICHAT-CORS-04", "CHATKIT-CORS-01"),
)
def test_every_answer_allows_the_origin(case: Case) -> None:
    """Every answer to a page at a listed origin allows that origin, whatever its status."""
    answers, absence = readable(case, (CONTROL, *_ANSWERS))
    if not answers:
        raise absence or NotTestable("no answer to a request from a listed origin was recorded")
    blocked = [(answer, decision) for answer in answers if not (decision := _decision(answer)).allowed]
    if blocked:
        because = "; ".join(sorted({decision.because for _, decision in blocked}))
        raise Failure(
            found=f"{len(blocked)} of {len(answers)} answers blocked for the page at {blocked[0][1].origin}, "
            f"because {because}: {named(answer for answer, _ in blocked)}",
            expected="an Access-Control-Allow-Origin that allows the page, on every answer",
            at=blocked[0][0],
        )
    if absence:
        raise absence


def _decision(answer: Exchange) -> Decision:
    """Whether a page that sends no cookies may read the answer; cookies are another requirement's."""
    return actual_decision(cors_request(answer.request), answer.response)


@requirement(
    "CORS-ACT-02",
    Level.MUST,
    fetch("CORS protocol and credentials", "cors-protocol-and-credentials"),
    fetch("CORS check", "cors-check"),
    why="A page that sends cookies may read an answer only if it names the page's origin exactly and says "
    "`Access-Control-Allow-Credentials: true`. `*`, `True` and `1` block it.",
    example="Access-Control-Allow-Origin: http://localhost:3001\nAccess-Control-Allow-Credentials: true\nVary: Origin",
    remedy={
        "any": "Echo the listed origin and send `Access-Control-Allow-Credentials: true`, in lower case, "
        "on preflights and answers; or leave the header out where no page sends cookies.",
        "fastapi": '`allow_origins=["http://localhost:3001"], allow_credentials=True`, never `["*"]`.',
        "express": "`cors({origin: ['http://localhost:3001'], credentials: true})`; "
        "`origin: '*'` with `credentials` sends the pair that browsers refuse.",
        "fastify": "@fastify/cors `{origin: ['http://localhost:3001'], credentials: true}`.",
        "spring": "`setAllowedOrigins(...)` or `setAllowedOriginPatterns(...)` with `setAllowCredentials(true)`.",
        "nginx": "`add_header Access-Control-Allow-Credentials true always;` beside an exact origin.",
    },
    scenarios=(CONTROL, "preflight"),
    means=("origins",),
)
def test_credentialed_pages_are_allowed(case: Case) -> None:
    """
    Where pages send cookies, or an answer claims to allow them, the origin is exact and credentials are `true`.

    A backend that takes no cookie claims nothing as long as no answer carries
    `Access-Control-Allow-Credentials` (`false` claims nothing either).
    """
    demanded = credentialed(case)
    judged = [
        (exchange, actual_decision(cors_request(exchange.request, credentials=True), exchange.response))
        for exchange in (case["preflight"]["listed"], control(case))
        if demanded or _claims_credentials(exchange.response)
    ]
    if not judged:
        reason = "no page sends cookies: the credential is none, and no answer carries Access-Control-Allow-Credentials"
        raise NotClaimed(reason, declare='[auth] scheme = "cookie"')
    for exchange, decision in judged:
        expected = f"`Access-Control-Allow-Origin: {decision.origin}` and `Access-Control-Allow-Credentials: true`"
        expect(decision.reason not in _CREDENTIALS, found=str(decision), expected=expected, at=exchange)
    # An origin that is not allowed at all is another requirement's: it must only not pass for allowed here.
    if not judged[-1][1].allowed:
        raise NotTestable(str(judged[-1][1]))


def _claims_credentials(response: Response | None) -> bool:
    """The answer speaks of credentials, other than to deny them."""
    value = response.header("access-control-allow-credentials") if response else None
    return value is not None and value.strip().lower() != "false"


@requirement(
    "CORS-ACT-03",
    Level.SHOULD,
    fetch("CORS protocol and HTTP caches", "cors-protocol-and-http-caches"),
    GUIDE,
    why="A cache that does not know that the answer depends on the origin gives one page's answer to another page, "
    "and the browser blocks it there.",
    example="Access-Control-Allow-Origin: http://localhost:3001\nVary: Origin",
    remedy={
        "any": "Add `Vary: Origin` wherever the value of Access-Control-Allow-Origin is computed from the request.",
        "fastify": "Spread `reply.getHeaders()` into `reply.raw.writeHead`: @fastify/cors sets Vary there.",
        "express": "The cors package adds it when `origin` is a list or a function; by hand: `res.vary('Origin')`.",
        "next": "Set `Vary: Origin` beside the header in the route handler.",
        "nginx": "`add_header Vary Origin always;` beside an origin taken from a `map`.",
    },
    scenarios=(CONTROL, "native", "foreign_origins"),
    means=("origins",),
    aliases=("AICHAT-CORS-07",),
)
def test_answer_varies_by_origin(case: Case) -> None:
    """An answer says `Vary: Origin` where its `Access-Control-Allow-Origin` depends on the request."""
    turn = control(case)
    others = [case["native"]["turn"]]
    foreign = claimed(case, "foreign_origins")
    if foreign:
        others.append(foreign["actual_turn/evil" if "actual_turn/evil" in foreign else "actual/evil"])
    if not _origin_of(turn):
        raise NotTestable("the turn's answer has no Access-Control-Allow-Origin")
    if not any(other.response for other in others):
        raise NotTestable("only one origin was answered, so that there is nothing to compare with")
    values = {_origin_of(entry) for entry in (turn, *others) if entry.response}
    if values <= {"*", ""} or len(values) == 1:
        return
    for entry in (turn, *others):
        vary = entry.response.header("vary") if entry.response else None
        tokens = {token.strip().lower() for token in (vary or "").split(",")}
        varies = bool(tokens & {"origin", "*"}) or _origin_of(entry) in {"*", ""}
        found = "no Vary" if vary is None else f"`Vary: {vary}`"
        found += f" beside `Access-Control-Allow-Origin: {_origin_of(entry)}`, which other requests do not get"
        expect(varies, found=found, expected="`Vary: Origin`", at=entry)


def _origin_of(exchange: Exchange) -> str:
    """The origin that an answer allows; empty where it allows none."""
    return (exchange.response.header("access-control-allow-origin") or "") if exchange.response else ""


@requirement(
    "CORS-ACT-04",
    Level.SHOULD,
    fetch("CORS-safelisted response-header name", "cors-safelisted-response-header-name"),
    fetch("HTTP responses, Access-Control-Expose-Headers", "http-access-control-expose-headers"),
    GUIDE,
    why="A script reads seven response headers only, unless others are exposed by name: a request id that it cannot "
    "read cannot be reported, and a Retry-After that it cannot read is not heeded.",
    example="X-Request-Id: req_7f3a\nAccess-Control-Expose-Headers: X-Request-Id, Retry-After",
    remedy={
        "any": "Send `Access-Control-Expose-Headers: X-Request-Id, Retry-After` on the answers (not on the preflight).",
        "fastapi": '`expose_headers=["X-Request-Id", "Retry-After"]`.',
        "starlette": '`expose_headers=["X-Request-Id", "Retry-After"]`.',
        "express": "`cors({exposedHeaders: ['X-Request-Id', 'Retry-After']})`.",
        "fastify": "@fastify/cors `exposedHeaders: ['x-request-id', 'retry-after']`.",
        "django": "`CORS_EXPOSE_HEADERS = ['X-Request-Id', 'Retry-After']`.",
        "spring": '`setExposedHeaders(List.of("X-Request-Id", "Retry-After"))`.',
        "go": 'rs/cors: `ExposedHeaders: []string{"X-Request-Id", "Retry-After"}`.',
    },
    scenarios=(CONTROL,),
    optional=("rate_limit",),
    means=("origins",),
    aliases=("AICHAT-CORS-08",),
)
def test_answer_exposes_its_headers(case: Case) -> None:
    """On an answer that the page may read, `X-Request-Id`, and on a 429 `Retry-After`, are exposed to its script."""
    answers, absence = readable(case, (CONTROL, "rate_limit"))
    seen = False
    for answer in answers:
        if not _decision(answer).allowed:
            continue
        for name in _EXPOSED:
            if answer.response is None or answer.response.header(name) is None:
                continue
            if name == "Retry-After" and answer.status != _TOO_MANY:
                continue
            seen = True
            value = answer.response.header("access-control-expose-headers")
            exposed = (
                "no Access-Control-Expose-Headers" if value is None else f"`Access-Control-Expose-Headers: {value}`"
            )
            expect(
                exposes(answer.response, name, credentials=credentialed(case)),
                found=f"`{name}` on the answer, and {exposed}",
                expected=f"`{name}` in Access-Control-Expose-Headers",
                at=answer,
            )
    if absence:
        raise absence
    if not seen:
        raise NotClaimed("no answer that the page may read carries X-Request-Id, and no such 429 Retry-After")
