"""The token: its form, its signature, whom it names, and what it lets him do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ..common.stream_tokens import (
    caller_of,
    form_fault,
    identity_fault,
    rights_fault,
    signature_fault,
    token_of,
    user_of,
)
from .answers import exchange_of, is_success, json_fault, recorded_if_claimed, shown
from .calls import calls_in
from .sources import AUTHENTICATION_FLOW, CONFIGURATION, ENDPOINT, QUALITY, STREAM_TOKENS, TEST

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_EXAMPLE = (
    "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n"
    '{"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoidTEifQ...", "user_id": "u1", '
    '"api_key": "kwkbhtfrtj7u"}'
)
_CLAIMS = '{"alg": "HS256", "typ": "JWT"} . {"user_id": "u1", "iat": 1768480496, "exp": 1768484096} . <signature>'


@requirement(
    "STREAM-TOK-01",
    Level.MUST,
    ENDPOINT,
    TEST,
    why="The client reads the three fields by name to connect: with one missing it stays at `Loading chat...`.",
    example=_EXAMPLE,
    remedy={
        "any": "Answer 200 with JSON that holds the token, the user's id and the API key under the names the client "
        "reads; say so in `token_field`, `user_field` and `key_field` where yours differ.",
        "fastapi": "A `response_model` with the fields `token`, `user_id`, `api_key`; mind `alias_generator`.",
        "express": "`res.json({ token, user_id: userId, api_key: apiKey })`.",
        "next": "`Response.json({ token, user_id: userId, api_key: apiKey })`.",
    },
    scenarios=(CONTROL,),
    explains_control=True,
)
def test_answer_holds_token_user_and_key(case: Case) -> None:
    """The answer is 200 with JSON that holds a token, the user's id and the API key, each a text that is not empty."""
    exchange = exchange_of(case[CONTROL], "token")
    fault = json_fault(exchange, {HTTPStatus.OK})
    expect(not fault, found=fault, expected="status 200 with application/json", at=exchange)
    settings = case.settings
    wrong = []
    for field in (settings.token_field, settings.user_field, settings.key_field):
        value = user_of(exchange, field)
        if not isinstance(value, str) or not value:
            wrong.append(f"`{field}` is {value!r}")
    expect(not wrong, found="; ".join(wrong), expected="texts that are not empty", at=exchange)


@requirement(
    "STREAM-TOK-03",
    Level.MUST,
    ENDPOINT,
    STREAM_TOKENS,
    why="Stream takes JWTs by HS256 with the app's secret alone. A development token is taken by apps whose checks "
    "are off, where everybody may be anybody; a token signed with another app's secret is taken by none.",
    example=_CLAIMS,
    remedy={
        "any": "Make the token with the official SDK and the secret of the same app as the API key, never with "
        "`devToken`.",
        "fastapi": "`StreamChat(api_key, api_secret).create_token(user_id, exp=...)`.",
        "express": "`StreamChat.getInstance(apiKey, apiSecret).createToken(userId, exp)`.",
        "next": "`createToken` in a route handler, not `devToken` in the page.",
    },
    scenarios=(CONTROL,),
    optional=("second_user",),
)
def test_token_is_signed_for_stream(case: Case) -> None:
    """The token is a JWT of three parts by HS256, signed with the app's secret, and no development token."""
    for exchange in _answers(case):
        facts = token_of(exchange, case.settings.token_field)
        fault = form_fault(facts) or signature_fault(facts)
        expect(not fault, found=fault, expected="a JWT by HS256 that the app's secret signed", at=exchange)


@requirement(
    "STREAM-TOK-04",
    Level.MUST,
    AUTHENTICATION_FLOW,
    ENDPOINT,
    STREAM_TOKENS,
    why="A client whose user is not the token's cannot connect; and a token for another user opens his messages.",
    example=_CLAIMS,
    remedy={
        "any": "Take the user's id once, from the verified credential, for the token, the answer and the upsert alike. "
        "Ids may hold letters, digits, `@`, `_` and `-`; `subject` names the claim that holds them.",
        "fastapi": "`user_id = str(current_user.id)`, and only that from there on.",
        "express": "`const userId = req.auth.payload.sub`, and only that from there on.",
    },
    scenarios=(CONTROL,),
    optional=("second_user",),
)
def test_token_names_whoever_asked(case: Case) -> None:
    """The token's `user_id` is the user whom the answer names, and who asked: each user gets his own."""
    for exchange in _answers(case):
        facts = token_of(exchange, case.settings.token_field)
        user = user_of(exchange, case.settings.user_field)
        if "claims" not in facts:
            raise NotTestable("the token is no JWT, so that its user cannot be read")
        if not isinstance(user, str) or not user:
            raise NotTestable(f"the answer names no user in `{case.settings.user_field}`: see STREAM-TOK-01")
        fault = identity_fault(facts, user=user, caller=caller_of(case, exchange))
        expect(not fault, found=fault, expected="a token for whoever asked, whom the answer names", at=exchange)


