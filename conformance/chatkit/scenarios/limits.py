"""The declared limit on sessions: tripped, and after the wait that was told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds, typical_reply_seconds
from ...http.fields import http_date
from .control import plain
from .sessions import session

if TYPE_CHECKING:
    from chatproof.config import ChatKit, Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request

__all__ = ["SCENARIOS", "wait_of"]

_LONGEST_WAIT_SECONDS = 60
_LONGEST_NUMBER = 9


def _limited_request(driver: Driver) -> Request:
    limit = driver.settings.rate_limit
    if limit is not None and limit.claims and driver.config.auth.scheme == "jwt":
        return plain(driver, driver.tokens.place(driver.tokens.mint(claims=limit.claims)))
    return plain(driver)


async def _burst(driver: Driver) -> list[Exchange]:
    """So many sessions at once that the declared limit trips."""
    limit, request = driver.settings.rate_limit, _limited_request(driver)
    answers: list[Exchange] = []

    async def one(number: int) -> None:
        answers.append(await session(driver, str(number), request, accept_429=True))

    async with anyio.create_task_group() as group:
        for number in range(1, (limit.burst if limit else 0) + 1):
            group.start_soon(one, number)
    return answers


def wait_of(exchange: Exchange) -> float | None:
    """The seconds that `Retry-After` asks for, a date by the backend's own clock; None where it asks for none."""
    told = ((exchange.response.header("retry-after") if exchange.response else None) or "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:_LONGEST_NUMBER])
    until = http_date(told)
    if exchange.response is None or until is None:
        return None
    now = http_date(exchange.response.header("date") or "")
    return max(0.0, until.timestamp() - (now.timestamp() if now else time.time()))


async def _rate_limit(driver: Driver) -> None:
    await _burst(driver)


async def _after_limit(driver: Driver) -> None:
    """The longest wait that was asked for, in either form; that it should be in seconds is another requirement's."""
    waits = [wait for answer in await _burst(driver) if (wait := wait_of(answer)) is not None]
    if not waits:
        driver.not_testable("no answer said by `Retry-After` how long to wait")
        return
    if max(waits) > _LONGEST_WAIT_SECONDS:
        driver.not_claimed(f"the backend asks for a wait of {max(waits):.0f} s, which is longer than a minute")
        return
    await anyio.sleep(max(waits))
    await session(driver, "after", _limited_request(driver), accept_429=True)


def _burst_cost(more: int, waits: float) -> Any:
    def cost(config: Config, settings: ChatKit, _examples: int) -> Cost:
        burst = settings.rate_limit.burst if settings.rate_limit else 0
        return Cost(
            requests=burst + more,
            seconds=(1 + more) * reply_seconds(config) + (_LONGEST_WAIT_SECONDS if waits else 0),
            expected_seconds=(1 + more) * typical_reply_seconds(config) + waits,
        )

    return cost


SCENARIOS = (
    Scenario(
        name="rate_limit",
        run=_rate_limit,
        cost=_burst_cost(0, 0.0),
        means=("session_mode", "rate_limit"),
        alone=True,
        intrusive=True,
        summary="so many sessions at once that the declared limit trips",
    ),
    Scenario(
        name="after_limit",
        run=_after_limit,
        cost=_burst_cost(1, 5.0),
        means=("session_mode", "rate_limit"),
        alone=True,
        intrusive=True,
        summary="the declared limit tripped, and a session after the time that `Retry-After` told",
    ),
)
