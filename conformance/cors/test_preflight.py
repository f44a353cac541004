"""The preflight: what a browser asks before it sends a page's chat request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.cors import (
    Reason,
    cors_check,
    header_check,
    max_age_seconds,
    method_check,
    preflight_decision,
    preflighted_request,
    status_check,
)
from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.verdict import Level

from ._pages import GUIDE, fetch, preflight

if TYPE_CHECKING:
    from chatproof.case import Case

_STEPS = fetch("CORS-preflight fetch, step 7", "cors-preflight-fetch-0")
_EXAMPLE = (
    "HTTP/1.1 204 No Content\n"
    "Access-Control-Allow-Origin: http://localhost:3001\n"
    "Access-Control-Allow-Methods: POST\n"
    "Access-Control-Allow-Headers: authorization, content-type\n"
    "Access-Control-Max-Age: 600\n"
    "Vary: Origin"
)


@requirement(
    "CORS-PRE-01",
    Level.MUST,
    _STEPS,
    fetch("ok status", "ok-status"),
    GUIDE,
    why="A browser sends the chat request only after its preflight was answered with an ok status; "
    "any other status, a redirect too, and the page sees a network error.",
    example=_EXAMPLE,
    remedy={
        "any": "Answer OPTIONS on the chat route with 204, without a redirect; compare the requested header names "
        "in lower case, for a browser sends `authorization,content-type`, sorted and without blanks.",
        "fastapi": "Add CORSMiddleware as the outermost middleware; it answers OPTIONS by itself.",
        "starlette": "Add CORSMiddleware as the outermost middleware; it answers OPTIONS by itself.",
        "express": "`app.use(cors({...}))` before the routes and before authentication.",
        "fastify": "Register @fastify/cors before the authentication hook.",
        "next": "Export an `OPTIONS` handler: the automatic one answers 204 with `Allow` only, without CORS headers.",
        "django": "Put `CorsMiddleware` of django-cors-headers first in MIDDLEWARE.",
        "spring": "Enable `http.cors()` in the security chain, so that OPTIONS passes before authentication.",
        "go": "Wrap the mux in rs/cors, outside of the authentication handler.",
        "nginx": "Let the application answer OPTIONS; an `if ($request_method = OPTIONS)` block needs all headers.",
    },
    scenarios=("preflight",),
    means=("origins",),
    aliases=("AICHAT-CORS-01",),
)
def test_preflight_has_an_ok_status(case: Case) -> None:
    """A preflight from a listed origin, in the form a browser sends it, is answered with a status from 200 to 299."""
    recording = case["preflight"]
    exchange = recording["listed"]
    expected = "a status from 200 to 299"
    request = preflighted_request(exchange.request)
    decision = preflight_decision(request, exchange.response)
    blocked = decision.reason in {Reason.NO_ANSWER, Reason.STATUS_NOT_OK}
    found = str(decision)
    for other in recording.exchanges:
        if blocked and other.response and status_check(request, other.response).allowed:
            spellings = [entry.request.header("access-control-request-headers") for entry in (exchange, other)]
            found += f"; asked for `{spellings[0]}` it refuses, asked for `{spellings[1]}` it does not"
    expect(not blocked, found=found, expected=expected, at=exchange)


@requirement(
    "CORS-PRE-02",
    Level.MUST,
    fetch("CORS protocol and credentials", "cors-protocol-and-credentials"),
    Source("WHATWG Fetch", "CORS-preflight fetch, step 1", "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0"),
    why="A preflight never carries a token or a cookie: a backend that asks for one turns every page away.",
    example=_EXAMPLE,
    remedy={
        "any": "Let CORS answer OPTIONS before authentication runs.",
        "fastapi": "Make CORSMiddleware the outermost middleware; keep authentication in dependencies of the routes.",
        "starlette": "List CORSMiddleware before AuthenticationMiddleware.",
        "express": "`app.use(cors())` before `app.use(authenticate)`.",
        "fastify": "Register @fastify/cors before the hook that verifies the token, or skip OPTIONS in that hook.",
        "next": "Do not check the session in middleware for OPTIONS.",
        "spring": "`http.cors(withDefaults())`: the CORS filter runs before the authentication filters.",
        "go": "Put the CORS handler outside of the authentication handler.",
    },
    scenarios=("preflight",),
    means=("origins",),
)
def test_preflight_needs_no_credentials(case: Case) -> None:
    """A preflight is answered without credentials."""
    exchange = case["preflight"]["listed"]
    challenge = exchange.response.header("www-authenticate") if exchange.response else None
    ok = exchange.status is not None and 200 <= exchange.status <= 299  # noqa: PLR2004 - the ok statuses
    refused = exchange.status in {401, 407} or (challenge is not None and not ok)
    found = f"status {exchange.status}" + (f" with the challenge `{challenge}`" if challenge is not None else "")
    expect(not refused, found=found, expected="an answer that asks for no credentials", at=exchange)
    preflight(case)


@requirement(
    "CORS-PRE-03",
    Level.MUST,
    fetch("CORS check", "cors-check"),
    GUIDE,
    why="The browser compares the value byte for byte with the page's origin: a slash at the end, another case, "
    "a list of origins or two header lines block the page. `*` counts only where no cookies are sent.",
    example=_EXAMPLE,
    remedy={
        "any": "Echo the request's Origin when it is on the list, as the only value, without a slash at the end.",
        "fastapi": 'CORSMiddleware: `allow_origins=["http://localhost:3001"]`, spelled as the browser sends it.',
        "starlette": 'CORSMiddleware: `allow_origins=["http://localhost:3001"]`, spelled as the browser sends it.',
        "express": "`cors({origin: ['http://localhost:3001']})`, and no second header set by hand.",
        "fastify": "@fastify/cors `origin: ['http://localhost:3001']`, and no second header in `reply.raw`.",
        "django": "`CORS_ALLOWED_ORIGINS` with scheme and port, without a slash at the end.",
        "nginx": "Set the header in one place only: the proxy's `add_header` and the application's make two values.",
    },
    scenarios=("preflight",),
    means=("origins",),
)
def test_preflight_allows_the_origin(case: Case) -> None:
    """The answer to a preflight allows the listed origin byte for byte, or by `*` where no cookies are sent."""
    exchange, request, response = preflight(case)
    decision = cors_check(request, response)
    allowed = decision.allowed or decision.reason is Reason.CREDENTIALS_NOT_ALLOWED
    expected = f"`Access-Control-Allow-Origin: {request.origin}`, once" + ("" if request.credentials else ", or `*`")
    expect(allowed, found=str(decision), expected=expected, at=exchange)


@requirement(
    "CORS-PRE-04",
    Level.MUST,
    fetch("CORS-preflight fetch, steps 7.3 and 7.5", "cors-preflight-fetch-0"),
    fetch("CORS-safelisted method", "cors-safelisted-method"),
    why="The browser reads `Access-Control-Allow-Methods` as a list of methods: one that is no list blocks the page. "
    "GET, HEAD and POST need not be in it; any other method must, in the same case.",
    example=_EXAMPLE,
    remedy={
        "any": "Separate the methods with commas: `Access-Control-Allow-Methods: GET, POST, OPTIONS`, or leave it out.",
        "express": "`cors({methods: ['GET', 'POST']})` writes the commas.",
        "fastapi": '`allow_methods=["GET", "POST"]` writes the commas.',
        "nginx": "`add_header Access-Control-Allow-Methods 'GET, POST, OPTIONS' always;`",
    },
    scenarios=("preflight",),
    means=("origins",),
)
def test_preflight_allows_the_method(case: Case) -> None:
    """The answer to a preflight allows the method: by name, by `*` without cookies, or as GET, HEAD or POST."""
    exchange, request, response = preflight(case)
    decision = method_check(request, response)
    expected = f"{request.method} allowed, and `Access-Control-Allow-Methods` a list separated by commas, or absent"
    expect(decision.allowed, found=str(decision), expected=expected, at=exchange)


@requirement(
    "CORS-PRE-05",
    Level.SHOULD,
    fetch("CORS non-wildcard request-header name", "cors-non-wildcard-request-header-name"),
    fetch("CORS-preflight fetch, step 7.6", "cors-preflight-fetch-0"),
    GUIDE,
    why="In the Fetch standard `*` never covers `Authorization`. Chromium 156 accepts it all the same, other browsers "
    "need not: a backend that works in one browser fails in another.",
    example="Access-Control-Allow-Headers: authorization, content-type",
    remedy={
        "any": "List the names: `Access-Control-Allow-Headers: authorization, content-type`.",
        "fastapi": '`allow_headers=["authorization", "content-type"]`.',
        "starlette": '`allow_headers=["authorization", "content-type"]`.',
        "express": "`cors({allowedHeaders: ['authorization', 'content-type']})`; without it the names are echoed.",
        "fastify": "@fastify/cors `allowedHeaders: ['authorization', 'content-type']`.",
        "spring": '`setAllowedHeaders(List.of("authorization", "content-type"))`.',
        "nginx": "`add_header Access-Control-Allow-Headers 'authorization, content-type' always;`",
    },
    scenarios=("preflight",),
    means=("origins",),
    aliases=("AICHAT-CORS-02", "STREAM-CORS-01"),
)
def test_preflight_lists_authorization_by_name(case: Case) -> None:
    """The answer to a preflight for `authorization` lists it by name, not by `*`."""
    exchange, request, response = preflight(case)
    if "authorization" not in request.unsafe_names:
        raise NotClaimed("the page sends no Authorization header", declare='[auth] scheme = "bearer"')
    decision = header_check(request, response)
    found = str(decision)
    if not decision.allowed and header_check(request, response, wildcard_covers_authorization=True).allowed:
        found += "; Chromium 156 lets the `*` pass, the Fetch standard does not"
    named = decision.reason not in {Reason.AUTHORIZATION_NOT_LISTED, Reason.HEADERS_MALFORMED}
    expect(named, found=found, expected="`authorization` by name in Access-Control-Allow-Headers", at=exchange)


@requirement(
    "CORS-PRE-06",
    Level.MUST,
    fetch("CORS-preflight fetch, step 7.7", "cors-preflight-fetch-0"),
    fetch("CORS-unsafe request-header names", "cors-unsafe-request-header-names"),
    why="A header that is neither listed nor covered blocks the request before it is sent, in every browser. "
    "`content-type: application/json` and `authorization` need permission, `accept: text/event-stream` does not.",
    example="Access-Control-Allow-Headers: authorization, content-type",
    remedy={
        "any": "List every header that the page sends in `Access-Control-Allow-Headers`.",
        "fastapi": '`allow_headers=["authorization", "content-type"]`.',
        "starlette": '`allow_headers=["authorization", "content-type"]`.',
        "express": "`cors({allowedHeaders: ['authorization', 'content-type']})`.",
        "fastify": "@fastify/cors `allowedHeaders: ['authorization', 'content-type']`.",
        "next": "Set `Access-Control-Allow-Headers` in the exported `OPTIONS` handler.",
        "django": "`CORS_ALLOW_HEADERS = (*default_headers, ...)`.",
        "go": 'rs/cors: `AllowedHeaders: []string{"Authorization", "Content-Type"}`.',
    },
    scenarios=("preflight",),
    means=("origins",),
)
def test_preflight_allows_the_headers(case: Case) -> None:
    """
    The answer to a preflight allows every header that the page asks for, by name or by `*` without cookies.

    `authorization` counts here as browsers take it today, covered by `*` in Chromium; that it is
    listed by name is a requirement of its own.
    """
    exchange, request, response = preflight(case)
    if not request.unsafe_names:
        raise NotTestable("the preflight asked for no header")
    decision = header_check(request, response, wildcard_covers_authorization=True)
    expected = f"`Access-Control-Allow-Headers: {', '.join(request.unsafe_names)}`"
    expect(decision.allowed, found=str(decision), expected=expected, at=exchange)


@requirement(
    "CORS-PRE-07",
    Level.SHOULD,
    fetch("HTTP responses, Access-Control-Max-Age", "http-access-control-max-age"),
    Source("RFC 9111", "1.2.2 Delta Seconds", "https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2"),
    why="Without it a browser keeps the answer for 5 s only, so that nearly every turn waits for a preflight first: "
    "one more round trip before the first token.",
    example="Access-Control-Max-Age: 600",
    remedy={
        "any": "Send `Access-Control-Max-Age: 600`: digits only, in seconds.",
        "fastapi": "`max_age=600` (the default of CORSMiddleware).",
        "express": "`cors({maxAge: 600})`; it sends none by default.",
        "fastify": "@fastify/cors `maxAge: 600`; it sends none by default.",
        "django": "`CORS_PREFLIGHT_MAX_AGE = 600`.",
        "spring": "`setMaxAge(600L)`.",
        "go": "rs/cors: `MaxAge: 600`.",
    },
    scenarios=("preflight",),
    means=("origins",),
)
def test_preflight_may_be_kept(case: Case) -> None:
    """The answer to a preflight says for how many seconds it holds, in `Access-Control-Max-Age`."""
    exchange, _, response = preflight(case)
    value = response.header("access-control-max-age")
    found = "no Access-Control-Max-Age" if value is None else f"`Access-Control-Max-Age: {value}`"
    expect(max_age_seconds(response) is not None, found=found, expected="a whole number of seconds", at=exchange)
