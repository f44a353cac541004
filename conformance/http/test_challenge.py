"""The challenge of a 401: how a client learns what to authenticate with, and what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .fields import Challenge, challenges
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_UNAUTHORIZED = 401
_BEARER_SCHEMES = {"jwt", "bearer", "command"}


@requirement(
    "HTTP-401-01",
    Level.MUST,
    rfc(9110, "15.5.2"),
    rfc(6750, "3"),
    why="Clients, proxies and API gateways read the challenge to learn which scheme to use; "
    "without it a 401 is malformed and some clients treat it as a plain error.",
    example=(
        "HTTP/1.1 401 Unauthorized\n"
        'WWW-Authenticate: Bearer realm="chat"\n'
        "Content-Type: application/json\n\n"
        '{"error": "unauthorized"}'
    ),
    remedy={
        "any": "Add `WWW-Authenticate: Bearer` in the one place that makes 401 answers.",
        "fastapi": '`HTTPException(401, headers={"WWW-Authenticate": "Bearer"})`: alone it sends no challenge; '
        "the dependency `HTTPBearer()` sends one by itself.",
        "starlette": '`HTTPException(401, headers={"WWW-Authenticate": "Bearer"})`, or the header in `on_error` of '
        "AuthenticationMiddleware.",
        "express": "`res.set('WWW-Authenticate', 'Bearer').status(401).json(...)`; express-oauth2-jwt-bearer does so.",
        "fastify": "`reply.header('WWW-Authenticate', 'Bearer').code(401)` in the hook that verifies the token.",
        "next": "`new Response(body, {status: 401, headers: {'WWW-Authenticate': 'Bearer'}})` in the route handler.",
        "django": "Return `authenticate_header()` from the authentication class; without it Django REST answers 403.",
        "flask": "`return body, 401, {'WWW-Authenticate': 'Bearer'}`.",
        "go": '`w.Header().Set("WWW-Authenticate", "Bearer")` before `w.WriteHeader(401)`.',
        "spring": "Use `BearerTokenAuthenticationEntryPoint`, as `oauth2ResourceServer()` does.",
        "nginx": "`add_header WWW-Authenticate Bearer always;` where nginx itself answers: errors need the `always`.",
    },
    scenarios=("no_token", "forged_tokens"),
    means=("token",),
    aliases=("AICHAT-AUTH-08", "CHATKIT-AUTH-05"),
)
def test_unauthorized_carries_a_challenge(case: Case) -> None:
    """
    Every 401 carries `WWW-Authenticate` with a challenge, one for `Bearer` where the credential is a bearer token.

    Where nothing was answered with 401 there is none to look at: other requirements say that it should be.
    """
    refused = [
        exchange
        for scenario in ("no_token", "forged_tokens")
        for exchange in case[scenario].exchanges
        if exchange.status == _UNAUTHORIZED
    ]
    if not refused:
        raise NotTestable("no request without a valid token was answered with 401")
    bearer = case.config.auth.scheme in _BEARER_SCHEMES
    expected = "`WWW-Authenticate` with a challenge for `Bearer`" if bearer else "`WWW-Authenticate` with a challenge"
    for exchange in refused:
        given = _challenges(exchange)
        right = [challenge for challenge in given if not bearer or challenge.scheme == "bearer"]
        expect(right, found=_shown(exchange), expected=expected, at=exchange)


@requirement(
    "HTTP-401-02",
    Level.SHOULD,
    rfc(6750, "3.1"),
    why='A client that reads error="invalid_token" fetches a fresh token and tries again; '
    "one that sent none at all must not be told that its token is wrong.",
    example=(
        "a request with a wrong token:\n"
        "HTTP/1.1 401 Unauthorized\n"
        'WWW-Authenticate: Bearer error="invalid_token", error_description="the token expired"\n\n'
        "a request without one:\n"
        "HTTP/1.1 401 Unauthorized\n"
        "WWW-Authenticate: Bearer"
    ),
    remedy={
        "any": 'Send `WWW-Authenticate: Bearer error="invalid_token"` where a token was sent and refused, and no '
        "error code where none was sent.",
        "fastapi": "Two exceptions in the dependency: without credentials `Bearer`, after a failed decode "
        '`Bearer error="invalid_token"`.',
        "express": "express-oauth2-jwt-bearer sends the right codes; by hand, tell no header from a failed verify.",
        "fastify": "Tell a missing header from a failed `jwtVerify()` by the error's code.",
        "spring": "`BearerTokenAuthenticationEntryPoint` does so.",
    },
    scenarios=("no_token", "forged_tokens"),
    means=("bearer_scheme",),
)
def test_challenge_names_an_invalid_token(case: Case) -> None:
    """A 401 says `error="invalid_token"` where a token was sent, and gives no error code where none was."""
    without, wrong = case["no_token"]["chat"], case["forged_tokens"]["garbage"]
    for exchange in (without, wrong):
        if exchange.status != _UNAUTHORIZED:
            raise NotTestable(f"`{exchange.key}` was answered with {_status(exchange)}, not with 401")
    codes = [challenge.parameters.get("error") for challenge in _challenges(wrong) if challenge.scheme == "bearer"]
    expect(
        "invalid_token" in codes,
        found=f"{_shown(wrong)} for a wrong token",
        expected='a challenge `Bearer error="invalid_token"`',
        at=wrong,
    )
    codes = [challenge.parameters.get("error") for challenge in _challenges(without) if challenge.scheme == "bearer"]
    expect(
        not any(codes),
        found=f"{_shown(without)} for a request without a token",
        expected="a challenge `Bearer` without an error code",
        at=without,
    )


def _challenges(exchange: Exchange) -> list[Challenge]:
    return challenges(exchange.response.values("www-authenticate") if exchange.response else [])


def _shown(exchange: Exchange) -> str:
    value = exchange.response.header("www-authenticate") if exchange.response else None
    return "401 without `WWW-Authenticate`" if value is None else f"`WWW-Authenticate: {value}`"


def _status(exchange: Exchange) -> str:
    return f"nothing ({exchange.trouble})" if exchange.status is None else str(exchange.status)
