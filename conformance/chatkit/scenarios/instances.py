"""The backend started otherwise: with sessions that live for seconds, and without its key."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds
from ...common.requests import any_frame, reply_limits
from ...http.fields import http_date
from ..answers import fields_of
from ..expiry import moment
from ..requests import issues, session_request, usage_routes
from .sessions import session

if TYPE_CHECKING:
    from chatproof.config import ChatKit, Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange

__all__ = ["SCENARIOS"]

_SHORT_LIFE_SECONDS = 3
_PATIENCE_SECONDS, _SHORT_PATIENCE_SECONDS = 900, 60
_CLOCK_SECONDS = 2.0
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
    """Uses secrets: one as soon as it is made, another after its expiry, a third later where that still worked."""
    routes = tuple(usage_routes(driver, ""))
    for route in routes:
        for phase in _DELAYS_SECONDS:
            last = await _made(driver, phase, route, base)
    expires = _expiry_of(driver, last)
    if expires is None:
        return
    working = []
    for route in routes:
        await _made(driver, "before", route, base)
        working += [route] if await _used(driver, "before", route, base) else []
    for phase, delay in _DELAYS_SECONDS.items():
        if not working:
            break
        await anyio.sleep(max(0.0, expires + delay - time.time()))
        working = [route for route in working if await _used(driver, phase, route, base)]


async def _made(driver: Driver, phase: str, route: str, base: str) -> Exchange:
    return await session(driver, f"{phase}/{route}/session", session_request(driver, base=base))


async def _used(driver: Driver, phase: str, route: str, base: str) -> bool:
    """Whether the route takes the secret that was made for this phase."""
    secret = driver.issued(f"{phase}/{route}/session", driver.settings.secret_field)
    request = usage_routes(driver, secret, base=base)[route]
    limits, hidden = reply_limits(driver), issues(driver.settings)
    answer = await driver.send(f"{phase}/{route}", request, limits=limits, until=any_frame, issues=hidden)
    return answer.status is not None and answer.status // 100 == 2  # noqa: PLR2004 - the class of success


def _expiry_of(driver: Driver, exchange: Exchange) -> float | None:
    """When a session expires, by our clock; None (and the recording marked) where that is not told, or too far off."""
    settings = driver.settings
    told, variable = moment((fields_of(exchange) or {}).get(settings.expires_field)), settings.ttl_variable
    if told is None:
        driver.not_testable("a session does not say when it expires")
        return None
    expires = told - _ahead(exchange)
    left = expires - time.time()
    if variable and left > _SHORT_PATIENCE_SECONDS:
        driver.not_testable(f"sessions live for {left:.0f} s although {variable} is {_SHORT_LIFE_SECONDS}")
        return None
    if left > _PATIENCE_SECONDS:
        declare = 'ttl_variable = "SESSION_TTL_SECONDS"  # in [profiles.chatkit], with `command` in [backend]'
        driver.not_claimed(f"sessions live for {left:.0f} s", declare=declare)
        return None
    return expires


def _ahead(exchange: Exchange) -> float:
    """How far the backend's clock is ahead of ours, in seconds; 0 within what a `Date` in whole seconds can tell."""
    date = http_date((exchange.response.header("date") if exchange.response else None) or "")
    off = date.timestamp() - time.time() if date else 0.0
    return off if abs(off) > _CLOCK_SECONDS else 0.0


def _expiry_cost(config: Config, settings: ChatKit, _examples: int) -> Cost:
    short = bool(settings.ttl_variable)
    life, most = (_SHORT_LIFE_SECONDS, _SHORT_PATIENCE_SECONDS) if short else (_PATIENCE_SECONDS, _PATIENCE_SECONDS)
    sessions, uses = 3 * _ROUTES, 3 * _ROUTES
    start = config.backend.start_timeout if short else 0.0
    longest = start + math.ceil((sessions + uses) * reply_seconds(config)) + most + _DELAYS_SECONDS["late"]
    return Cost(requests=sessions + uses, seconds=longest, expected_seconds=life + _DELAYS_SECONDS["after"])


def _key_cost(config: Config, _settings: ChatKit, _examples: int) -> Cost:
    seconds = 2 * config.backend.start_timeout + 3 * reply_seconds(config)
    return Cost(requests=3, seconds=seconds, expected_seconds=1.0)


SCENARIOS = (
    Scenario(
        name="key_unset",
        run=_key_unset,
        cost=_key_cost,
        means=("custom_mode", "command", "token"),
        beside=True,
        summary="instances with and without the backend's key: a session for nobody in particular",
    ),
    Scenario(
        name="expiry",
        run=_expiry,
        cost=_expiry_cost,
        means=("custom_mode", "expires_field"),
        beside=True,
        slow=lambda settings: not settings.ttl_variable,
        summary="secrets used before and after their expiry",
    ),
)
