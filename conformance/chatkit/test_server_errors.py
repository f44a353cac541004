"""What a server of the ChatKit protocol says of failures, of operations that there are not, of unknown threads."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .server_answers import accepted, answered, content_of, events_of, sent, shown
from .server_sources import EVENTS, SERVER, TYPES

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_REFUSED = 4
_UNKNOWN = frozenset({403, 404})
_AFTER_AN_ERROR = frozenset({"error", "thread.updated"})
_INTERNALS = re.compile(
    r"Traceback \(most recent call last\)|\b[A-Z][A-Za-z]*(?:Error|Exception)\b|\bFile \\?\"|\.(?:py|js|ts|go|java):\d+"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b"
)


@requirement(
    "CKSRV-ERR-01",
    Level.MUST,
    SERVER,
    TYPES,
    EVENTS,
    why="Without an `error` event a failed answer looks like a finished one; and the text of an exception tells "
    "strangers about the inside of the server.",
    example='data: {"type":"error","code":"stream.error","allow_retry":true}',
    remedy={
        "any": "Catch what the answer raises, and end the stream by an `error` event with `code` `stream.error` (or "
        "`custom` with a text for users) and `allow_retry`; log the exception.",
        "fastapi": "`ChatKitServer` does so for what `respond` raises; raise `CustomStreamError` for your own text.",
        "starlette": "`ChatKitServer` does so for what `respond` raises; raise `CustomStreamError` for your own text.",
    },
    scenarios=("protocol_failure",),
    means=("self_hosted_mode", "failing_message"),
)
def test_failure_is_told_by_an_error_event(case: Case) -> None:
    """
    A failing answer ends by an `error` event with a `code` and a boolean `allow_retry`, and nothing internal is told.

    Only a change of the thread may follow.
    """
    exchange = sent(case["protocol_failure"], "create")
    events = events_of(exchange)
    errors = [event for event in events if event["type"] == "error"]
    expected = 'the last event {"type": "error", "code": ..., "allow_retry": true or false}'
    expect(errors, found=f"`{events[-1]['type']}` as the last event, and no error", expected=expected, at=exchange)
    at = events.index(errors[0])
    late = [event["type"] for event in events[at:] if event["type"] not in _AFTER_AN_ERROR]
    expect(not late, found=f"`{late[0] if late else ''}` after the error", expected=expected, at=exchange)
    error = errors[0]
    code, retry = error.get("code"), error.get("allow_retry")
    told = isinstance(code, str) and bool(code) and isinstance(retry, bool)
    expect(told, found=f"code {code!r}, allow_retry {retry!r}", expected=expected, at=exchange)
    said = json.dumps(case.settings.failing_message, ensure_ascii=False)[1:-1]  # it comes back as the user's own
    leak = _INTERNALS.search(exchange.body.decode("utf-8", "replace").replace(said, ""))
    expect(
        leak is None,
        found=f"`{leak[0] if leak else ''}` in the stream",
        expected="nothing of the inside of the server",
        at=exchange,
    )


@requirement(
    "CKSRV-ERR-02",
    Level.SHOULD,
    SERVER,
    why="A request that the server does not know is the page's mistake, perhaps a newer page's; a 500 wakes up people "
    "and is tried again.",
    example='HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error":"there is no such operation"}',
    remedy={
        "any": "Answer a request whose `type` you do not know with a 4xx and JSON.",
        "fastapi": "Catch pydantic's `ValidationError` round `server.process(...)` and raise `HTTPException(400)`.",
        "starlette": "Catch pydantic's `ValidationError` round `server.process(...)`; answer `JSONResponse(..., 400)`.",
    },
    scenarios=("protocol_unknown",),
    means=("self_hosted_mode",),
)
def test_unknown_operation_is_refused(case: Case) -> None:
    """A request of an unknown `type` is answered with a 4xx in JSON."""
    recording = case["protocol_unknown"]
    answered(recording, "known")
    exchange = sent(recording, "type")
    expect(
        exchange.status is not None and exchange.status // 100 == _REFUSED and _is_json(exchange),
        found=shown(exchange),
        expected="a 4xx with application/json",
        at=exchange,
    )


def _is_json(exchange: Exchange) -> bool:
    media = exchange.response.media_type if exchange.response else ""
    return (media == "application/json" or media.endswith("+json")) and content_of(exchange) is not None


@requirement(
    "CKSRV-ERR-03",
    Level.SHOULD,
    SERVER,
    why="The page shows `not found` and goes back to the list; a 500 or a broken stream it can only try again.",
    example="HTTP/1.1 404 Not Found\nContent-Type: application/json",
    remedy={
        "any": "Look the thread up before the first byte of the stream, and answer 404 where there is none.",
        "fastapi": "Raise `NotFoundError` in the store and map it to a 404. The SDK streams lazily: for "
        "`threads.add_user_message` load the thread yourself before you return the `StreamingResponse`.",
        "starlette": "Map the store's `NotFoundError` to a 404. The SDK streams lazily: load the thread before "
        "you return the `StreamingResponse`.",
    },
    scenarios=("protocol_unknown",),
    means=("self_hosted_mode",),
)
def test_unknown_thread_is_told(case: Case) -> None:
    """
    An operation on an unknown thread is answered with 404, a streaming one at least by an `error` event.

    A 403 is let pass: it tells the same of threads of others.
    """
    recording = case["protocol_unknown"]
    answered(recording, "known")
    for label in ("get_thread", "list_items"):
        exchange = sent(recording, label)
        expect(exchange.status in _UNKNOWN, found=f"{label}: {shown(exchange)}", expected="status 404", at=exchange)
    stream = sent(recording, "add")
    fault = "" if stream.status in _UNKNOWN else _unfit_stream(stream)
    expect(not fault, found=f"add: {fault}", expected="status 404, or a whole stream with an `error` event", at=stream)


def _unfit_stream(exchange: Exchange) -> str:
    if not accepted(exchange) or not exchange.is_stream:
        return shown(exchange)
    if not exchange.end.clean:
        return f"a stream that breaks off ({exchange.end.value})"
    try:
        errors = [event for event in events_of(exchange) if event["type"] == "error"]
    except NotTestable:
        return "a stream without an event"
    return "" if errors else "a stream without an `error` event"
