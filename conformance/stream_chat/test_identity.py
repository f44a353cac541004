"""Who gets a token, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ..common.stream_tokens import token_of, user_of
from .answers import exchange_of, gives_token, is_success, recorded_if_claimed, shown
from .sources import AUTHENTICATION_FLOW, ENDPOINT, QUALITY, STREAM_TOKENS, rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_REFUSAL = (
    "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer\nContent-Type: application/json\n\n"
    '{"detail": "Not authenticated"}'
)
_WAYS = {"query": "`?user_id=`", "body": "a body with `user_id`", "header": "`X-User-Id`"}


@requirement(
    "STREAM-TOK-02",
    Level.MUST,
    ENDPOINT,
    STREAM_TOKENS,
    why="Whoever gets a token without saying who he is reads and writes as somebody else.",
    example=_REFUSAL,
    remedy={
        "any": "Verify the app's own token before you make one for Stream, and answer 401 otherwise.",
        "fastapi": "`user = Depends(current_user)` in the signature of the route.",
        "express": "The authentication middleware before the handler of this route.",
        "next": "`const session = await auth(); if (!session) return new Response(..., { status: 401, ... })`.",
    },
    scenarios=("no_token", "forged_tokens"),
    optional=("minted_tokens",),
    means=("token",),
)
def test_token_is_for_known_users_alone(case: Case) -> None:
    """A request without a credential, or with an invalid or expired one, is answered with 401 and no token."""
    requests = {
        "without a credential": exchange_of(case["no_token"], "chat"),
        "with an invalid token": exchange_of(case["forged_tokens"], "garbage"),
    }
    minted = recorded_if_claimed(case, "minted_tokens")
    if minted is not None and "fresh" in minted and is_success(minted["fresh"]):
        requests["with an expired token"] = exchange_of(minted, "long_expired")
    for what, exchange in requests.items():
        leaks = gives_token(exchange, case.settings.token_field)
        expect(
            exchange.status == 401 and not leaks,  # noqa: PLR2004 - Unauthorized
            found=f"{what}: {shown(exchange)}{', and a token' if leaks else ''}",
            expected="status 401, and no token",
            at=exchange,
        )


@requirement(
    "STREAM-TOK-06",
    Level.MUST,
    QUALITY,
    STREAM_TOKENS,
    why="A route that gives a token for any user it is told lets everybody read everybody's messages.",
    example='GET /api/v1/chat/stream/token?user_id=u2 of the user u1\n\n{"token": "...", "user_id": "u1", ...}',
    remedy={
        "any": "Take the id from the verified credential, and from nowhere else.",
        "fastapi": "No `user_id: str` among the route's parameters: it would come from the query.",
        "express": "`req.auth.payload.sub`, never `req.query.user_id` or `req.body.user_id`.",
        "next": "The session's user, never `searchParams.get('user_id')`.",
    },
    scenarios=(CONTROL, "chosen_identity"),
)
def test_caller_cannot_choose_his_identity(case: Case) -> None:
    """A request that names another user, in the query, a body or a header, gets a token for its sender or none."""
    field = case.settings.token_field
    plain = exchange_of(case[CONTROL], "token")
    own = token_of(plain, field).get("claims", {}).get("user_id")
    if not isinstance(own, str) or not own:
        raise NotTestable("the plain token names no user")
    recording = case["chosen_identity"]
    if not recording.exchanges:
        raise NotTestable("nobody asked for another user's token")
    if own == recording.findings.get("other"):
        raise NotTestable(f"the plain token names {own!r}, the user whom the requests named")
    for exchange in recording.exchanges:
        if not is_success(exchange):
            continue
        named = token_of(exchange, field).get("claims", {}).get("user_id"), user_of(exchange, case.settings.user_field)
        usual = own, user_of(plain, case.settings.user_field)
        others = [str(name) for name, right in zip(named, usual, strict=True) if name not in {right, None}]
        found = f"with {_WAYS.get(exchange.label, exchange.label)}: a token for {', '.join(others)}"
        expect(not others, found=found, expected=f"a token for {own!r}, who asked", at=exchange)


@requirement(
    "STREAM-TOK-17",
    Level.SHOULD,
    AUTHENTICATION_FLOW,
    why="A user who was shut out of the app goes on chatting where nobody looks.",
    example='HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{"detail": "This account is deactivated"}',
    remedy={
        "any": "Look whether the user is active before you make a token, and answer 403.",
        "fastapi": "A dependency `current_active_user` in the place of `current_user`.",
    },
    scenarios=("inactive_user",),
    means=("inactive_user", "signing_key"),
)
def test_deactivated_user_gets_no_token(case: Case) -> None:
    """A deactivated user is answered with 403 and no token."""
    exchange = exchange_of(case["inactive_user"], "inactive")
    leaks = gives_token(exchange, case.settings.token_field)
    found = f"{shown(exchange)}{', and a token' if leaks else ''}"
    expect(exchange.status == 403 and not leaks, found=found, expected="status 403, and no token", at=exchange)  # noqa: PLR2004 - Forbidden


@requirement(
    "JWT-TYP-01",
    Level.MAY,
    rfc(8725, "3.11"),
    rfc(8725, "3.12"),
    why="Stream's tokens go to the browser and to Stream's servers; one that also opens the app's own API makes each "
    "of them a password.",
    example=_REFUSAL,
    remedy={
        "any": "Another secret for the app's own tokens than Stream's, and an audience or type that is verified.",
        "fastapi": 'PyJWT: `decode(..., audience="authenticated", options={"require": ["aud", "sub"]})`.',
    },
    scenarios=("swapped_tokens",),
    means=("token",),
)
def test_kinds_of_tokens_are_not_interchangeable(case: Case) -> None:
    """The token for Stream is another than the app's own, and does not open the app's own routes."""
    recording = case["swapped_tokens"]
    own, swapped = exchange_of(recording, "own"), exchange_of(recording, "swapped")
    facts = token_of(own, case.settings.token_field)
    if not facts.get("length"):
        raise NotTestable("the plain answer holds no token")
    expect(
        facts["same_as"] in {"", "issued credential"},
        found="the caller's own token",
        expected="a token for Stream",
        at=own,
    )
    expect(
        not is_success(swapped),
        found=f"for the token for Stream in the place of the app's: {shown(swapped)}",
        expected="status 401",
        at=swapped,
    )
