"""The judges on challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.config import Auth
from chatproof.conformance.http import (
    test_challenge,
)
from support.recordings import (
    case,
    exchange,
    recording,
    refusal,
    turn,
)
from support.verdicts import met, not_met, not_testable

if TYPE_CHECKING:
    pass

CHALLENGE = test_challenge.test_unauthorized_carries_a_challenge
ERROR_CODE = test_challenge.test_challenge_names_an_invalid_token

COOKIE = Auth(scheme="cookie", name="session", token="x")
INVALID_TOKEN = (("WWW-Authenticate", 'Bearer error="invalid_token"'),)


def test_401_with_a_bearer_challenge() -> None:
    met(CHALLENGE, case(no_token=refusal("chat", status=401), forged_tokens=refusal("garbage", status=401)))


@pytest.mark.parametrize("value", ['Basic realm="x", Bearer', "bearer", 'BEARER error="invalid_token"'])
def test_401_with_the_challenge_in_another_form(value: str) -> None:
    right = refusal("chat", status=401, headers={"www-authenticate": value})
    met(CHALLENGE, case(no_token=right, forged_tokens=right))


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), "401 without `WWW-Authenticate`"),
        ((("WWW-Authenticate", 'Basic realm="x"'),), '`WWW-Authenticate: Basic realm="x"`'),
        ((("WWW-Authenticate", ""),), "`WWW-Authenticate: `"),
    ],
)
def test_401_without_a_bearer_challenge(headers: tuple[tuple[str, str], ...], found: str) -> None:
    bare, right = refusal("chat", status=401, headers=headers), refusal("garbage", status=401)

    assert not_met(CHALLENGE, case(no_token=bare, forged_tokens=right)).found == found
    failure = not_met(CHALLENGE, case(no_token=right, forged_tokens=bare))
    assert failure.at is not None
    assert failure.at.scenario == "forged_tokens"


def test_a_cookie_may_be_asked_for_by_any_challenge() -> None:
    session = refusal("chat", status=401, headers={"WWW-Authenticate": "Session"})
    met(CHALLENGE, case(auth=COOKIE, no_token=session, forged_tokens=session))
    bare = refusal("chat", status=401, headers={})
    not_met(CHALLENGE, case(auth=COOKIE, no_token=bare, forged_tokens=bare))


def test_without_a_401_there_is_no_challenge_to_look_at() -> None:
    not_testable(CHALLENGE, case(no_token=turn("chat"), forged_tokens=refusal("garbage", status=403)))
    not_testable(CHALLENGE, case(no_token=recording("no_token"), forged_tokens=recording("forged_tokens")))


def test_an_error_code_where_a_token_was_sent_and_none_where_not() -> None:
    wrong = refusal("garbage", status=401, headers=INVALID_TOKEN)
    met(ERROR_CODE, case(no_token=refusal("chat", status=401), forged_tokens=wrong))


def test_no_error_code_for_a_wrong_token() -> None:
    plain = refusal("chat", status=401), refusal("garbage", status=401)
    failure = not_met(ERROR_CODE, case(no_token=plain[0], forged_tokens=plain[1]))

    assert failure.found == "`WWW-Authenticate: Bearer` for a wrong token"


def test_a_wrong_token_without_any_challenge() -> None:
    bare = refusal("garbage", status=401, headers={})
    failure = not_met(ERROR_CODE, case(no_token=refusal("chat", status=401), forged_tokens=bare))

    assert failure.found == "401 without `WWW-Authenticate` for a wrong token"


def test_an_error_code_of_another_scheme_does_not_count() -> None:
    digest = refusal("garbage", status=401, headers={"WWW-Authenticate": 'Digest error="invalid_token", Bearer'})
    not_met(ERROR_CODE, case(no_token=refusal("chat", status=401), forged_tokens=digest))


def test_an_error_code_where_no_token_was_sent() -> None:
    code = refusal("chat", status=401, headers=INVALID_TOKEN)
    wrong = refusal("garbage", status=401, headers=INVALID_TOKEN)
    failure = not_met(ERROR_CODE, case(no_token=code, forged_tokens=wrong))

    assert failure.expected == "a challenge `Bearer` without an error code"


@pytest.mark.parametrize("status", [403, 200, None])
def test_error_codes_need_two_401(status: int | None) -> None:
    right = refusal("chat", status=401), refusal("garbage", status=401, headers=INVALID_TOKEN)
    chat = exchange("chat", status=status)
    garbage = exchange("garbage", status=status)

    not_testable(ERROR_CODE, case(no_token=chat, forged_tokens=right[1]))
    not_testable(ERROR_CODE, case(no_token=right[0], forged_tokens=garbage))
