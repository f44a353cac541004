"""Channels and messages: a conversation of the user's, one of others, one for two, and a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Scenario

from ...common.costs import fixed
from ...common.requests import declared, reply_limits
from ..calls import noted
from ..requests import subject_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Route
    from chatproof.driver import Driver
    from chatproof.surroundings import Upstream

__all__ = ["PARALLEL", "SCENARIOS", "TEXT"]

PARALLEL = 3
TEXT = "Hello from a conformance test"

_MALFORMED = {"undefined": "undefined", "null": "null", "text": "not-a-uuid"}


async def _open(driver: Driver, label: str, route: Route, values: dict[str, str], *, second: bool = False) -> None:
    credential = driver.tokens.second_user() if second else None
    await driver.send(label, declared(driver, route, values, credential=credential), limits=reply_limits(driver))


def _fresh(driver: Driver) -> Upstream:
    upstream = driver.upstream()
    upstream.behave("well")
    return upstream


def _note(driver: Driver, upstream: Upstream, name: str = "calls") -> None:
    driver.finding(name, noted(upstream.calls(), api_key=driver.settings.api_key))


async def _conversation(driver: Driver) -> None:
    settings, upstream = driver.settings, _fresh(driver)
    values = {"conversation": settings.conversation}
    await _open(driver, "opened", settings.open_conversation, values)
    _note(driver, upstream)
    upstream.behave("well")
    async with anyio.create_task_group() as group:
        for number in range(1, PARALLEL + 1):
            group.start_soon(_open, driver, f"parallel/{number}", settings.open_conversation, values)
    _note(driver, upstream, "parallel")


async def _malformed_conversation(driver: Driver) -> None:
    settings, upstream = driver.settings, _fresh(driver)
    for label, identifier in _MALFORMED.items():
        await _open(driver, label, settings.open_conversation, {"conversation": identifier})
    _note(driver, upstream)


async def _foreign_conversation(driver: Driver) -> None:
    settings, upstream = driver.settings, _fresh(driver)
    await _open(driver, "foreign", settings.open_conversation, {"conversation": settings.foreign_conversation})
    _note(driver, upstream)


async def _dm(driver: Driver) -> None:
    settings, upstream = driver.settings, _fresh(driver)
    first, second = subject_of(driver), subject_of(driver, second=True)
    for label, other, by_second in (("by_first", second, False), ("by_second", first, True)):
        upstream.behave("well")
        await _open(driver, label, settings.open_dm, {"user": other}, second=by_second)
        _note(driver, upstream, label)
    driver.finding("users", [first, second])


async def _message(driver: Driver) -> None:
    """The second message names another sender, in the body that the route takes."""
    settings, upstream = driver.settings, _fresh(driver)
    other = subject_of(driver, second=True) or "somebody-else"
    values = {"conversation": settings.conversation, "text": TEXT}
    if settings.open_conversation is not None:
        await _open(driver, "opened", settings.open_conversation, values)
    spoofed: dict[str, object] = {"user_id": other, "user": {"id": other}, "sender": other}
    for label, extra in (("sent", {}), ("spoofed", spoofed)):
        upstream.behave("well")
        await _open(driver, label, _with_body(settings.send, extra), values)
        _note(driver, upstream, label)
    driver.finding("user", subject_of(driver))


def _with_body(route: Route, extra: Mapping[str, object]) -> Route:
    return type(route)(path=route.path, method=route.method, body={**route.body, **extra})


SCENARIOS = (
    Scenario(
        name="conversation",
        run=_conversation,
        cost=fixed(replies=1 + PARALLEL, reply_steps=2),
        means=("open_conversation", "conversation", "upstream", "loopback_or_intrusive"),
        alone=True,
        summary="a conversation of the first user, opened once and then several times at once",
    ),
    Scenario(
        name="malformed_conversation",
        run=_malformed_conversation,
        cost=fixed(replies=len(_MALFORMED)),
        means=("open_conversation", "upstream", "loopback_or_intrusive"),
        alone=True,
        summary="conversations whose id is none",
    ),
    Scenario(
        name="foreign_conversation",
        run=_foreign_conversation,
        cost=fixed(replies=1),
        means=("open_conversation", "foreign_conversation", "upstream", "loopback_or_intrusive"),
        alone=True,
        summary="a conversation of other users",
    ),
    Scenario(
        name="dm",
        run=_dm,
        cost=fixed(replies=2),
        means=("open_dm", "second_user", "upstream", "loopback_or_intrusive"),
        alone=True,
        summary="a channel for two, opened by each of them",
    ),
    Scenario(
        name="message",
        run=_message,
        cost=fixed(replies=3),
        means=("send", "conversation", "upstream", "loopback_or_intrusive"),
        alone=True,
        summary="a message to a conversation, and one that names another sender",
    ),
)
