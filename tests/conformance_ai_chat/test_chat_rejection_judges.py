"""The judges on what must be refused: statuses in, verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.ai_chat import test_authentication, test_bodies, test_validation
from chatproof.failure import Failure, NotClaimed, NotTestable
from support.outcome import found, outcome
from support.recordings import case, exchange, recording, refusal, turn

ANONYMOUS = test_authentication.test_turn_without_token_is_refused
AUDIENCE = test_authentication.test_token_for_another_audience_is_refused
EXPIRY = test_authentication.test_token_without_expiry_is_refused
PRINTED = test_authentication.test_token_signed_with_the_printed_key_is_refused
PING = test_authentication.test_ping_agrees_with_the_chat
SCHEME = test_authentication.test_scheme_is_read_as_the_standard_says
EMPTY = test_validation.test_empty_message_is_refused
MISSING = test_validation.test_missing_message_is_refused
TYPES = test_validation.test_message_of_another_type_is_refused
LIMIT = test_validation.test_message_limit_is_exact
EMOJI = test_validation.test_characters_are_counted_as_code_points
SPACES = test_validation.test_message_of_white_space_is_refused
SESSION = test_validation.test_session_id_is_matched_as_a_whole
MEMORY = test_validation.test_memory_switch_is_a_boolean
FIELD = test_validation.test_refusal_names_the_field
BROKEN = test_bodies.test_broken_json_is_refused
MEDIA = test_bodies.test_json_under_another_media_type_is_refused
BIG = test_bodies.test_big_body_is_refused_at_once

DEAD = exchange(status=None)


def refused(*labels: str, status: int = 401, **others: Any) -> list[Any]:
    return [refusal(label, status=status) for label in labels] + list(others.values())


def expired() -> list[Any]:
    return [turn("fresh"), *refused("wrong_audience", "no_audience", "no_expiry")]


def fields() -> list[Any]:
    body = b'{"detail":"message sessionId useMemory"}'
    wrong = ("empty", "missing", "number", "boolean", "list", "object", "null", "memory/text")
    sessions = tuple(f"session/{kind}" for kind in ("invalid", "bad-format", "short", "long", "newline", "prefixed"))
    return [turn("session/sample"), *(refusal(label, status=422, body=body) for label in wrong + sessions)]


RIGHT: dict[Any, dict[str, Any]] = {
    ANONYMOUS: {"no_token": refused("chat")},
    AUDIENCE: {"minted_tokens": expired()},
    EXPIRY: {"minted_tokens": expired()},
    PRINTED: {"placeholder_key": refused("chat")},
    PING: {
        "turn": turn(),
        "ping": [exchange("valid", status=200), *refused("invalid", "missing", "none", "expired")],
        "forged_tokens": refused("garbage", "tampered", "none"),
        "no_token": refused("chat"),
        "minted_tokens": refused("long_expired"),
    },
    SCHEME: {"schemes": [turn("lower"), *refused("basic", "query")]},
    EMPTY: {"invalid_fields": fields()},
    MISSING: {"invalid_fields": fields()},
    TYPES: {"invalid_fields": fields()},
    LIMIT: {"lengths": [turn("limit"), *refused("over", "far_over", status=413), turn("emoji")]},
    EMOJI: {"lengths": [turn("limit"), *refused("over", "far_over", status=413), turn("emoji")]},
    SPACES: {"whitespace": refusal("turn")},
    SESSION: {"invalid_fields": fields()},
    MEMORY: {"invalid_fields": fields()},
    FIELD: {"invalid_fields": fields()},
    BROKEN: {"broken_json": refused("syntax", "truncated", "empty_body", status=400)},
    MEDIA: {"content_type": refusal("text", status=415)},
    BIG: {"big_body": [refusal("two_megabytes", status=413), refusal("after")]},
}


def changed(judge: Any, scenario: str, *exchanges: Any) -> Any:
    """The right recordings of a judge with some exchanges replaced by those of the same label."""
    recordings = dict(RIGHT[judge])
    kept = recordings[scenario]
    by_label = {entry.label: entry for entry in (kept if isinstance(kept, list) else [kept])}
    recordings[scenario] = list((by_label | {entry.label: entry for entry in exchanges}).values())
    return case(**recordings)


@pytest.mark.parametrize("judge", RIGHT)
def test_right_rejections_meet_it(judge: Any) -> None:
    assert outcome(judge, case(**RIGHT[judge])) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge]}
    empty = outcome(judge, case(**nothing))
    assert isinstance(empty, NotTestable | NotClaimed)


REFUSED = [
    (ANONYMOUS, "no_token", "chat"),
    (AUDIENCE, "minted_tokens", "wrong_audience"),
    (AUDIENCE, "minted_tokens", "no_audience"),
    (EXPIRY, "minted_tokens", "no_expiry"),
    (PRINTED, "placeholder_key", "chat"),
    (PING, "ping", "invalid"),
    (PING, "ping", "missing"),
    (PING, "ping", "none"),
    (PING, "ping", "expired"),
    (SCHEME, "schemes", "basic"),
    (SCHEME, "schemes", "query"),
    (EMPTY, "invalid_fields", "empty"),
    (MISSING, "invalid_fields", "missing"),
    *((TYPES, "invalid_fields", label) for label in ("number", "boolean", "list", "object", "null")),
    (LIMIT, "lengths", "over"),
    (LIMIT, "lengths", "far_over"),
    (SPACES, "whitespace", "turn"),
    (SESSION, "invalid_fields", "session/short"),
    (SESSION, "invalid_fields", "session/newline"),
    (SESSION, "invalid_fields", "session/prefixed"),
    (MEMORY, "invalid_fields", "memory/text"),
    (BROKEN, "broken_json", "syntax"),
    (BROKEN, "broken_json", "empty_body"),
    (MEDIA, "content_type", "text"),
    (BIG, "big_body", "two_megabytes"),
]


@pytest.mark.parametrize(("judge", "scenario", "label"), REFUSED)
@pytest.mark.parametrize("status", [200, 500, None])
def test_acceptance_error_and_silence_are_no_rejection(judge: Any, scenario: str, label: str, status: Any) -> None:
    answer = turn(label) if status == 200 else exchange(label, status=status)
    raised = outcome(judge, changed(judge, scenario, answer))
    assert isinstance(raised, Failure)
    assert raised.at is not None
    assert raised.at.label == label
    assert ("no answer (connection reset by peer)" in raised.found) == (status is None)


@pytest.mark.parametrize(("judge", "scenario", "label"), REFUSED)
def test_stream_with_a_status_of_refusal_is_found(judge: Any, scenario: str, label: str) -> None:
    status = 401 if judge in {ANONYMOUS, AUDIENCE, EXPIRY, PRINTED, PING, SCHEME} else 422
    answer = turn(label, status=status)
    assert f"status {status} with text/event-stream" in found(judge, changed(judge, scenario, answer))


@pytest.mark.parametrize(
    ("judge", "scenario", "label"), [entry for entry in REFUSED if entry[0] in {ANONYMOUS, EXPIRY}]
)
def test_403_is_no_401(judge: Any, scenario: str, label: str) -> None:
    assert isinstance(outcome(judge, changed(judge, scenario, refusal(label, status=403))), Failure)


@pytest.mark.parametrize("status", [400, 422])
def test_both_statuses_of_invalid_input_are_legal(status: int) -> None:
    for judge, label in ((EMPTY, "empty"), (MISSING, "missing"), (MEMORY, "memory/text"), (SESSION, "session/long")):
        assert outcome(judge, changed(judge, "invalid_fields", refusal(label, status=status))) is None
    assert outcome(MEDIA, changed(MEDIA, "content_type", refusal("text", status=status))) is None
    assert outcome(LIMIT, changed(LIMIT, "lengths", refusal("over", status=status))) is None


BODIES = [({"Content-Type": "text/html"}, b"<h1>no</h1>"), ({"Content-Type": "application/json"}, b""), ({}, b"{}")]


@pytest.mark.parametrize("judge", [ANONYMOUS, EMPTY])
@pytest.mark.parametrize(("headers", "body"), BODIES)
def test_refusal_counts_whatever_its_body(judge: Any, headers: Any, body: bytes) -> None:
    status, scenario, label = (401, "no_token", "chat") if judge is ANONYMOUS else (422, "invalid_fields", "empty")
    answer = exchange(label, status=status, headers=headers, body=body)
    assert outcome(judge, changed(judge, scenario, answer)) is None


@pytest.mark.parametrize(("headers", "body"), BODIES)
def test_body_that_names_the_field_must_be_json(headers: Any, body: bytes) -> None:
    answer = exchange("empty", status=422, headers=headers, body=body)
    assert isinstance(outcome(FIELD, changed(FIELD, "invalid_fields", answer)), Failure)
    media = {"Content-Type": "application/problem+json"}
    problem = exchange("empty", status=422, headers=media, body=b'{"field":"message"}')
    assert outcome(FIELD, changed(FIELD, "invalid_fields", problem)) is None


@pytest.mark.parametrize("judge", [AUDIENCE, EXPIRY])
def test_minted_tokens_need_their_positive_control(judge: Any) -> None:
    raised = outcome(judge, changed(judge, "minted_tokens", refusal("fresh", status=401)))
    assert isinstance(raised, NotTestable)


def test_audience_that_is_not_declared_is_not_claimed() -> None:
    assert isinstance(outcome(AUDIENCE, case(minted_tokens=[turn("fresh"), *refused("no_expiry")])), NotClaimed)


def test_ping_must_let_the_users_token_in() -> None:
    assert found(PING, changed(PING, "ping", refusal("valid", status=401))).startswith("for a token that the chat")


def test_what_the_chat_lets_in_is_not_held_against_the_ping() -> None:
    accepted = {**RIGHT[PING], "forged_tokens": [*refused("garbage"), turn("tampered")]}
    accepted["ping"] = [exchange("valid", status=200), exchange("invalid", status=200), *refused("missing")]
    assert outcome(PING, case(**accepted)) is None
    accepted["forged_tokens"] = refused("garbage")
    assert isinstance(outcome(PING, case(**accepted)), Failure)
    accepted["forged_tokens"] = [turn("garbage")]
    assert outcome(PING, case(**accepted)) is None


def test_lower_case_scheme_is_let_in() -> None:
    assert found(SCHEME, changed(SCHEME, "schemes", refusal("lower", status=401))).startswith("`bearer` in lower case")
    assert outcome(SCHEME, changed(SCHEME, "schemes", refusal("basic", status=403))) is None


def test_all_wrong_types_are_named_at_once() -> None:
    text = found(TYPES, changed(TYPES, "invalid_fields", turn("number"), turn("null")))
    assert text == "a number: status 200 with text/event-stream; null: status 200 with text/event-stream"


def test_limit_itself_is_accepted() -> None:
    assert found(LIMIT, changed(LIMIT, "lengths", refusal("limit", status=413))).startswith(
        "4000 characters: status 413"
    )
    assert "no answer" in found(LIMIT, changed(LIMIT, "lengths", exchange("limit", status=None)))


def test_unit_of_characters_is_told() -> None:
    text = found(EMOJI, changed(EMOJI, "lengths", refusal("emoji", status=422)))
    assert text == "4000 emoji (8000 UTF-16 units, 16000 bytes): status 422 with application/json"
    neither = changed(EMOJI, "lengths", refusal("emoji", status=422), refusal("limit", status=422))
    assert isinstance(outcome(EMOJI, neither), NotTestable)


def test_documented_session_is_accepted() -> None:
    raised = outcome(SESSION, changed(SESSION, "invalid_fields", refusal("session/sample", status=422)))
    assert isinstance(raised, Failure)
    assert raised.found.startswith("`session-20250819-143022-a1b2`: status 422")


def test_a_pattern_that_takes_every_session_claims_nothing() -> None:
    assert isinstance(outcome(SESSION, case(invalid_fields=[turn("session/sample")])), NotClaimed)


@pytest.mark.parametrize("label", ["empty", "session/long", "memory/text"])
def test_refusal_without_the_field_is_found(label: str) -> None:
    text = found(FIELD, changed(FIELD, "invalid_fields", refusal(label, status=400, body=b'{"error":"invalid"}')))
    assert text == f"""{label}: '{{"error":"invalid"}}'"""
    page = exchange(label, status=400, headers={"Content-Type": "text/html"}, body=b"<h1>message sessionId</h1>")
    assert "text/html" in found(FIELD, changed(FIELD, "invalid_fields", page))


def test_only_refusals_name_fields() -> None:
    assert isinstance(outcome(FIELD, case(invalid_fields=[turn("empty"), refusal("null", status=500)])), NotTestable)
    assert outcome(FIELD, changed(FIELD, "invalid_fields", turn("empty"), DEAD)) is None


def test_big_body_is_refused_soon_and_survived() -> None:
    late = refusal("two_megabytes", status=413, head_seconds=2.5)
    assert found(BIG, changed(BIG, "big_body", late)) == "an answer after 2.50 s"
    gone = exchange("after", status=None)
    assert found(BIG, changed(BIG, "big_body", gone)) == "afterwards: no answer (connection reset by peer)"
