"""Threads and items in the answers of a server of the ChatKit protocol: their form, and whom they are shown."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .server_answers import (
    accepted,
    answered,
    content_of,
    events_of,
    items_in,
    json_answers,
    sent,
    shown,
    threads_in,
)
from .server_sources import PRODUCTION, SERVER, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

    from .server_answers import Told

_HIDDEN = frozenset({"hidden_context_item", "sdk_hidden_context"})
_REFUSED = frozenset({401, 403})
_NOT_THEIRS = frozenset({403, 404})
_CLIENTS_FAULT = 4
_NOT_OFFERED = 501
_PAGES = ("list_threads", "list_items")
_EMPTY = ("feedback", "delete")
_READ = ("list_threads", "get_thread", "list_items", "update")


@requirement(
    "CKSRV-JSON-01",
    Level.MUST,
    SERVER,
    TYPES,
    why="ChatKit reads these answers without a second look: a list without `has_more` shows no thread at all.",
    example='HTTP/1.1 200 OK\nContent-Type: application/json\n\n{"data":[...],"has_more":false}',
    remedy={
        "any": "Answer lists with `{data, has_more, after?}`, `items.feedback` and `threads.delete` with `{}`.",
        "fastapi": 'Return `Response(result.json, media_type="application/json")` where `process` gave no stream.',
        "starlette": 'Return `Response(result.json, media_type="application/json")` where `process` gave no stream.',
    },
    scenarios=("protocol",),
    means=("self_hosted_mode",),
)
def test_operations_answer_in_json(case: Case) -> None:
    """
    Operations that do not stream answer `application/json`: lists `{data, has_more, after?}`, a thread with its items,
    feedback and deletion `{}`.

    Feedback, a new title and deletion may be refused with a 4xx: not every server offers them.
    """
    recording = case["protocol"]
    for label in (*_PAGES, "get_thread", "update", *_EMPTY):
        exchange = sent(recording, label)
        if label in ("update", *_EMPTY) and _not_offered(exchange):
            continue
        media = exchange.response.media_type if exchange.response else ""
        content = content_of(exchange)
        whole = accepted(exchange) and media == "application/json" and isinstance(content, dict)
        found = shown(exchange) if not (accepted(exchange) and media == "application/json") else "no JSON object"
        expect(whole, found=f"{label}: {found}", expected="an object, as application/json", at=exchange)
        fault = _misshaped(label, content)
        expect(not fault, found=f"{label}: {fault}", expected=_shape(label), at=exchange)


def _not_offered(exchange: Exchange) -> bool:
    return exchange.status is not None and (exchange.status // 100 == _CLIENTS_FAULT or exchange.status == _NOT_OFFERED)


def _shape(label: str) -> str:
    if label in _PAGES:
        return "{data: [...], has_more: true or false, after?: text}"
    return "{}" if label in _EMPTY else "{id, created_at, items: {data, has_more}, ...}"


def _misshaped(label: str, content: Told) -> str:
    if label in _PAGES:
        return _no_page(content)
    if label in _EMPTY:
        return f"the fields {', '.join(sorted(content))}" if content else ""
    if not isinstance(content.get("id"), str) or "created_at" not in content:
        return "no `id` or no `created_at`"
    items = content.get("items")
    return _no_page(items) if isinstance(items, dict) else "no `items`"


def _no_page(content: Told) -> str:
    if not isinstance(content.get("data"), list):
        return "`data` is no list"
    if not isinstance(content.get("has_more"), bool):
        return "`has_more` is not true or false"
    after = content.get("after")
    return "" if after is None or isinstance(after, str) else "`after` is no text"


@requirement(
    "CKSRV-HID-01",
    Level.MUST,
    SERVER,
    TYPES,
    why="Hidden context is written for the model: it may hold what the user must not read, or must not know of.",
    example='{"data":[{"type":"user_message",...},{"type":"assistant_message",...}],"has_more":false}',
    remedy="Leave items of the types `hidden_context_item` and `sdk_hidden_context` out of every stream and list; the "
    "SDK's `process` does so, a route of your own must.",
    scenarios=("protocol", "protocol_cancelled"),
    means=("self_hosted_mode",),
)
def test_hidden_items_are_not_shown(case: Case) -> None:
    """No stream, thread or list holds an item of the type `hidden_context_item` or `sdk_hidden_context`."""
    items = 0
    for exchange, content in _everything(case["protocol"], case["protocol_cancelled"]):
        for item in items_in(content):
            items += 1
            expect(
                item["type"] not in _HIDDEN,
                found=f"an item of the type `{item['type']}` in `{exchange.label}`",
                expected="items that the page may see alone",
                at=exchange,
            )
    if not items:
        raise NotTestable("no item was seen in any answer")


@requirement(
    "CKSRV-TIME-01",
    Level.SHOULD,
    SERVER,
    TYPES,
    why="A browser takes a time without a zone for its own: a message of now is hours old, or of tomorrow.",
    example='"created_at":"2026-11-20T10:40:08.619406Z"',
    remedy={
        "any": "Write `created_at` with its zone, best as UTC with `Z`.",
        "starlette": "The SDK writes `datetime.now()`, which is naive. Make items' times aware in your store's "
        "`add_thread_item` and in the items of `respond`, and the thread's in an override of `_to_thread_response`.",
    },
    scenarios=("protocol",),
    means=("self_hosted_mode",),
)
def test_times_have_a_zone(case: Case) -> None:
    """Each `created_at` of a thread or an item carries a zone."""
    times = 0
    for exchange, content in _everything(case["protocol"]):
        for entry in (*threads_in(content), *items_in(content)):
            if "created_at" not in entry:
                continue
            times += 1
            expect(
                _zoned(entry["created_at"]),
                found=f"created_at {entry['created_at']!r} in `{exchange.label}`",
                expected="a time with its zone, such as 2026-11-20T10:40:08Z",
                at=exchange,
            )
    if not times:
        raise NotTestable("no `created_at` was seen in any answer")


def _zoned(value: Any) -> bool:
    """A number counts from 1970 in UTC and needs no zone."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _everything(*recordings: Recording) -> Iterator[tuple[Exchange, Any]]:
    """The events of the streams and the contents of the answers, with the exchange that holds them."""
    for recording in recordings:
        for exchange in recording.exchanges:
            if accepted(exchange) and exchange.is_stream and exchange.stream.events:
                for event in events_of(exchange):
                    yield exchange, event
        yield from json_answers(recording, *_READ)


