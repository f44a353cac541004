"""Requests that a backend turns away, and the valid ones beside them that it must not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import anyio

from chatproof.scenario import Scenario

from ...common.costs import fixed
from ..requests import any_frame, body_of, chat, encoded, get, raw_chat, reply_limits
from .turns import plain_turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import AiChat
    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request

__all__ = ["SCENARIOS", "far_over", "refusable"]

_TWO_MEGABYTES = 2 * 1024 * 1024
_FAR = 100


async def refusable(driver: Driver, label: str, request: Request) -> Exchange:
    """Sends what should be refused; a stream is left at its first frame, so that it costs little."""
    return await driver.send(label, request, limits=reply_limits(driver), until=any_frame)


async def all_refusable(driver: Driver, requests: Mapping[str, Request]) -> None:
    """Sends several such requests side by side."""
    async with anyio.create_task_group() as group:
        for label, request in requests.items():
            group.start_soon(refusable, driver, label, request)


def invalid_bodies(settings: AiChat) -> dict[str, Any]:
    """Bodies with one field wrong, by label; a session id that the declared pattern takes is left out."""
    plain = body_of(settings)
    message, session, memory = settings.message_field, settings.session_field, settings.memory_field
    example = settings.session_example
    wrong_messages = {"empty": "", "number": 5, "boolean": True, "list": [], "object": {}, "null": None}
    wrong_sessions = {
        "session/invalid": "invalid",
        "session/bad-format": "bad-format",
        "session/short": example[:-1],
        "session/long": example + "x",
        "session/newline": example + "\n",
        "session/prefixed": "x" + example,
    }
    bodies = {label: plain | {message: value} for label, value in wrong_messages.items()}
    bodies["missing"] = {name: value for name, value in plain.items() if name != message}
    for label, value in wrong_sessions.items():
        if not re.fullmatch(settings.session_pattern, value):
            bodies[label] = plain | {session: value}
    bodies["memory/text"] = plain | {memory: "yes"}
    return bodies


async def _invalid_fields(driver: Driver) -> None:
    settings = driver.settings
    sample = body_of(settings, **{settings.session_field: settings.session_example})
    async with anyio.create_task_group() as group:
        group.start_soon(plain_turn, driver, "session/sample", sample)
        requests = {label: chat(driver, body) for label, body in invalid_bodies(settings).items()}
        group.start_soon(all_refusable, driver, requests)


def far_over(settings: AiChat) -> int:
    """A number of characters that no reading of the limit allows."""
    return settings.message_limit + _FAR


async def _lengths(driver: Driver) -> None:
    settings = driver.settings
    limit = settings.message_limit
    messages = {"over": "a" * (limit + 1), "far_over": "a" * far_over(settings), "emoji": "\N{GRINNING FACE}" * limit}
    async with anyio.create_task_group() as group:
        group.start_soon(plain_turn, driver, "limit", body_of(settings, "a" * limit))
        requests = {label: chat(driver, body_of(settings, text)) for label, text in messages.items()}
        group.start_soon(all_refusable, driver, requests)


async def _whitespace(driver: Driver) -> None:
    await refusable(driver, "turn", chat(driver, body_of(driver.settings, "   ")))


async def _broken_json(driver: Driver) -> None:
    field = driver.settings.message_field
    bodies = {"syntax": f"{{{field}: 'hello'}}", "truncated": f'{{"{field}": "hel', "empty_body": ""}
    await all_refusable(driver, {label: raw_chat(driver, body.encode()) for label, body in bodies.items()})


async def _content_type(driver: Driver) -> None:
    body = encoded(body_of(driver.settings))
    await refusable(driver, "text", raw_chat(driver, body, content_type="text/plain"))


async def _big_body(driver: Driver) -> None:
    settings = driver.settings
    await refusable(driver, "two_megabytes", chat(driver, body_of(settings, "a" * _TWO_MEGABYTES)))
    await refusable(driver, "after", chat(driver, body_of(settings, "")))


async def _get(driver: Driver) -> None:
    await refusable(driver, "get", get(driver, driver.settings.path, accept="text/event-stream"))


async def _slash(driver: Driver) -> None:
    path = driver.settings.path.rstrip("/") + "/"
    await refusable(driver, "slash", chat(driver, body_of(driver.settings, ""), path=path))


async def _health(driver: Driver) -> None:
    await driver.send("health", get(driver, driver.settings.health_path, credential=()), limits=reply_limits(driver))


SCENARIOS = (
    Scenario(
        name="invalid_fields",
        run=_invalid_fields,
        cost=fixed(turns=1, replies=14, reply_steps=1),
        summary="fields of wrong type or form, and a turn with the documented session id",
    ),
    Scenario(
        name="lengths",
        run=_lengths,
        cost=fixed(turns=2, turn_steps=1, replies=2, reply_steps=1),
        summary="messages at the limit and above it",
    ),
    Scenario(name="whitespace", run=_whitespace, cost=fixed(turns=1), summary="a message of white space alone"),
    Scenario(
        name="broken_json",
        run=_broken_json,
        cost=fixed(replies=3, reply_steps=1),
        summary="bodies that are no JSON",
    ),
    Scenario(name="content_type", run=_content_type, cost=fixed(replies=1), summary="JSON sent as text/plain"),
    Scenario(
        name="big_body",
        run=_big_body,
        cost=fixed(replies=2),
        summary="a body of 2 MB, and an ordinary request after it",
    ),
    Scenario(name="get", run=_get, cost=fixed(replies=1), summary="a GET of the chat route"),
    Scenario(name="slash", run=_slash, cost=fixed(replies=1), summary="the chat route with a slash at its end"),
    Scenario(name="health", run=_health, cost=fixed(replies=1), means=("health_path",), summary="the health route"),
)
