"""Tokens for Stream Chat: for users alone, and for nobody but themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.verdict import Level

from ..common.stream_tokens import (
    caller_of,
    expiry_fault,
    form_fault,
    future_fault,
    identity_fault,
    rights_fault,
    signature_fault,
    time_of,
    token_of,
    units_fault,
    user_of,
)
from .answers import exchange_of, refused, succeeded
from .polled import shown
from .sources import COMMANDS, ERRORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange

STREAM = Source(
    "Stream Chat", "Tokens & Authentication", "https://getstream.io/chat/docs/python/tokens_and_authentication/"
)
_LABELS = ("token", "query", "body", "header", "other")
_UNAUTHORIZED = (401,)
_EXAMPLE = (
    "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n"
    '{"token":"eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoidTEi...","user":{"id":"u1"}}'
)


@requirement(
    "HYBRID-TOK-01",
    Level.MUST,
    COMMANDS,
    why="Whoever gets a token is a user of the chat: an open route makes anybody one.",
    example="HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer\nContent-Type: application/json\n\n"
    '{"error":"Unauthorized"}',
    remedy={
        "any": "Verify who asks before anything else, and answer 401 where nobody is signed in.",
        "next": "`if (!(await auth())) return Response.json({ error: 'Unauthorized' }, { status: 401 })` in the route "
        "itself.",
        "express": "The authentication middleware before this handler.",
        "fastapi": "`Depends(current_user)`.",
    },
    scenarios=("token", "no_token"),
    profiles=("hybrid",),
    means=("token_path", "token"),
)
def test_token_is_for_users_alone(case: Case) -> None:
    """Without a credential the token route answers 401, and gives no token."""
    control = exchange_of(case["token"], "token")
    if not succeeded(control):
        raise NotTestable(f"with the user's credential the token route answers {shown(control)}")
    exchange = exchange_of(case["no_token"], "chat")
    facts = exchange.findings.get("issued", {}).get(case.settings.token_field, {})
    given = facts.get("type", "missing") not in {"missing", "NoneType"}
    found = f"{shown(exchange)}{', with a token' if given else ''}"
    right = refused(exchange, _UNAUTHORIZED) and not given
    expect(right, found=found, expected="status 401, and no token", at=exchange)


@requirement(
    "HYBRID-TOK-02",
    Level.MUST,
    COMMANDS,
    ERRORS,
    STREAM,
    why="Stream's client refuses a token that names another user, and Stream itself one that another secret signed; "
    "what is worse is a token that they take, with a server's rights or for somebody else.",
    example=_EXAMPLE,
    remedy={
        "any": "Sign a token of `user_id`, `iat` and `exp` in seconds with the app's secret by HS256, for the user who "
        "is signed in and nobody whom the request names, without `server` or `role`, and answer the same id as the "
        "user's.",
        "next": "`client.createToken(session.user.id, exp, iat)`; take no `userId` from `await req.json()`.",
        "express": "`serverClient.createToken(req.user.id)`; never `req.body.userId`.",
        "fastapi": "`client.create_token(user.id, exp=..., iat=...)`; never `client.auth_token`, which is the "
        "server's own.",
    },
    scenarios=("token",),
    profiles=("hybrid",),
    means=("token_path", "token"),
)
def test_token_is_the_users_own(case: Case) -> None:
    """
    The token is a JWT by HS256 for the user who asks, whatever else the request says, with a user's rights.

    The user beside it is the same, its times are seconds, and the app's secret signed it, where that is declared.
    """
    recording, told = case["token"], case.settings
    control = exchange_of(recording, "token")
    owner = user_of(control, told.user_field)
    for exchange in _given(case, control):
        facts = token_of(exchange, told.token_field)
        caller = caller_of(case, exchange)
        if caller is None and exchange.label != "other" and exchange is not control:
            caller = owner if isinstance(owner, str) else None
        wrong = (
            form_fault(facts)
            or signature_fault(facts)
            or identity_fault(facts, user=user_of(exchange, told.user_field), caller=caller)
            or rights_fault(facts)
            or units_fault(facts)
        )
        expect(not wrong, found=_where(exchange, wrong), expected="a token for the user who asks", at=exchange)


@requirement(
    "HYBRID-TOK-05",
    Level.SHOULD,
    STREAM,
    why="A token without `exp` works for ever, and one without `iat` cannot be revoked by its age.",
    example='{"user_id":"u1","iat":1795000000,"exp":1795003600}',
    remedy={
        "any": "Give the token `exp` a day ahead at the most, and `iat` some seconds ago.",
        "next": "`client.createToken(id, now + 3600, now - 10)`, in seconds.",
        "express": "`serverClient.createToken(id, now + 3600, now - 10)`, in seconds.",
        "fastapi": "`client.create_token(id, exp=now + 3600, iat=now - 10)`, in seconds.",
    },
    scenarios=("token",),
    profiles=("hybrid",),
    means=("token_path", "token"),
)
def test_token_expires(case: Case) -> None:
    """The token has `iat`, not ahead of the time, and an `exp` within the declared longest life."""
    recording = case["token"]
    exchange = exchange_of(recording, "token")
    facts: Mapping[str, Any] = token_of(exchange, case.settings.token_field)
    if "claims" not in facts:
        raise NotTestable("the token is no JWT, and has no times")
    now = time_of(recording, exchange)
    wrong = expiry_fault(facts, now=now, max_ttl=case.settings.max_ttl) or future_fault(facts, now=now)
    expect(not wrong, found=f"a token with {wrong}", expected="a life that is bounded", at=exchange)


def _given(case: Case, control: Exchange) -> list[Exchange]:
    """The answers to look at: the plain one, and of the others those that gave a token; a refusal is right, too."""
    recording = case["token"]
    others = [recording[label] for label in _LABELS if label in recording and label != control.label]
    return [control, *(exchange for exchange in others if succeeded(exchange) or exchange.label == "other")]


def _where(exchange: Exchange, wrong: str) -> str:
    asked = {"token": "", "other": "for the other user: "}
    return asked.get(exchange.label, f"where the {exchange.label} names another user: ") + wrong
