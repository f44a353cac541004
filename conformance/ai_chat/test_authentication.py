"""Who may chat; what JWTs must be refused in general is judged in `jwt`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, exchange_of, expect_all_rejected, expect_rejected, rejection_fault, shown
from .sources import AUTHENTICATION, CHECKLIST, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

_UNAUTHORIZED = frozenset({401})
_NOT_BEARER = frozenset({400, 401, 403})
_TOKENS = {
    "invalid": "for a forged token",
    "missing": "without a token",
    "none": "for a token with `alg` none",
    "expired": "for a token that expired an hour ago",
}
_REFUSAL = (
    'HTTP/1.1 401 Unauthorized\nContent-Type: application/json\nWWW-Authenticate: Bearer\n\n{"error":"unauthorized"}'
)


@requirement(
    "AICHAT-AUTH-01",
    Level.MUST,
    AUTHENTICATION,
    CHECKLIST,
    why="A chat turn costs money; and a 200 whose stream holds the error is taken for an answer by every client.",
    example=_REFUSAL,
    remedy={
        "any": "Check the token before the first byte of the stream: after the early flush the status cannot change.",
        "fastify": "Verify in an `onRequest` or `preHandler` hook of this route, before `reply.raw.writeHead`.",
        "express": "Put the authentication middleware before the handler of this route.",
        "fastapi": "A dependency (`Depends(current_user)`), not a check in the generator.",
        "next": "Return the 401 Response before you make the ReadableStream.",
    },
    scenarios=("no_token",),
    means=("token",),
)
def test_turn_without_token_is_refused(case: Case) -> None:
    """A turn without a credential is answered with 401, not with a stream."""
    exchange = exchange_of(case["no_token"], "chat")
    expect_rejected(exchange, "without a credential", _UNAUTHORIZED)


@requirement(
    "AICHAT-AUTH-05",
    Level.MUST,
    AUTHENTICATION,
    rfc(7519, "4.1.3"),
    why="The same key often signs tokens for several services; without a look at the audience a token for any of "
    "them opens this one.",
    example=_REFUSAL,
    remedy={
        "any": "Require the audience when you verify, and that the claim is there at all.",
        "fastapi": 'PyJWT: `decode(token, key, algorithms=["HS256"], audience="authenticated")`.',
        "express": "jsonwebtoken: `verify(token, key, { algorithms: ['HS256'], audience: 'authenticated' })`.",
        "fastify": "@fastify/jwt: `verify: { allowedAud: 'authenticated' }`.",
    },
    scenarios=("minted_tokens",),
    means=("signing_key",),
)
def test_token_for_another_audience_is_refused(case: Case) -> None:
    """A token whose audience is missing or another is answered with 401."""
    recording = _control(case["minted_tokens"])
    if "no_audience" not in recording:
        raise NotClaimed("no audience is declared", declare='claims = { sub = "...", aud = "authenticated" }')
    labels = {"another audience": "wrong_audience", "no audience": "no_audience"}
    expect_all_rejected({what: exchange_of(recording, label) for what, label in labels.items()}, _UNAUTHORIZED)


@requirement(
    "AICHAT-AUTH-06",
    Level.SHOULD,
    AUTHENTICATION,
    rfc(7519, "4.1.4"),
    why="A token that never expires cannot be taken back: once leaked it opens the backend for good.",
    example=_REFUSAL,
    remedy={
        "any": "Require `exp`: most libraries check it only where it is present.",
        "fastapi": 'PyJWT: `options={"require": ["exp", "sub"]}`.',
        "express": "jsonwebtoken: check `payload.exp` yourself, or give `maxAge`.",
    },
    scenarios=("minted_tokens",),
    means=("signing_key",),
)
def test_token_without_expiry_is_refused(case: Case) -> None:
    """A token without `exp` is answered with 401."""
    expect_rejected(_control(case["minted_tokens"])["no_expiry"], "without `exp`", _UNAUTHORIZED)


@requirement(
    "AICHAT-AUTH-07",
    Level.MUST,
    AUTHENTICATION,
    why="The guide prints this key: a backend that trusts it lets in everybody who has read it, as whoever they like.",
    example=_REFUSAL,
    remedy={
        "any": "Set a key of your own (`openssl rand -base64 48`), and refuse to start with a known placeholder.",
    },
    scenarios=("placeholder_key",),
    means=("token",),
)
def test_token_signed_with_the_printed_key_is_refused(case: Case) -> None:
    """A token signed with the key that the guide prints is answered with 401."""
    exchange = exchange_of(case["placeholder_key"], "chat")
    expect_rejected(exchange, "signed with the key of the guide", _UNAUTHORIZED)


@requirement(
    "AICHAT-AUTH-09",
    Level.SHOULD,
    AUTHENTICATION,
    why="The ping is how people find out whether a token works; where it disagrees with the chat it sends them "
    "looking in the wrong place.",
    example="GET /api/v1/auth/ping\n\nHTTP/1.1 200 OK",
    remedy={
        "any": "Let ping and chat share one verifier.",
        "fastapi": "The same `Depends(current_user)` on both routes.",
        "fastify": "The same `preHandler` on both routes.",
        "express": "The same middleware on both routes.",
    },
    scenarios=("turn", "ping", "forged_tokens", "no_token", "minted_tokens"),
    means=("ping_path", "token"),
)
def test_ping_agrees_with_the_chat(case: Case) -> None:
    """
    The ping answers 200 to a valid token and 401 to a forged, expired or missing one, as the chat does.

    What the chat lets in by mistake has a row of its own, and is not held against the ping.
    """
    ping = case["ping"]
    valid = exchange_of(ping, "valid")
    expect(
        valid.status == HTTPStatus.OK,
        found=f"for a token that the chat accepts: {shown(valid)}",
        expected="status 200",
        at=valid,
    )
    forged = case["forged_tokens"]
    by_chat = {
        "invalid": exchange_of(forged, "tampered" if "tampered" in forged else "garbage"),
        "missing": exchange_of(case["no_token"], "chat"),
    }
    if "none" in ping:
        by_chat["none"] = exchange_of(forged, "none")
    if "expired" in ping:
        by_chat["expired"] = exchange_of(case["minted_tokens"], "long_expired")
    for label, chat in by_chat.items():
        answer = exchange_of(ping, label)
        fault = "" if accepted(chat) and accepted(answer) else rejection_fault(answer, _UNAUTHORIZED)
        expect(not fault, found=f"{_TOKENS[label]}: {fault}", expected="status 401", at=answer)


@requirement(
    "AICHAT-AUTH-10",
    Level.SHOULD,
    AUTHENTICATION,
    rfc(9110, "11.1"),
    rfc(6750, "2"),
    why="Schemes are matched without regard to case, and some clients send `bearer`. A token in the query ends up in "
    "logs and histories; one under `Basic` shows that nobody looks at the scheme.",
    example="authorization: bearer <token>",
    remedy={
        "any": "Parse the scheme, compare it without regard to case, and read the token from nowhere else.",
        "express": "`const [scheme, token] = header.split(' '); if (scheme.toLowerCase() !== 'bearer') ...`.",
        "fastapi": "`HTTPBearer()` does so.",
    },
    scenarios=("schemes",),
    means=("bearer_scheme",),
)
def test_scheme_is_read_as_the_standard_says(case: Case) -> None:
    """The scheme `bearer` is matched in any case; a token under `Basic` or in the query is refused."""
    recording = case["schemes"]
    lower = exchange_of(recording, "lower")
    expect(accepted(lower), found=f"`bearer` in lower case: {shown(lower)}", expected="a chat turn", at=lower)
    refused = {"under `Basic`": exchange_of(recording, "basic"), "in the query": exchange_of(recording, "query")}
    expect_all_rejected(refused, _NOT_BEARER)


def _control(recording: Recording) -> Recording:
    """The recording, where the fresh token of the same making was let in."""
    fresh: Exchange = exchange_of(recording, "fresh")
    if not accepted(fresh):
        raise NotTestable(f"a fresh token minted with the declared key is not accepted: {shown(fresh)}")
    return recording
