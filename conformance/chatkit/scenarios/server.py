"""The ChatKit protocol: threads made, continued, listed and deleted; what there is not; what is another user's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.scenario import Scenario

from ...common.costs import fixed
from ...common.requests import any_frame, reply_limits
from ..server_requests import answer_began, message_of, operation, said, stream_limits

if TYPE_CHECKING:
    from chatproof.driver import Driver
    from chatproof.recording import Exchange

__all__ = ["SCENARIOS", "server_turn"]

_UNKNOWN_THREAD = "thr_00000000deadbeef"
_UNKNOWN_TYPE = "threads.explode"
_MEANS = ("self_hosted_mode",)
_OF_USERS = ("self_hosted_mode", "token")
_OF_TWO = ("self_hosted_mode", "second_user")


async def server_turn(driver: Driver) -> Exchange:
    """A new thread with a plain message, as the exchange `turn`."""
    return await _streamed(driver, "turn", "threads.create", message_of(driver))


async def _streamed(driver: Driver, label: str, kind: str, params: dict[str, Any], **options: Any) -> Exchange:
    return await driver.send(label, operation(driver, kind, params, **options), limits=stream_limits(driver))


async def _asked(driver: Driver, label: str, kind: str, params: dict[str, Any], **options: Any) -> Exchange:
    """An operation that is answered in JSON; a stream is left at its first frame."""
    request = operation(driver, kind, params, **options)
    return await driver.send(label, request, limits=reply_limits(driver), until=any_frame)


def _ids(exchange: Exchange) -> tuple[str, list[str]]:
    """The ids of the thread that a stream tells of (empty: of none) and of its items."""
    thread_id, items = "", []
    for event in exchange.stream.events:
        try:
            told = json.loads(event.data)
        except (ValueError, RecursionError):
            continue
        thread, item = (told.get("thread"), told.get("item")) if isinstance(told, dict) else (None, None)
        if isinstance(thread, dict) and isinstance(thread.get("id"), str):
            thread_id = thread_id or thread["id"]
        if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] not in items:
            items.append(item["id"])
    return thread_id, items


async def _protocol(driver: Driver) -> None:
    thread, items = _ids(await _streamed(driver, "create", "threads.create", message_of(driver)))
    await _asked(driver, "list_threads", "threads.list", {"limit": 20})
    if not thread:
        return
    named = {"thread_id": thread}
    await _streamed(driver, "add", "threads.add_user_message", message_of(driver, **named))
    await _asked(driver, "get_thread", "threads.get_by_id", named)
    await _asked(driver, "list_items", "items.list", {**named, "limit": 20, "order": "asc"})
    await _asked(driver, "feedback", "items.feedback", {**named, "item_ids": items[-1:], "kind": "positive"})
    await _asked(driver, "update", "threads.update", {**named, "title": "A title"})
    await _asked(driver, "delete", "threads.delete", named)


async def _unknown(driver: Driver) -> None:
    missing = {"thread_id": _UNKNOWN_THREAD}
    await _asked(driver, "known", "threads.list", {"limit": 1})
    await _asked(driver, "type", _UNKNOWN_TYPE, {})
    await _asked(driver, "get_thread", "threads.get_by_id", missing)
    await _asked(driver, "list_items", "items.list", missing)
    await _streamed(driver, "add", "threads.add_user_message", message_of(driver, **missing))


async def _open(driver: Driver) -> None:
    await _asked(driver, "list_threads", "threads.list", {"limit": 1}, credential=())
    await _asked(driver, "create", "threads.create", message_of(driver), credential=())


async def _foreign(driver: Driver) -> None:
    """The second user reads, continues, lists and deletes what is the first one's."""
    thread, _items = _ids(await _streamed(driver, "create", "threads.create", message_of(driver)))
    driver.finding("thread", thread)
    if not thread:
        return
    tokens, named = driver.tokens, {"thread_id": thread}
    other = tokens.place(tokens.mint(claims=driver.config.auth.second_user))
    await _asked(driver, "own", "threads.get_by_id", named)
    await _asked(driver, "get_thread", "threads.get_by_id", named, credential=other)
    await _asked(driver, "list_items", "items.list", named, credential=other)
    await _streamed(driver, "add", "threads.add_user_message", message_of(driver, **named), credential=other)
    await _asked(driver, "list_threads", "threads.list", {"limit": 100}, credential=other)
    await _asked(driver, "delete", "threads.delete", named, credential=other)
    await _asked(driver, "still", "threads.get_by_id", named)
    await _asked(driver, "clean", "threads.delete", named)


async def _cancelled(driver: Driver) -> None:
    """The page leaves in the middle of the answer: servers note that for the model, where no page may see it."""
    request = operation(driver, "threads.create", message_of(driver))
    exchange = await driver.send("create", request, limits=stream_limits(driver), until=answer_began)
    thread, _items = _ids(exchange)
    if thread:
        await _asked(driver, "list_items", "items.list", {"thread_id": thread, "limit": 100})
        await _asked(driver, "get_thread", "threads.get_by_id", {"thread_id": thread})
        await _asked(driver, "clean", "threads.delete", {"thread_id": thread})


async def _failure(driver: Driver) -> None:
    await _streamed(driver, "create", "threads.create", {"input": said(driver.settings.failing_message)})


SCENARIOS = (
    Scenario(
        name="protocol",
        run=_protocol,
        cost=fixed(turns=2, replies=6),
        means=_MEANS,
        summary="a thread made, continued, read, listed, renamed and deleted",
    ),
    Scenario(
        name="protocol_unknown",
        run=_unknown,
        cost=fixed(turns=1, replies=4),
        means=_MEANS,
        summary="an operation that there is not, and a thread that there is not",
    ),
    Scenario(
        name="protocol_open",
        run=_open,
        cost=fixed(replies=2),
        means=_OF_USERS,
        summary="threads listed and made without a credential",
    ),
    Scenario(
        name="protocol_foreign",
        run=_foreign,
        cost=fixed(turns=2, replies=7),
        means=_OF_TWO,
        summary="a thread of the first user, asked for by the second",
    ),
    Scenario(
        name="protocol_cancelled",
        run=_cancelled,
        cost=fixed(turns=1, replies=3),
        means=_MEANS,
        summary="an answer that the page leaves, and the thread afterwards",
    ),
    Scenario(
        name="protocol_failure",
        run=_failure,
        cost=fixed(turns=1),
        means=("self_hosted_mode", "failing_message"),
        summary="a message whose answer fails",
    ),
)
