"""The judges on tokens for Stream Chat, and on what belongs to development."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.conformance.hybrid import test_development, test_tokens
from chatproof.failure import NotClaimed, NotTestable
from conformance_hybrid.answers import NO_STORE, SETTINGS, failed, hybrid, of, silent, text_token, token, tokens, told
from support.outcome import found, outcome
from support.recordings import exchange, refusal

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

USERS = test_tokens.test_token_is_for_users_alone
OWN = test_tokens.test_token_is_the_users_own
EXPIRY = test_tokens.test_token_expires
TEMPORARY = test_development.test_production_gives_no_temporary_token
USABLE = test_development.test_development_token_is_usable
SECRET = test_development.test_secret_has_no_public_name
PAGES = test_development.test_debug_pages_are_closed

TOKEN = tokens(token())
NOBODY = refusal("chat", status=401)
DEVTOKEN = {"devtoken": True, "signature": "not valid"}


def bereft(bare: Exchange | None = None, no_secret: Exchange | None = None, trouble: str = "") -> Recording:
    answers = (bare or failed("bare/token"), no_secret or failed("no_secret/token"))
    return of("unconfigured", *answers, bare=trouble, no_secret="")


def down(**changed: Exchange) -> Recording:
    answers = {name: failed(f"{name}/token") for name in ("status", "drop", "hang")} | changed
    return of("stream_down", *answers.values())


def developing(answer: Exchange, *pages: Exchange, trouble: str = "") -> Recording:
    return of("development", answer, *pages, development=trouble)


def development_token(**content: Any) -> Exchange:
    whole = {"token": "<secret:4 len=60>", "user": {"id": "u1"}, "isDevelopmentToken": True, **content}
    return token("development/token", facts=DEVTOKEN, content=whole, exp=None, iat=None)


def public(answer: Exchange, trouble: str = "", control: Exchange | None = None) -> Case:
    given = of("public_secret", answer, public=trouble)
    return hybrid(token=tokens(control or token()), public_secret=given, settings=replace(SETTINGS, secret="s" * 32))


def page(label: str, status: int, **changes: Any) -> Exchange:
    return exchange(label, method="GET", status=status, **changes)


def pages(*exchanges: Exchange, **recordings: Any) -> Case:
    return hybrid(debug_pages=of("debug_pages", *exchanges), **recordings)


MET: list[tuple[Any, Case]] = [
    (USERS, hybrid(token=TOKEN, no_token=NOBODY)),
    (OWN, hybrid(token=TOKEN)),
    (OWN, hybrid(token=tokens(token(facts={"signature": "unchecked"})))),
    (OWN, hybrid(token=tokens(token(), token("query"), failed("body", 400), token("other", user="u2", caller="u2")))),
    (OWN, hybrid(token=tokens(token(exp=None, iat=None)))),
    (OWN, hybrid(scheme="bearer", token=tokens(token(caller="<str>"), token("header")))),
    (EXPIRY, hybrid(token=TOKEN)),
    (EXPIRY, hybrid(token=tokens(token(exp=1_795_000_000 + 86_400)))),
    (TEMPORARY, hybrid(token=TOKEN)),
    (TEMPORARY, hybrid(token=TOKEN, unconfigured=bereft(), stream_down=down())),
    (TEMPORARY, hybrid(token=TOKEN, stream_down=down(drop=token("drop/token"), hang=silent("hang/token")))),
    (
        TEMPORARY,
        hybrid(token=tokens(text_token("token", "dev_token_")), environment="development", unconfigured=bereft()),
    ),
    (USABLE, hybrid(development=developing(development_token()))),
    (SECRET, public(failed("public/token"))),
    (SECRET, public(text_token("public/token", "dev_token_"))),
    (PAGES, pages(page("page/user/1", 404), page("page/anonymous/1", 404))),
    (PAGES, pages(page("page/user/1", 403), page("page/anonymous/1", 307))),
    (
        PAGES,
        pages(page("page/user/1", 404), development=developing(development_token(), page("development/user/1", 200))),
    ),
]


@pytest.mark.parametrize(("judge", "given"), MET)
def test_right_answers_meet_it(judge: Any, given: Case) -> None:
    assert outcome(judge, given) is None


BROKEN: list[tuple[Any, Case, str]] = [
    (USERS, hybrid(token=TOKEN, no_token=token("chat")), "status 200 with application/json, with a token"),
    (USERS, hybrid(token=TOKEN, no_token=failed("chat", 403)), "status 403"),
    (USERS, hybrid(token=TOKEN, no_token=refusal("chat", status=401, findings=token().findings)), "with a token"),
    (OWN, hybrid(token=tokens(text_token("token", "temp_token_"))), "temp_token_"),
    (OWN, hybrid(token=tokens(told("token", findings={"issued": {"token": {"type": "missing"}}}))), "no token"),
    (OWN, hybrid(token=tokens(token(facts=DEVTOKEN))), "devtoken"),
    (OWN, hybrid(token=tokens(token(facts={"alg": "none"}))), "`alg` 'none'"),
    (OWN, hybrid(token=tokens(token(facts={"signature": "not valid"}))), "did not sign"),
    (OWN, hybrid(token=tokens(token(user="u2"))), "where 'u1' asked"),
    (OWN, hybrid(token=tokens(token(content={"token": "x", "user": {"id": "u9"}}))), "beside the user 'u9'"),
    (OWN, hybrid(token=tokens(token(content={"token": "x"}))), "beside the user None"),
    (OWN, hybrid(token=tokens(token(server=True))), "`server: true`"),
    (OWN, hybrid(token=tokens(token(role="admin"))), "`role"),
    (OWN, hybrid(token=tokens(token(exp=1_795_003_600_000))), "milliseconds"),
    (OWN, hybrid(token=tokens(token(), token("query", user="chatproof-somebody-else"))), "where the query names"),
    (OWN, hybrid(token=tokens(token(), token("other", user="u1", caller="u2"))), "for the other user"),
    (OWN, hybrid(scheme="bearer", token=tokens(token(), token("body", user="u7"))), "where the body names"),
    (EXPIRY, hybrid(token=tokens(token(exp=None))), "no `exp`"),
    (EXPIRY, hybrid(token=tokens(token(iat=None))), "no `iat`"),
    (EXPIRY, hybrid(token=tokens(token(exp=1_795_000_000 + 2 * 86_400))), "172800 s ahead"),
    (EXPIRY, hybrid(token=tokens(token(iat=1_795_000_600))), "`iat` 600 s ahead"),
    (TEMPORARY, hybrid(token=tokens(text_token("token", "dev_token_"))), "in an ordinary answer: a token `dev_token_"),
    (TEMPORARY, hybrid(token=tokens(token(facts=DEVTOKEN)), environment="staging"), "signature `devtoken`"),
    (TEMPORARY, hybrid(token=tokens(told("token", {"isDevelopmentToken": True}))), "`isDevelopmentToken`"),
    (TEMPORARY, hybrid(token=TOKEN, stream_down=down(drop=text_token("drop/token", "temp_token_"))), "fails (drop)"),
    (TEMPORARY, hybrid(token=TOKEN, stream_down=down(drop=failed("drop/token", 404))), "status 404"),
    (TEMPORARY, hybrid(token=TOKEN, stream_down=down(status=exchange("status/token", status=500))), "status 500"),
    (TEMPORARY, hybrid(token=TOKEN, stream_down=down(status=silent("status/token"))), "no answer"),
    (TEMPORARY, hybrid(token=TOKEN, unconfigured=bereft(no_secret=token("no_secret/token"))), "without the secret"),
    (
        TEMPORARY,
        hybrid(token=TOKEN, environment="development", unconfigured=bereft(text_token("bare/token", "dev_token_"))),
        "without key and secret: a token `dev_token_",
    ),
    (USABLE, hybrid(development=developing(text_token("development/token", "dev_token_"))), "`dev_token_...`"),
    (USABLE, hybrid(development=developing(development_token(isDevelopmentToken=False))), "False"),
    (USABLE, hybrid(development=developing(development_token(isDevelopmentToken="yes"))), "'yes'"),
    (USABLE, hybrid(development=developing(development_token(user={"id": "u2"}))), "beside the user 'u2'"),
    (SECRET, public(token("public/token")), "`NEXT_PUBLIC_STREAM_CHAT_API_SECRET`"),
    (PAGES, pages(page("page/user/1", 404), page("page/anonymous/1", 200)), "status 200"),
    (PAGES, pages(page("page/user/1", 200), page("page/anonymous/1", 404)), "status 200"),
    (PAGES, pages(page("page/user/1", 500)), "status 500"),
]


@pytest.mark.parametrize(("judge", "given", "expected"), BROKEN)
def test_wrong_answers_are_found(judge: Any, given: Case, expected: str) -> None:
    assert expected in found(judge, given)


LACKING: list[tuple[Any, Case, str]] = [
    (USERS, hybrid(token=tokens(failed("token")), no_token=NOBODY), "status 503"),
    (OWN, hybrid(token=tokens(failed("token"))), "gave no token"),
    (OWN, hybrid(token=tokens(token(), failed("other"))), "gave no token"),
    (OWN, hybrid(token=tokens(told("token", headers=NO_STORE))), "nobody looked"),
    (EXPIRY, hybrid(token=tokens(text_token("token", "x_"))), "no JWT"),
    (TEMPORARY, hybrid(token=tokens(failed("token"))), "status 503"),
    (TEMPORARY, hybrid(token=TOKEN, unconfigured=bereft(trouble="it ended")), "did not start"),
    (SECRET, public(failed("public/token"), control=failed("token")), "status 503"),
    (SECRET, public(failed("public/token"), control=token(facts={"signature": "not valid"})), "check `secret`"),
    (PAGES, pages(), "no page"),
    (
        PAGES,
        pages(page("page/user/1", 404), development=developing(development_token(), page("development/user/1", 404))),
        "check `debug_paths`",
    ),
]


@pytest.mark.parametrize(("judge", "given", "expected"), LACKING)
def test_what_shows_nothing_is_no_verdict(judge: Any, given: Case, expected: str) -> None:
    raised = outcome(judge, given)
    assert isinstance(raised, NotTestable), raised
    assert expected in raised.missing


@pytest.mark.parametrize("judge", [USERS, OWN, EXPIRY, TEMPORARY, SECRET, PAGES])
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, hybrid()), NotTestable)


@pytest.mark.parametrize(
    ("judge", "given"),
    [
        (USABLE, hybrid(development=developing(failed("development/token")))),
        (USABLE, hybrid(development=developing(development_token(), trouble="it ended"))),
        (SECRET, public(failed("public/token"), trouble="it ended")),
    ],
)
def test_backend_that_starts_with_all_variables_only_claims_nothing_of_others(judge: Any, given: Case) -> None:
    assert isinstance(outcome(judge, given), NotClaimed)


def test_backend_that_does_not_start_with_half_a_configuration_gives_no_token() -> None:
    half = of("unconfigured", failed("bare/token"), bare="", no_secret="it ended")
    assert outcome(TEMPORARY, hybrid(token=TOKEN, unconfigured=half)) is None


def test_development_itself_may_give_temporary_tokens() -> None:
    given = hybrid(token=tokens(text_token("token", "dev_token_")), environment="development")
    raised = outcome(TEMPORARY, given)
    assert isinstance(raised, NotClaimed)
    assert "production" in raised.declare
