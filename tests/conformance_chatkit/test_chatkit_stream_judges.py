"""The judges on messages: streams that are passed on, refused, left; and answers as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatproof.conformance.chatkit import test_message, test_stream
from chatproof.failure import NotClaimed, NotTestable
from chatproof.recording import End, Exchange, Recording
from support.chatkit_recordings import case as plain_case
from support.chatkit_recordings import recorded, unclaimed
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, STREAM_HEADERS, exchange, recording, refusal, turn, with_header

PASSED_ON = test_stream.test_stream_is_passed_on_as_it_comes
ASKED = test_stream.test_service_behind_is_asked_by_post
REFUSED = test_stream.test_refusal_of_the_service_behind_is_no_stream
LEFT = test_stream.test_leaving_ends_the_call_of_the_service_behind
SECRET = test_stream.test_messages_need_a_live_secret
FIELDS = test_message.test_message_has_the_fields_that_pages_read

PATHS = {"stream_path": "/api/custom/stream", "message_path": "/api/custom/message"}
CALL = {"method": "POST", "path": "/chat/stream", "media": "application/json", "json": True}
STATUSES = (400, 401, 403, 404, 429, 500, 503)
ABORT = {"calls": 1, "seconds": 0.1, "watched": 5.0}
MESSAGE = {"id": "msg_1", "content": "Hello!", "created_at": 1767268800000}


def case(**given: Any) -> Any:
    return plain_case(PATHS, **given)


def upstream(
    *changed: Exchange, well: Exchange | None = None, asked: Any = None, calls: Any = (CALL,), **more: Any
) -> Recording:
    """The scenario `stream_upstream`, in which some answers or calls differ."""
    others = {entry.label: entry for entry in changed}
    answers = [others.get(str(status), refusal(str(status), status=502)) for status in STATUSES]
    told = {name: list(calls) for name in ("well", *map(str, STATUSES))} if asked is None else asked
    return recorded("stream_upstream", well or turn("well", end=End.ABORTED), *answers, asked=told, **more)


def left(end: End = End.ABORTED, abort: Any = None, **changes: Any) -> Recording:
    found = ABORT if abort is None else {**ABORT, **abort}
    return recorded("stream_abort", turn("aborted", end=end, **changes), abort=found)


def secrets(*changed: Exchange) -> Recording:
    others = {entry.label: entry for entry in changed}
    right = [turn("stream/live"), refusal("stream/none", status=401), refusal("stream/garbage", status=401)]
    right += [message("message/live"), refusal("message/none", status=401), refusal("message/garbage", status=401)]
    return recorded("message_secrets", *[others.get(entry.label, entry) for entry in right])


def message(label: str, content: Any = None, **changes: Any) -> Exchange:
    fields = {**MESSAGE, **(content or {})}
    body = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
    return exchange(label, **{"headers": JSON_HEADERS, "body": body, **changes})


def messages(first: Any = None, again: Any = None) -> Any:
    return case(message=[message("message", first), message("again", first if again is None else again)])


RIGHT: dict[Any, Any] = {
    PASSED_ON: case(turn=turn(), stream_abort=left()),
    ASKED: case(stream_upstream=upstream()),
    REFUSED: case(stream_upstream=upstream()),
    LEFT: case(stream_abort=left()),
    SECRET: case(message_secrets=secrets()),
    FIELDS: messages(),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


LEGAL: dict[str, tuple[Any, Any]] = {
    "no upstream of ours": (PASSED_ON, case(turn=turn(), stream_abort=unclaimed("stream_abort"))),
    "close-delimited": (
        PASSED_ON,
        case(turn=turn(headers=(("Content-Type", "text/event-stream"),), end=End.CLOSED), stream_abort=left()),
    ),
    "an upstream that is not asked": (
        PASSED_ON,
        case(turn=turn(), stream_abort=left(End.TERMINAL_CHUNK, {"calls": 0, "seconds": None})),
    ),
    "another JSON type": (ASKED, case(stream_upstream=upstream(calls=[{**CALL, "media": "application/vnd.x+json"}]))),
    "a GET beside it": (
        ASKED,
        case(stream_upstream=upstream(calls=[{**CALL, "method": "GET", "media": "", "json": False}, CALL])),
    ),
    "statuses handed on": (
        REFUSED,
        case(stream_upstream=upstream(*[refusal(str(status), status=status) for status in STATUSES])),
    ),
    "an error in JSON with 200": (
        REFUSED,
        case(stream_upstream=upstream(exchange("500", headers=JSON_HEADERS, body=b'{"error": "no"}'))),
    ),
    "left just in time": (LEFT, case(stream_abort=left(abort={"seconds": 2.0}))),
    "left before we did": (LEFT, case(stream_abort=left(abort={"seconds": -0.01}))),
    "forbidden": (SECRET, case(message_secrets=secrets(refusal("stream/garbage", status=403)))),
    "a missing header is a bad request": (SECRET, case(message_secrets=secrets(refusal("message/none", status=400)))),
    "text for content": (FIELDS, messages({"content": None, "text": "Hello!"})),
    "seconds": (FIELDS, messages({"created_at": 1767268800})),
    "fractions of seconds": (FIELDS, messages({"created_at": 1767268800.25})),
    "ISO-8601": (FIELDS, messages({"created_at": "2026-01-01T12:00:00Z"})),
    "more fields": (FIELDS, messages({"role": "assistant"})),
}


@pytest.mark.parametrize("variant", LEGAL)
def test_other_forms_meet_it(variant: str) -> None:
    judge, given = LEGAL[variant]
    assert outcome(judge, given) is None


WRONG: dict[str, tuple[Any, Any, str]] = {
    "whole": (
        PASSED_ON,
        case(turn=turn(headers=with_header(STREAM_HEADERS, "Content-Length", "80")), stream_abort=left()),
        "Content-Length: 80",
    ),
    "JSON": (PASSED_ON, case(turn=message("turn"), stream_abort=left()), "status 200 with application/json"),
    "held back": (
        PASSED_ON,
        case(turn=turn(), stream_abort=left(End.IDLE_DEADLINE, {"seconds": None}, body=b"")),
        "nothing of a stream that the service behind was writing within 5 s (status 200 with text/event-stream)",
    ),
    "no head": (
        PASSED_ON,
        case(
            turn=turn(),
            stream_abort=recorded("stream_abort", exchange("aborted", status=None), abort={**ABORT, "seconds": None}),
        ),
        "nothing of a stream that the service behind was writing within 5 s (no answer (connection reset by peer))",
    ),
    "text upstream": (
        ASKED,
        case(stream_upstream=upstream(calls=[{**CALL, "media": "text/plain", "json": True}])),
        "POST /chat/stream with text/plain",
    ),
    "form upstream": (
        ASKED,
        case(stream_upstream=upstream(calls=[{**CALL, "json": False}])),
        "POST /chat/stream with application/json",
    ),
    "by GET": (
        ASKED,
        case(stream_upstream=upstream(calls=[{**CALL, "method": "GET", "media": "", "json": False}])),
        "GET /chat/stream with no media type",
    ),
    "fetch threw": (
        ASKED,
        case(stream_upstream=upstream(well=refusal("well", status=500), calls=())),
        "no call of the service behind, and status 500 with application/json",
    ),
    "relabelled": (
        REFUSED,
        case(stream_upstream=upstream(turn("401"), turn("500"))),
        "for its 401: status 200 with text/event-stream; for its 500: status 200 with text/event-stream",
    ),
    "never cancelled": (LEFT, case(stream_abort=left(abort={"seconds": None})), "a call still open after 5 s"),
    "cancelled late": (LEFT, case(stream_abort=left(abort={"seconds": 3.2})), "a call closed after 3.2 s"),
    "open stream": (
        SECRET,
        case(message_secrets=secrets(turn("stream/none"))),
        "stream without a secret: status 200 with text/event-stream",
    ),
    "garbage will do": (
        SECRET,
        case(message_secrets=secrets(turn("stream/garbage"), message("message/garbage"))),
        "stream with garbage: status 200 with text/event-stream; message with garbage: status 200 with application/",
    ),
    "an error": (
        SECRET,
        case(message_secrets=secrets(refusal("message/garbage", status=500))),
        "message with garbage: status 500 with application/json",
    ),
    "401 that streams": (
        SECRET,
        case(message_secrets=secrets(turn("stream/garbage", status=401))),
        "stream with garbage: status 401 with text/event-stream",
    ),
    "no id": (FIELDS, messages({"id": None}), "`id` is None"),
    "a number for id": (FIELDS, messages({"id": 7}), "`id` is 7"),
    "no text": (FIELDS, messages({"content": None}), "no text in `content` or `text`: ['created_at', 'id']"),
    "parts for text": (FIELDS, messages({"content": [{"text": "Hello!"}]}), "no text in `content` or `text`"),
    "no time": (FIELDS, messages({"created_at": None}), "`created_at` is None"),
    "a boolean for time": (FIELDS, messages({"created_at": True}), "`created_at` is True"),
    "nanoseconds": (FIELDS, messages({"created_at": 1767268800000000000}), "`created_at` is 1767268800000000000"),
    "local time": (FIELDS, messages({"created_at": "01.01.2026 12:00"}), "`created_at` is '01.01.2026 12:00'"),
    "two units": (
        FIELDS,
        messages({}, {"created_at": 1767268800}),
        "`created_at` is 1767268800000 (milliseconds) and 1767268800 (seconds)",
    ),
    "a list": (FIELDS, case(message=[exchange("message", headers=JSON_HEADERS, body=b"[]")]), "a body that is no JSON"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_answers_are_found(wrong: str) -> None:
    judge, given, expected = WRONG[wrong]
    assert expected in found(judge, given)


UNTOLD: dict[str, tuple[Any, Any, type[Exception]]] = {
    "no message was answered": (PASSED_ON, case(turn=refusal("turn", status=500)), NotTestable),
    "not asked": (ASKED, case(stream_upstream=upstream(calls=())), NotClaimed),
    "refusals not asked": (REFUSED, case(stream_upstream=upstream(calls=())), NotClaimed),
    "no control": (REFUSED, case(stream_upstream=upstream(well=refusal("well", status=500))), NotTestable),
    "no answer": (REFUSED, case(stream_upstream=upstream(exchange("500", status=None))), NotTestable),
    "nothing to leave": (LEFT, case(stream_abort=left(End.IDLE_DEADLINE)), NotTestable),
    "a refusal to leave": (
        LEFT,
        case(stream_abort=recorded("stream_abort", refusal("aborted", status=500), abort=ABORT)),
        NotTestable,
    ),
    "an upstream that is not asked": (LEFT, case(stream_abort=left(abort={"calls": 0, "seconds": None})), NotClaimed),
    "a live secret is refused": (
        SECRET,
        case(message_secrets=secrets(refusal("stream/live", status=401))),
        NotTestable,
    ),
    "messages are refused": (FIELDS, case(message=[refusal("message", status=401)]), NotTestable),
}


@pytest.mark.parametrize("untold", UNTOLD)
def test_what_cannot_be_told(untold: str) -> None:
    judge, given, expected = UNTOLD[untold]
    assert isinstance(outcome(judge, given), expected)
