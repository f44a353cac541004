"""The judges on failures, unknown operations and unknown threads of a server of the ChatKit protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatproof.config import PROFILES
from chatproof.conformance.chatkit import test_server_errors
from chatproof.failure import NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, STREAM_HEADERS, case, exchange, recording, refusal

FAILURE = test_server_errors.test_failure_is_told_by_an_error_event
OPERATION = test_server_errors.test_unknown_operation_is_refused
THREAD = test_server_errors.test_unknown_thread_is_told

ERROR = {"type": "error", "code": "stream.error", "allow_retry": True}
CUSTOM = {"type": "error", "code": "custom", "message": "You have no messages left today.", "allow_retry": False}
UPDATED = {"type": "thread.updated", "thread": {"id": "thr_1", "title": "A title"}}
PROGRESS = {"type": "progress_update", "text": "Thinking"}
KNOWN = exchange("known", headers=JSON_HEADERS, body=b'{"data":[],"has_more":false}')
MISSING = (refusal("get_thread", status=404), refusal("list_items", status=404))


def stream(label: str, *events: Any, **changes: Any) -> Any:
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return exchange(label, headers=STREAM_HEADERS, body=body, **changes)


def failing(*events: Any) -> Any:
    return case(profile="chatkit", protocol_failure=stream("create", PROGRESS, *events))


def unknown(operation: Any = None, *, threads: tuple[Any, ...] = MISSING, add: Any = None, known: Any = KNOWN) -> Any:
    answers = [known, operation or refusal("type"), *threads, add or refusal("add", status=404)]
    return case(profile="chatkit", protocol_unknown=answers)


RIGHT: dict[Any, Any] = {FAILURE: failing(ERROR), OPERATION: unknown(), THREAD: unknown()}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case(profile="chatkit")), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(profile="chatkit", **nothing)), NotTestable)


@pytest.mark.parametrize("events", [(CUSTOM,), (ERROR, UPDATED), ({**ERROR, "code": "rate_limited"},)])
def test_legal_errors_meet_it(events: tuple[Any, ...]) -> None:
    assert outcome(FAILURE, failing(*events)) is None


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), "`progress_update` as the last event, and no error"),
        ((ERROR, PROGRESS), "`progress_update` after the error"),
        (({"type": "error", "allow_retry": True},), "code None, allow_retry True"),
        (({"type": "error", "code": "custom", "allow_retry": "yes"},), "code 'custom', allow_retry 'yes'"),
        (({**CUSTOM, "message": "RuntimeError: no such key"},), "`RuntimeError` in the stream"),
        (({**CUSTOM, "message": "Traceback (most recent call last):"},), "`Traceback (most recent call last)` in"),
        (({**CUSTOM, "message": "connect to 10.0.0.7 failed"},), "`10.0.0.7` in the stream"),
        (({**CUSTOM, "message": "at handler (/srv/app/server.js:12)"},), "`.js:12` in the stream"),
    ],
)
def test_errors_of_another_form_are_found(events: tuple[Any, ...], expected: str) -> None:
    assert found(FAILURE, failing(*events)).startswith(expected)


def test_the_users_own_words_are_nothing_internal() -> None:
    words = 'Raise a ValueError, say "no" at 10.0.0.7'
    echoed = stream("create", {"type": "thread.item.done", "item": {"content": [{"text": words}]}}, ERROR)
    settings = PROFILES["chatkit"](mode="self-hosted", failing_message=words)
    assert outcome(FAILURE, case(profile="chatkit", settings=settings, protocol_failure=echoed)) is None
    told = case(profile="chatkit", protocol_failure=echoed)
    assert "ValueError" in found(FAILURE, told)


def test_failure_told_before_the_stream_is_no_verdict() -> None:
    refused = case(profile="chatkit", protocol_failure=refusal("create", status=503))
    assert isinstance(outcome(FAILURE, refused), NotTestable)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_any_refusal_in_json_will_do(status: int) -> None:
    assert outcome(OPERATION, unknown(refusal("type", status=status))) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("type", status=500), "status 500 with application/json"),
        (refusal("type", headers=(("Content-Type", "text/plain"),)), "status 400 with text/plain"),
        (exchange("type", headers=JSON_HEADERS, body=b"{}"), "status 200 with application/json"),
        (exchange("type", status=None), "no answer"),
    ],
)
def test_unknown_operation_told_otherwise_is_found(answer: Any, expected: str) -> None:
    assert found(OPERATION, unknown(answer)).startswith(expected)


@pytest.mark.parametrize("judge", [OPERATION, THREAD])
def test_refusals_of_a_server_that_refuses_all_are_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, unknown(known=refusal("known", status=503))), NotTestable)


@pytest.mark.parametrize("add", [stream("add", ERROR), stream("add", PROGRESS, CUSTOM), refusal("add", status=403)])
def test_unknown_thread_may_be_told_in_the_stream(add: Any) -> None:
    assert outcome(THREAD, unknown(add=add)) is None


@pytest.mark.parametrize(
    ("threads", "add", "expected"),
    [
        ((refusal("get_thread", status=500), MISSING[1]), None, "get_thread: status 500"),
        (
            (MISSING[0], exchange("list_items", headers=JSON_HEADERS, body=b'{"data":[]}')),
            None,
            "list_items: status 200",
        ),
        (MISSING, stream("add", end=End.CLOSED_BETWEEN_CHUNKS), "add: a stream that breaks off"),
        (MISSING, stream("add"), "add: a stream without an event"),
        (MISSING, stream("add", PROGRESS), "add: a stream without an `error` event"),
        (MISSING, refusal("add", status=500), "add: status 500"),
    ],
)
def test_unknown_thread_told_otherwise_is_found(threads: tuple[Any, ...], add: Any, expected: str) -> None:
    assert found(THREAD, unknown(threads=threads, add=add)).startswith(expected)