@requirement(
    "CKSRV-AUTH-01",
    Level.MUST,
    PRODUCTION,
    SERVER,
    why="The SDK checks nothing: whoever finds the route spends your model's money, and whoever learns an id reads "
    "another user's conversation.",
    example="HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer",
    remedy={
        "any": "Authenticate each request before `process`, put the user into the context, and let every method of the "
        "store look for threads of this user alone.",
        "fastapi": "`Depends(current_user)` on the route, and `process(body, context={'user_id': user.id})`.",
        "starlette": "AuthenticationMiddleware and `@requires`, and `process(body, context={'user_id': user.id})`.",
    },
    scenarios=("protocol_open",),
    optional=("protocol_foreign",),
    means=("self_hosted_mode", "token"),
)
def test_threads_are_their_owners_alone(case: Case) -> None:
    """
    Every operation without a credential is refused with 401 or 403, and each on a thread of another user with 404
    or 403.
    """
    for label in ("list_threads", "create"):
        exchange = sent(case["protocol_open"], label)
        expect(
            exchange.status in _REFUSED and not exchange.is_stream,
            found=f"`{label}` without a credential: {shown(exchange)}",
            expected="status 401 or 403, and no stream",
            at=exchange,
        )
    if case.config.auth.scheme == "jwt" and case.config.auth.second_user:
        _expect_closed_to_others(case["protocol_foreign"])


def _expect_closed_to_others(recording: Recording) -> None:
    answered(recording, "own")
    for label in ("get_thread", "list_items", "add"):
        exchange = sent(recording, label)
        expect(
            _closed(exchange),
            found=f"`{label}` by another user: {shown(exchange)}",
            expected="status 404 or 403",
            at=exchange,
        )
    thread = recording.findings.get("thread")
    listed = sent(recording, "list_threads")
    for entry in threads_in(content_of(listed)):
        if entry.get("id") == thread:
            raise Failure(found="the thread in another user's list", expected="their own threads alone", at=listed)
    still = sent(recording, "still")
    expect(
        accepted(still),
        found=f"the thread is gone after another user's `threads.delete`: {shown(still)}",
        expected="a thread that only its owner can delete",
        at=still,
    )


def _closed(exchange: Exchange) -> bool:
    """Refused; or a stream, begun before the thread was looked for, that tells of no thread and no item."""
    if accepted(exchange) and exchange.is_stream:
        contents = [_json(event.data) for event in exchange.stream.events]
        return not any(
            isinstance(content, dict) and {"thread", "item", "item_id"} & set(content) for content in contents
        )
    return exchange.status in _NOT_THEIRS


def _json(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