@requirement(
    "STREAM-TOK-05",
    Level.MUST,
    QUALITY,
    STREAM_TOKENS,
    why="A token with `server` is the server's own: whoever holds it reads, writes and deletes everything in the app.",
    example=_CLAIMS,
    remedy={
        "any": "Give `createToken(userId, exp)` nothing else, and never the client's own token.",
        "fastapi": "`client.create_token(user_id, exp=...)` without further claims: not `client.auth_token`, not "
        "`create_token(user_id, server=True)`.",
        "express": "`client.createToken(userId, exp)`.",
    },
    scenarios=(CONTROL,),
    optional=("second_user",),
)
def test_token_gives_the_rights_of_a_user(case: Case) -> None:
    """The token has no claim `server` and none `role`."""
    for exchange in _answers(case):
        facts = token_of(exchange, case.settings.token_field)
        if "claims" not in facts:
            raise NotTestable("the token is no JWT, so that its claims cannot be read")
        fault = rights_fault(facts)
        expect(not fault, found=fault, expected="a user's token, without `server` and `role`", at=exchange)


@requirement(
    "STREAM-TOK-15",
    Level.MUST,
    AUTHENTICATION_FLOW,
    STREAM_TOKENS,
    why="Clients ask again whenever their token expires or the page is loaded anew.",
    example=_EXAMPLE,
    remedy={
        "any": "Make a token at each request; keep no note that one was given.",
        "fastapi": "Upsert the user, which may be repeated, rather than create him.",
    },
    scenarios=(CONTROL,),
)
def test_token_can_be_had_again(case: Case) -> None:
    """A second request is answered with a token for the same user."""
    recording = case[CONTROL]
    first, again = exchange_of(recording, "token"), exchange_of(recording, "again")
    field = case.settings.token_field
    given = is_success(again) and bool(token_of(again, field).get("length"))
    expect(given, found=f"the second time {shown(again)}", expected="a token each time", at=again)
    users = [token_of(exchange, field).get("claims", {}).get("user_id") for exchange in (first, again)]
    found = f"a token for {users[0]!r}, then one for {users[1]!r}"
    expect(users[0] == users[1], found=found, expected="the same user each time", at=again)


@requirement(
    "STREAM-TOK-22",
    Level.MUST,
    ENDPOINT,
    CONFIGURATION,
    why="A key of another app than the token's is refused, and the page says `Chat Unavailable`.",
    example=_EXAMPLE,
    remedy={
        "any": "Read the key from the same setting for the client of Stream and for the answer.",
        "fastapi": "`settings.GET_STREAM_API_KEY` in both places.",
    },
    scenarios=(CONTROL,),
)
def test_api_key_is_the_apps(case: Case) -> None:
    """The API key in the answer is the declared one, and the one that the backend shows to Stream."""
    recording = case[CONTROL]
    exchange = exchange_of(recording, "token")
    keys = [("declared", case.settings.api_key)] if case.settings.api_key else []
    if "calls" in recording.findings:
        keys += [("shown to Stream", call["key"]) for call in calls_in(recording)]
    if not keys:
        raise NotClaimed("no API key is declared", declare='api_key = "kwkbhtfrtj7u"  # in [profiles.stream-chat]')
    given = user_of(exchange, case.settings.key_field)
    if not isinstance(given, str) or not given:
        raise NotTestable(f"the answer gives no key in `{case.settings.key_field}`: see STREAM-TOK-01")
    for what, key in keys:
        expect(given == key, found=f"the key {given!r}, where {key!r} is {what}", expected="one key", at=exchange)


def _answers(case: Case) -> list[Exchange]:
    """The plain answers to the first user and, where one is declared, to the second."""
    second = recorded_if_claimed(case, "second_user")
    first = exchange_of(case[CONTROL], "token")
    return [first] if second is None else [first, exchange_of(second, "second")]
