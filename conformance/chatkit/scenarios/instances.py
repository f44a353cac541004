"""The backend started otherwise: with sessions that live for seconds, and without its key."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import fixed, reply_seconds
from ...common.requests import any_frame, reply_limits
from ..expiry import moment
from ..requests import issues, session_request, usage_routes
from .sessions import session

if TYPE_CHECKING:
    from chatproof.config import ChatKit, Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange

__all__ = ["SCENARIOS"]

_SHORT_LIFE_SECONDS = 3
_PATIENCE_SECONDS = 900
_DELAYS_SECONDS = {"after": 1.0, "late": 5.0}
_ROUTES = 3


async def _key_unset(driver: Driver) -> None:
    """With the key first: a backend that does not start at all shows nothing by not starting without it."""
    async with driver.instance({}) as instance:
        if not instance.url:
            driver.not_testable(f"a second instance of the backend did not answer: {instance.trouble}")
            return
        await session(driver, "with_key", session_request(driver, base=instance.url))
    async with driver.instance({driver.settings.key_variable: None}) as instance:
        driver.finding("refused_to_start", not instance.url)
        if not instance.url:
            return
        anonymous = {"anonymous": (), "undefined": [("Authorization", "Bearer undefined")]}
        for label, credential in anonymous.items():
            await session(driver, label, session_request(driver, credential=credential, base=instance.url))


async def _expiry(driver: Driver) -> None:
    """By an instance whose sessions live for seconds where there is a variable for that, else by waiting."""
    variable = driver.settings.ttl_variable
    if not usage_routes(driver, ""):
        declare = 'refresh_path = "/api/custom/refresh"  # in [profiles.chatkit]'
        driver.not_claimed("no route that takes a session's secret is declared", declare=declare)
        return
    if not variable:
        await _outlived(driver, "")
        return
    async with driver.instance({variable: str(_SHORT_LIFE_SECONDS)}) as instance:
        if not instance.url:
            driver.not_testable(f"an instance with {variable}={_SHORT_LIFE_SECONDS} is not there: {instance.trouble}")
            return
        await _outlived(driver, instance.url)


async def _outlived(driver: Driver, base: str) -> None:
    """Uses secrets of the same age: one while it lives, another after its expiry, a third where that still worked."""
    field = driver.settings.secret_field
    routes = tuple(usage_routes(driver, ""))
    for route in routes:
        for phase in ("before", *_DELAYS_SECONDS):
            last = await session(driver, f"{phase}/{route}/session", session_request(driver, base=base))
    expires = moment(_told(last, driver.settings))
    if expires is None:
        driver.not_testable("a session does not say when it expires")
        return
    if expires - time.time() > _PATIENCE_SECONDS:
        declare = 'ttl_variable = "SESSION_TTL_SECONDS"  # in [profiles.chatkit], with `command` in [backend]'
        driver.not_claimed(f"sessions live for {expires - time.time():.0f} s", declare=declare)
        return

    async def use(phase: str, route: str) -> bool:
        secret = driver.issued(f"{phase}/{route}/session", field)
        request = usage_routes(driver, secret, base=base)[route]
        limits, hidden = reply_limits(driver), issues(driver.settings)
        answer = await driver.send(f"{phase}/{route}", request, limits=limits, until=any_frame, issues=hidden)
        return answer.status is not None and answer.status // 100 == 2  # noqa: PLR2004 - the class of success

    working = [route for route in routes if await use("before", route)]
    for phase, delay in _DELAYS_SECONDS.items():
        if not working:
            break
        await anyio.sleep(max(0.0, expires + delay - time.time()))
        working = [route for route in working if await use(phase, route)]


def _told(exchange: Exchange, settings: ChatKit) -> object:
    try:
        content = exchange.json()
    except (ValueError, RecursionError):
        return None
    return content.get(settings.expires_field) if isinstance(content, dict) else None


def _expiry_cost(config: Config, settings: ChatKit, _examples: int) -> Cost:
    life = _SHORT_LIFE_SECONDS if settings.ttl_variable else _PATIENCE_SECONDS
    sessions, uses = 3 * _ROUTES, 3 * _ROUTES
    longest = math.ceil((sessions + uses) * reply_seconds(config)) + life + _DELAYS_SECONDS["late"]
    return Cost(requests=sessions + uses, seconds=longest, expected_seconds=life + _DELAYS_SECONDS["after"])


SCENARIOS = (
    Scenario(
        name="key_unset",
        run=_key_unset,
        cost=fixed(replies=3),
        means=("custom_mode", "command"),
        beside=True,
        summary="instances with and without the backend's key: a session for nobody in particular",
    ),
    Scenario(
        name="expiry",
        run=_expiry,
        cost=_expiry_cost,
        means=("custom_mode",),
        beside=True,
        slow=lambda settings: not settings.ttl_variable,
        summary="secrets used before and after their expiry",
    ),
)
