"""The judges on what is done at Stream: before a token is given, where it fails, and with other credentials."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Auth, StreamChat
from chatproof.conformance.stream_chat import test_credentials as credentials
from chatproof.conformance.stream_chat import test_upstream as upstream
from chatproof.conformance.stream_chat.scenarios.upstreams import FAILURES
from chatproof.failure import NotClaimed, NotTestable
from support.outcome import found, outcome
from support.recordings import case as plain_case
from support.recordings import exchange, recording
from support.stream_recordings import JSON_HEADERS, channel, facts, refused, token, told, upsert

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

UPSERTED = upstream.test_user_is_upserted_before_the_token
FAILING = upstream.test_failing_stream_is_told_in_time
LIMITED = upstream.test_limit_of_stream_is_passed_on
PARALLEL = upstream.test_slow_stream_does_not_queue_users
MISSING = credentials.test_missing_credentials_are_told
PLACEHOLDERS = credentials.test_known_credentials_are_refused
SHORT = credentials.test_short_secret_is_refused

CONTROL = told("token", token(), token("again"), calls=[upsert()])
BUSY = refused("limited", 503, headers=(*JSON_HEADERS, ("Retry-After", "30")))
SILENT = told("token", token(), token("again"), calls=[])
UNSIGNED = facts(signature="not valid")
STARTS = ("control", "no_secret", "empty_secret", "no_key", "placeholder", "printed", "short")
SECRETS = ("placeholder", "printed", "short")


def case(**recordings: Any) -> Case:
    """A case of this profile with a declared secret."""
    settings = StreamChat(api_key="key1", secret="s" * 64)
    return plain_case(profile="stream-chat", settings=settings, auth=Auth(scheme="jwt", secret="x"), **recordings)


def upserted(*calls: dict[str, Any], control: Any = CONTROL, answer: Exchange | None = None, later: Any = ()) -> Case:
    """A request for a token, and what had been asked of Stream when it was given and a little later."""
    noted = {"calls": list(calls), "later": [*calls, *later]}
    return case(token=control, upserted=told("upserted", answer or token(), **noted))


def failing(*, asked: int = 1, plain: Exchange | None = None, control: Any = CONTROL, **changed: Exchange) -> Case:
    """Requests while Stream fails, each answered with 503 unless it is changed."""
    answers = [changed.get(label) or refused(label, 503) for label in FAILURES]
    noted = dict.fromkeys(FAILURES, asked)
    control = control if plain is None else told("token", plain)
    return case(token=control, upstream_failures=told("upstream_failures", *answers, asked=noted))


def limited(answer: Exchange, *, asked: int = 1, control: Any = CONTROL) -> Case:
    """A request while Stream limits the app."""
    return case(token=control, upstream_limit=told("upstream_limit", answer, asked={"limited": asked}))


def parallel(seconds: Any, *answers: Exchange) -> Case:
    """Requests side by side, and how long all of them took."""
    given = answers or tuple(token(str(number)) for number in range(1, 9))
    return case(parallel=told("parallel", *given, seconds=seconds, asked=8))


def started(*, not_started: dict[str, str] | None = None, **changed: Exchange) -> Case:
    """The backend started with other credentials: 503 without them, no start with bad ones, unless it is changed."""
    stopped = (
        {label: "exit code 3" for label in SECRETS if label not in changed} if not_started is None else not_started
    )
    usual = {label: refused(label, 503) for label in STARTS} | {"control": token("control")} | changed
    answers = [answer for label, answer in usual.items() if label not in stopped]
    return case(other_credentials=told("other_credentials", *answers, not_started=stopped))


RIGHT: dict[Any, Case] = {
    UPSERTED: upserted(upsert()),
    FAILING: failing(),
    LIMITED: limited(BUSY),
    PARALLEL: parallel(1.2),
    MISSING: started(),
    PLACEHOLDERS: started(),
    SHORT: started(),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name, profile="stream-chat") for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


@pytest.mark.parametrize(
    ("judge", "legal"),
    [
        (UPSERTED, upserted()),  # known from the request before: the upsert is kept in mind
        (UPSERTED, upserted(upsert("u2"), upsert(), channel("x"))),
        (UPSERTED, upserted(upsert(), control=told("token", token()))),
        (FAILING, failing(server_error=refused("server_error", 502), silent=refused("silent", 504))),
        (FAILING, failing(silent=refused("silent", 504, ended_seconds=7.5))),
        (FAILING, failing(dropped=refused("dropped", 502, headers=(("Content-Type", "application/problem+json"),)))),
        (LIMITED, limited(replace(BUSY, response=replace(BUSY.response, status=429)))),  # type: ignore[type-var]  # it was answered
        (PLACEHOLDERS, started(not_started={})),
        (SHORT, started(not_started={})),
        (MISSING, started(no_key=token("no_key"))),  # a file `.env` gave it back, as the key in the answer shows
        (MISSING, started(no_secret=token("no_secret"))),  # a file `.env` gave it back; the empty one shows
    ],
)
def test_legal_variant_meets_it(judge: Any, legal: Case) -> None:
    assert outcome(judge, legal) is None


@pytest.mark.parametrize(
    ("judge", "wrong", "expected"),
    [
        (UPSERTED, upserted(control=told("token", token(), calls=[])), "no `POST /users` with 'u1'"),
        (UPSERTED, upserted(upsert("u2"), control=told("token", token(), calls=[])), "no `POST /users` with 'u1'"),
        (UPSERTED, upserted(upsert(status=0)), "not answered yet when the token was given"),
        (UPSERTED, upserted(upsert(status=400)), "answered with 400"),
        (UPSERTED, upserted(later=[upsert()]), "`POST /users` after the token was given"),
        (UPSERTED, upserted(control=told("token", token(), calls=[upsert(status=0)])), "not answered yet"),
        (FAILING, failing(server_error=refused("server_error", 500)), "where Stream answers 500: status 500"),
        (FAILING, failing(refused=token("refused")), "where Stream refuses connections: status 200"),
        (FAILING, failing(dropped=exchange("dropped", status=503)), "status 503 with no media type"),
        (FAILING, failing(silent=refused("silent", 504, ended_seconds=9.0)), "after 9.0 s"),
        (FAILING, failing(silent=exchange("silent", status=None)), "where Stream keeps silent: no answer"),
        (FAILING, failing(silent=refused("silent", 504, body=b"<html>")), "a body that is no JSON"),
        (LIMITED, limited(refused("limited", 503)), "without `Retry-After`"),
        (LIMITED, limited(refused("limited", 500)), "status 500"),
        (LIMITED, limited(token("limited")), "status 200"),
        (PARALLEL, parallel(8.1), "8 requests took 8.1 s, where Stream takes 1 s for each"),
        (PARALLEL, parallel(1.1, token("1"), refused("2", 503)), "one of them: status 503"),
        (MISSING, started(empty_secret=token("empty_secret", noted=UNSIGNED)), "with an empty secret: status 200"),
        (MISSING, started(no_key=token("no_key", fields={"api_key": ""})), "without the API key: status 200"),
        (MISSING, started(no_key=refused("no_key", 500)), "without the API key: status 500"),
        (MISSING, started(not_started={"no_secret": "KeyError"}), "without the secret: KeyError"),
        (PLACEHOLDERS, started(placeholder=token("placeholder")), "with the secret `your_secret_here`: status 200"),
        (PLACEHOLDERS, started(printed=token("printed")), "that the guide prints: status 200"),
        (SHORT, started(short=token("short")), "with a secret of 16 bytes: status 200"),
    ],
)
def test_wrong_answer_is_found(judge: Any, wrong: Case, expected: str) -> None:
    assert expected in found(judge, wrong)


@pytest.mark.parametrize(
    ("judge", "blind"),
    [
        (FAILING, failing(asked=0, control=SILENT, server_error=token("server_error"))),
        (FAILING, failing(plain=refused())),
        (LIMITED, limited(token("limited"), asked=0, control=SILENT)),
        (UPSERTED, upserted(upsert(), answer=refused())),
        (PARALLEL, parallel(None)),
        (MISSING, started(control=refused("control", 503))),
        (PLACEHOLDERS, started(control=token("control", noted=UNSIGNED))),
        (SHORT, started(not_started={"control": "exit code 1"})),
    ],
)
def test_without_its_control_there_is_no_verdict(judge: Any, blind: Case) -> None:
    assert isinstance(outcome(judge, blind), NotTestable)


@pytest.mark.parametrize(
    ("judge", "known"),
    [
        (FAILING, failing(asked=0, **{label: token(label) for label in FAILURES})),
        (LIMITED, limited(token("limited"), asked=0)),
    ],
)
def test_backend_that_upserts_each_user_once_claims_nothing(judge: Any, known: Case) -> None:
    assert isinstance(outcome(judge, known), NotClaimed)


def test_requests_that_were_spread_by_the_declared_pace_are_not_slow() -> None:
    answers = [replace(token(str(number)), started_ns=number * 500_000_000) for number in range(8)]
    assert outcome(PARALLEL, parallel(4.6, *answers)) is None
    assert "8 requests took 4.6 s" in found(PARALLEL, parallel(8.1, *answers))
