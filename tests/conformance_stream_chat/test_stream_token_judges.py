"""The judges on the token, its times, and whom it is for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Auth, StreamChat
from chatproof.conformance.stream_chat import test_identity as identity
from chatproof.conformance.stream_chat import test_times as times
from chatproof.conformance.stream_chat import test_token as tokens
from chatproof.failure import NotClaimed, NotTestable
from support.outcome import found, outcome
from support.recordings import case as plain_case
from support.recordings import recording, with_header, without
from support.stream_recordings import CLAIMS, JSON_HEADERS, NOW, call, facts, refused, token, told

if TYPE_CHECKING:
    from chatproof.case import Case

MINTED = Auth(scheme="jwt", secret="x", claims={"sub": "u1"}, second_user={"sub": "u2"})
SHAPE = tokens.test_answer_holds_token_user_and_key
FORM = tokens.test_token_is_signed_for_stream
NAMED = tokens.test_token_names_whoever_asked
RIGHTS = tokens.test_token_gives_the_rights_of_a_user
AGAIN = tokens.test_token_can_be_had_again
KEY = tokens.test_api_key_is_the_apps
EXPIRY = times.test_token_expires
UNITS = times.test_times_are_seconds
AHEAD = times.test_token_is_not_issued_ahead
STORED = times.test_token_is_not_stored
SHARED = times.test_no_shared_cache_may_keep_the_token
KNOWN = identity.test_token_is_for_known_users_alone
CHOSEN = identity.test_caller_cannot_choose_his_identity
INACTIVE = identity.test_deactivated_user_gets_no_token
KINDS = identity.test_kinds_of_tokens_are_not_interchangeable

SECOND = told("second_user", token("second", {**CLAIMS, "user_id": "u2"}, caller="u2"))
CONTROL = told("token", token(), token("again"))


def case(settings: StreamChat | None = None, **recordings: Any) -> Case:
    """A case of this profile, whose users the suite mints."""
    declared = settings or StreamChat(api_key="key1")
    return plain_case(profile="stream-chat", settings=declared, auth=MINTED, **recordings)


def with_token(*answers: Any, **findings: Any) -> Case:
    """A case of the plain requests alone, and a second user who got his own."""
    return case(token=told("token", *answers, **findings), second_user=SECOND)


def guests(**changed: Any) -> Case:
    """Requests without a right credential, each refused unless it is changed."""
    answers = {label: refused(label) for label in ("chat", "garbage", "long_expired")} | changed
    return case(
        no_token=told("no_token", answers["chat"]),
        forged_tokens=told("forged_tokens", answers["garbage"]),
        minted_tokens=told("minted_tokens", token("fresh"), answers["long_expired"]),
    )


def chosen(*answers: Any, plain: Any = None) -> Case:
    """Requests that name the user u2."""
    return case(token=told("token", plain or token()), chosen_identity=told("chosen_identity", *answers, other="u2"))


RIGHT: dict[Any, Case] = {
    judge: case(token=CONTROL, second_user=SECOND)
    for judge in (SHAPE, FORM, NAMED, RIGHTS, AGAIN, KEY, EXPIRY, UNITS, AHEAD, STORED, SHARED)
} | {
    KNOWN: guests(),
    CHOSEN: chosen(token("query"), token("header"), refused("body", 400)),
    INACTIVE: case(inactive_user=told("inactive_user", refused("inactive", 403))),
    KINDS: case(swapped_tokens=told("swapped_tokens", token("own"), refused("swapped"))),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name, profile="stream-chat") for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


LEGAL = {
    "what the SDKs make by default": token(claims={"user_id": "u1"}),
    "an unchecked signature": token(noted=facts(signature="unchecked")),
    "times as fractions": token(claims={"user_id": "u1", "iat": NOW - 10.5, "exp": NOW + 60.5}),
    "further fields, further claims": token(
        claims={**CLAIMS, "iss": "app"}, fields={"name": "Ada", "expires_in": 3600}
    ),
    "JSON with a charset": token(headers=with_header(JSON_HEADERS, "Content-Type", "application/json; charset=utf-8")),
}


@pytest.mark.parametrize("name", LEGAL)
@pytest.mark.parametrize("judge", [SHAPE, FORM, NAMED, RIGHTS, AGAIN, KEY, UNITS, AHEAD, SHARED])
def test_legal_variant_breaks_nothing(judge: Any, name: str) -> None:
    again = replace(LEGAL[name], label="again")
    raised = outcome(judge, with_token(LEGAL[name], again))
    assert raised is None or isinstance(raised, NotClaimed)


def test_names_of_fields_are_the_declared_ones() -> None:
    declared = StreamChat(user_field="user.id", key_field="apiKey", api_key="key1")
    answer = token(fields={"user_id": None, "api_key": None, "user": {"id": "u1"}, "apiKey": "key1"})
    nested = case(declared, token=told("token", answer), second_user=recording("second_user", not_claimed="none"))
    assert [outcome(judge, nested) for judge in (SHAPE, NAMED, KEY)] == [None, None, None]


WRONG: list[tuple[Any, Case, str]] = [
    (SHAPE, with_token(token(fields={"api_key": None, "apiKey": "key1"})), "`api_key` is None"),
    (SHAPE, with_token(token(fields={"user_id": 5})), "`user_id` is 5"),
    (SHAPE, with_token(token(status=201)), "status 201"),
    (SHAPE, with_token(token(headers=(("Content-Type", "text/html"),))), "status 200 with text/html"),
    (FORM, with_token(token(noted=facts(devtoken=True))), "a development token"),
    (FORM, with_token(token(noted=facts(signature="not valid"))), "did not sign"),
    (FORM, case(token=CONTROL, second_user=told("s", token("second", noted=facts(alg="none")))), "`alg` 'none'"),
    (NAMED, with_token(token(fields={"user_id": "u9"})), "a token for 'u1' beside the user 'u9'"),
    (NAMED, case(token=CONTROL, second_user=told("s", token("second", caller="u2"))), "'u1', where 'u2' asked"),
    (RIGHTS, with_token(token(claims={**CLAIMS, "server": True})), "the claim `server: true`"),
    (AGAIN, case(token=told("token", token(), refused("again", 409))), "the second time status 409"),
    (AGAIN, case(token=told("token", token(), token("again", {"user_id": "u2"}))), "'u1', then one for 'u2'"),
    (KEY, with_token(token(fields={"api_key": "key2"})), "the key 'key2', where 'key1' is declared"),
    (KEY, with_token(token(), calls=[call("/users", key="key9")]), "where 'key9' is shown to Stream"),
    (EXPIRY, with_token(token(claims={"user_id": "u1"})), "no `exp`"),
    (EXPIRY, with_token(token(claims={**CLAIMS, "exp": NOW + 90_000})), "s ahead"),
    (EXPIRY, with_token(token(claims={**CLAIMS, "exp": NOW - 60})), "in the past"),
    (UNITS, with_token(token(claims={**CLAIMS, "exp": NOW * 1000})), "which are milliseconds"),
    (AHEAD, with_token(token(claims={**CLAIMS, "iat": NOW + 60})), "`iat` 60 s ahead"),
    (STORED, with_token(token(headers=without(JSON_HEADERS, "Cache-Control"))), "no `Cache-Control`"),
    (STORED, with_token(token(headers=with_header(JSON_HEADERS, "Cache-Control", "no-cache"))), "no-cache"),
    (KNOWN, guests(chat=token("chat")), "without a credential: status 200 with application/json, and a token"),
    (KNOWN, guests(garbage=refused("garbage", 403)), "with an invalid token: status 403"),
    (KNOWN, guests(long_expired=token("long_expired")), "with an expired token: status 200"),
    (KNOWN, guests(chat=token("chat", status=401)), "status 401 with application/json, and a token"),
    (CHOSEN, chosen(token("query", {**CLAIMS, "user_id": "u2"})), "with `?user_id=`: a token for u2"),
    (CHOSEN, chosen(token("header", fields={"user_id": "u2"})), "with `X-User-Id`: a token for u2"),
    (INACTIVE, case(inactive_user=told("i", token("inactive"))), "status 200 with application/json, and a token"),
    (INACTIVE, case(inactive_user=told("i", refused("inactive", 401))), "status 401"),
    (KINDS, case(swapped_tokens=told("s", token("own"), token("swapped"))), "status 200"),
    (KINDS, case(swapped_tokens=told("s", token("own", noted=facts(same_as="jwt")), refused("swapped"))), "own token"),
]


@pytest.mark.parametrize(("judge", "wrong", "expected"), WRONG)
def test_wrong_answer_is_found(judge: Any, wrong: Case, expected: str) -> None:
    assert expected in found(judge, wrong)


@pytest.mark.parametrize(
    ("cache_control", "authorized", "method", "kept"),
    [
        ("no-store", True, "GET", False),
        ("private, max-age=60", False, "GET", False),
        (None, True, "GET", False),
        ("max-age=60", True, "GET", False),
        ("public, max-age=60", True, "GET", True),
        ("s-maxage=60", True, "GET", True),
        ("must-revalidate", True, "GET", True),
        (None, False, "GET", True),
        (None, False, "POST", False),
        ("max-age=60", False, "POST", True),
        ('private="x, public", public', True, "GET", False),
        ("no-cache, must-revalidate", True, "GET", False),
        ("no-cache", False, "GET", False),
        ('no-cache="set-cookie", must-revalidate', True, "GET", True),
    ],
)
def test_shared_caches(cache_control: str | None, authorized: bool, method: str, kept: bool) -> None:
    headers = without(JSON_HEADERS, "Cache-Control")
    if cache_control is not None:
        headers = (*headers, ("Cache-Control", cache_control))
    answer = token(headers=headers)
    sent = (("Authorization", "Bearer x"),) if authorized else (("Cookie", "session=x"),)
    answer = replace(answer, request=replace(answer.request, method=method, headers=sent))
    assert (outcome(SHARED, with_token(answer)) is not None) is kept


@pytest.mark.parametrize("judge", [NAMED, RIGHTS, EXPIRY, UNITS, AHEAD, CHOSEN])
def test_opaque_token_is_no_verdict(judge: Any) -> None:
    opaque = token(noted={"type": "str", "length": 40, "same_as": "", "dev_form": ""})
    assert isinstance(outcome(judge, chosen(token("query"), plain=opaque)), NotTestable)
    assert isinstance(outcome(judge, with_token(opaque)), NotTestable)


@pytest.mark.parametrize("judge", [UNITS, AHEAD])
def test_token_without_times_claims_nothing_of_them(judge: Any) -> None:
    assert isinstance(outcome(judge, with_token(token(claims={"user_id": "u1"}))), NotClaimed)


def test_key_that_nobody_knows_is_not_claimed() -> None:
    raised = outcome(KEY, case(StreamChat(), token=CONTROL))
    assert isinstance(raised, NotClaimed)
    assert "api_key" in raised.declare


def test_expired_tokens_count_where_fresh_ones_work() -> None:
    served = token("long_expired")
    broken = case(
        no_token=told("no_token", refused("chat")),
        forged_tokens=told("forged_tokens", refused("garbage")),
        minted_tokens=told("minted_tokens", refused("fresh"), served),
    )
    assert outcome(KNOWN, broken) is None


def test_caller_who_has_the_others_name_is_no_verdict() -> None:
    same = case(token=told("token", token()), chosen_identity=told("chosen_identity", token("query"), other="u1"))
    assert isinstance(outcome(CHOSEN, same), NotTestable)
