"""Messages in a session's name: answered by a stream or as a whole, with wrong secrets, and by a failing service."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from chatproof.driver import Limits
from chatproof.recording import End
from chatproof.scenario import Cost, Scenario

from ...common.costs import fixed, reply_seconds
from ...common.requests import any_frame, reply_limits
from ..requests import issues, session_request, usage_routes
from .server import server_turn
from .sessions import session

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request
    from chatproof.surroundings import Call

__all__ = ["FAILURES", "SCENARIOS"]

FAILURES = (400, 401, 403, 404, 429, 500, 503)
"""The statuses with which the service behind refuses to stream."""

_GARBAGE = "not-a-secret-at-all"
_FIRST_EVENT_SECONDS = 5.0
_CANCEL_SECONDS = 5.0
_POLL_SECONDS = 0.05
_ROUTES = ("stream", "message")
_DECLARE_STREAM = 'stream_path = "/api/custom/stream"  # in [profiles.chatkit]'


async def _tried(driver: Driver, label: str, request: Request, **options: Any) -> Exchange:
    """Sends a request and leaves a stream at its first frame."""
    limits, hidden = reply_limits(driver), issues(driver.settings)
    return await driver.send(label, request, limits=limits, until=any_frame, issues=hidden, **options)


async def _secret(driver: Driver) -> str:
    await session(driver, "session", session_request(driver))
    return driver.issued("session", driver.settings.secret_field)


async def _turn(driver: Driver) -> None:
    settings = driver.settings
    if settings.mode == "self-hosted":
        await server_turn(driver)
    elif settings.mode == "custom" and settings.stream_path:
        await driver.send("turn", usage_routes(driver, await _secret(driver))["stream"])
    else:
        driver.not_claimed("no route that streams is declared", declare=_DECLARE_STREAM)


async def _message(driver: Driver) -> None:
    """Twice, to see whether times are told in one unit."""
    request = usage_routes(driver, await _secret(driver))["message"]
    for label in ("message", "again"):
        await driver.send(label, request)


async def _secrets(driver: Driver) -> None:
    wrong = usage_routes(driver, _GARBAGE)
    if not set(_ROUTES) & set(wrong):
        driver.not_claimed("no route that answers messages is declared", declare=_DECLARE_STREAM)
        return
    routes = usage_routes(driver, await _secret(driver))
    for name in _ROUTES:
        if name in routes:
            await _tried(driver, f"{name}/live", routes[name])
            await _tried(driver, f"{name}/none", _bare(driver, routes[name]))
            await _tried(driver, f"{name}/garbage", wrong[name])


def _bare(driver: Driver, request: Request) -> Request:
    """The request without the header that carries the secret."""
    name = driver.settings.secret_header.lower()
    return replace(request, headers=tuple(line for line in request.headers if line[0].lower() != name))


async def _stream_upstream(driver: Driver) -> None:
    """What the service behind is asked for, and what becomes of its refusals; `asked` has the calls by label."""
    request = usage_routes(driver, await _secret(driver))["stream"]
    upstream, asked = driver.upstream(), {}
    try:
        upstream.behave("well")
        await _tried(driver, "well", request)
        asked["well"] = [_told(call) for call in upstream.calls()]
        for status in FAILURES:
            upstream.behave("status", status=status, body={"error": "no"}, headers={"Retry-After": "1"})
            await _tried(driver, str(status), request, accept_429=True)
            asked[str(status)] = [_told(call) for call in upstream.calls()]
    finally:
        upstream.behave("well")
        driver.finding("asked", asked)


def _told(call: Call) -> dict[str, Any]:
    """A call, without what may be secret in it."""
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    return {"method": call.method, "path": call.path, "media": media, "json": isinstance(call.body, dict | list)}


async def _stream_abort(driver: Driver) -> None:
    """Leaves a stream that would last a minute at its first event, and watches whether the service behind is left."""
    request = usage_routes(driver, await _secret(driver))["stream"]
    upstream = driver.upstream()
    limits = Limits(
        head_seconds=_FIRST_EVENT_SECONDS, idle_seconds=_FIRST_EVENT_SECONDS, total_seconds=_FIRST_EVENT_SECONDS
    )
    upstream.behave("endless")
    try:
        exchange = await driver.send("aborted", request, limits=limits, until=any_frame)
        left_ns = time.monotonic_ns()
        with anyio.move_on_after(_CANCEL_SECONDS if exchange.end is End.ABORTED else 0):
            while not _left(upstream.calls()):  # noqa: ASYNC110 - the stand-in tells nobody
                await anyio.sleep(_POLL_SECONDS)
        told = upstream.calls()
        seconds = (max(call.left_ns or 0 for call in told) - left_ns) / 1e9 if _left(told) else None
        driver.finding("abort", {"calls": len(told), "seconds": seconds, "watched": _CANCEL_SECONDS})
    finally:
        upstream.behave("well")


def _left(calls: tuple[Call, ...]) -> bool:
    return bool(calls) and all(call.left_ns is not None for call in calls if call.method == "POST")


def _abort_cost(config: Config, _settings: Any, _examples: int) -> Cost:
    seconds = reply_seconds(config) + _FIRST_EVENT_SECONDS + _CANCEL_SECONDS
    return Cost(requests=2, turns=1, seconds=seconds, expected_seconds=1.0)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="turn", run=_turn, cost=fixed(turns=1, replies=1), summary="a message that is answered by a stream"),
    Scenario(
        name="message",
        run=_message,
        cost=fixed(turns=2, replies=1),
        means=("custom_mode", "message_path"),
        summary="a message that is answered as a whole, twice",
    ),
    Scenario(
        name="message_secrets",
        run=_secrets,
        cost=fixed(replies=7),
        means=("custom_mode",),
        summary="messages with a session's secret, without one and with garbage",
    ),
    Scenario(
        name="stream_upstream",
        run=_stream_upstream,
        cost=fixed(replies=2 + len(FAILURES)),
        means=("custom_mode", "stream_path", "upstream"),
        alone=True,
        summary="what the service behind is asked for a stream, and streams that it refuses",
    ),
    Scenario(
        name="stream_abort",
        run=_stream_abort,
        cost=_abort_cost,
        means=("custom_mode", "stream_path", "upstream"),
        alone=True,
        summary="a stream left at its first event, while the service behind goes on",
    ),
)
