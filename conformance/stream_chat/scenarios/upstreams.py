"""What a request for a token does at Stream, and what comes of it where Stream is slow, broken or limits us."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from chatproof.recorder.pace import requests_per_second
from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds
from ..answers import is_success
from ..calls import noted
from ..requests import ask, send

if TYPE_CHECKING:
    from typing import Any

    from chatproof.config import Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange
    from chatproof.surroundings import Upstream

__all__ = ["FAILURES", "PARALLEL_SECONDS", "SCENARIOS"]

PARALLEL_SECONDS = 1.0
"""How long Stream takes for each call of the parallel requests."""

FAILURES = ("server_error", "refused", "dropped", "silent")
"""The labels of Stream's failures."""

_SLOW_SECONDS = 0.4
_MOST_PARALLEL = 20
_FEWEST_PARALLEL = 4
_SDK_SECONDS = 6.0
_BACKGROUND_SECONDS = 1.0
_BACKGROUND_STEPS = 40


async def _upserted(driver: Driver) -> None:
    """Stream takes a while, so that a token that does not wait for it comes while the call is still open."""
    upstream = driver.upstream()
    upstream.behave("slow", seconds=_SLOW_SECONDS)
    try:
        exchange = await send(driver, "token", ask(driver))
        driver.finding("calls", noted(upstream.calls(), api_key=driver.settings.api_key))
        await _asked(upstream, exchange)
        driver.finding("later", noted(upstream.calls(), api_key=driver.settings.api_key))
    finally:
        upstream.behave("well")


async def _upstream_failures(driver: Driver) -> None:
    upstream = driver.upstream()
    error = {"code": -1, "message": "Internal error", "StatusCode": 500}
    asked = {}
    try:
        for label in FAILURES:
            match label:
                case "server_error":
                    upstream.behave("status", status=500, body=error)
                case "refused":
                    upstream.behave("refuse")
                case "dropped":
                    upstream.behave("drop")
                case _:
                    upstream.behave("hang")
            asked[label] = await _asked(upstream, await send(driver, label, ask(driver)))
    finally:
        upstream.behave("well")
        driver.finding("asked", asked)


async def _upstream_limit(driver: Driver) -> None:
    upstream = driver.upstream()
    upstream.behave("rate_limited")
    try:
        exchange = await send(driver, "limited", ask(driver), accept_429=True)
        driver.finding("asked", {"limited": await _asked(upstream, exchange)})
    finally:
        upstream.behave("well")


async def _parallel(driver: Driver) -> None:
    count = min(_MOST_PARALLEL, driver.config.backend.max_concurrency)
    if count < _FEWEST_PARALLEL:
        driver.not_claimed(
            f"no more than {count} requests may be under way at once",
            declare=f"max_concurrency = {_FEWEST_PARALLEL}  # in [backend]",
        )
        return
    if requests_per_second(driver.config.backend) * PARALLEL_SECONDS < _FEWEST_PARALLEL:
        driver.not_claimed("so few requests a second are not under way at once", declare="max_rps = 20  # in [backend]")
        return
    upstream = driver.upstream()
    upstream.behave("slow", seconds=PARALLEL_SECONDS)
    request = ask(driver)
    started = time.monotonic()
    try:
        async with anyio.create_task_group() as group:
            for number in range(1, count + 1):
                group.start_soon(send, driver, str(number), request)
        driver.finding("seconds", time.monotonic() - started)
        driver.finding("asked", len(upstream.calls()))
    finally:
        upstream.behave("well")


async def _asked(upstream: Upstream, exchange: Exchange) -> int:
    """How many calls there were; after a success without any, one that is made in the background has a second left."""
    waits = _BACKGROUND_STEPS if is_success(exchange) else 0
    while waits and not upstream.calls():
        waits -= 1
        await anyio.sleep(_BACKGROUND_SECONDS / _BACKGROUND_STEPS)
    return len(upstream.calls())


def _waiting(*seconds: float) -> Any:
    """The cost of requests one after another, each of which waits so long for Stream."""

    def cost(config: Config, _settings: Any, _examples: int) -> Cost:
        each = reply_seconds(config)
        return Cost(requests=len(seconds), seconds=len(seconds) * each, expected_seconds=min(sum(seconds), each))

    return cost


def _parallel_cost(config: Config, _settings: Any, _examples: int) -> Cost:
    count = min(_MOST_PARALLEL, config.backend.max_concurrency)
    return Cost(requests=count, seconds=reply_seconds(config), expected_seconds=PARALLEL_SECONDS)


SCENARIOS = (
    Scenario(
        name="upserted",
        run=_upserted,
        cost=_waiting(_SLOW_SECONDS),
        means=("upstream",),
        alone=True,
        summary="a request for a token while Stream takes its time",
    ),
    Scenario(
        name="upstream_failures",
        run=_upstream_failures,
        cost=_waiting(0.0, 0.0, 0.0, _SDK_SECONDS),
        means=("upstream",),
        alone=True,
        summary="requests for a token while Stream fails, hangs up or keeps silent",
    ),
    Scenario(
        name="upstream_limit",
        run=_upstream_limit,
        cost=_waiting(0.0),
        means=("upstream",),
        alone=True,
        summary="a request for a token while Stream limits the app",
    ),
    Scenario(
        name="parallel",
        run=_parallel,
        cost=_parallel_cost,
        means=("upstream",),
        alone=True,
        summary="requests for a token side by side while Stream is slow",
    ),
)
