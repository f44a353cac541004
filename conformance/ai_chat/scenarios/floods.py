"""Many requests: the declared rate limit, and fuzzing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from chatproof.driver import LEAST_SHRINKS
from chatproof.recorder.pace import requests_per_second
from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds, typical_reply_seconds
from ..requests import any_frame, chat, reply_limits
from ..searches import LABELS, shares_of, wrong

if TYPE_CHECKING:
    from chatproof.config import AiChat, Config
    from chatproof.driver import Driver

__all__ = ["SCENARIOS"]


async def _rate_limit(driver: Driver) -> None:
    """Turns are left at their first frame: what counts is whether they were let in."""
    limit = driver.settings.rate_limit
    if limit is None:
        driver.not_testable("the rate limit is not declared")
        return
    credential = driver.tokens.headers()
    if limit.claims and driver.config.auth.scheme == "jwt":
        credential = driver.tokens.place(driver.tokens.mint(claims=limit.claims))
    request = chat(driver, credential=credential)
    limits = reply_limits(driver)

    async def one(number: int) -> None:
        await driver.send(str(number), request, limits=limits, until=any_frame, accept_429=True)

    async with anyio.create_task_group() as group:
        for number in range(1, limit.burst + 1):
            group.start_soon(one, number)


async def _fuzz(driver: Driver) -> None:
    if not driver.fuzz_examples:
        driver.not_claimed("no examples were asked for", declare="--fuzz 100, on the command line")
        return
    from ..strategies import kinds  # noqa: PLC0415 - only now, so that others pay nothing

    shares = shares_of(driver.fuzz_examples)
    driver.finding("asked", shares)
    for label, kind in kinds(driver).items():
        await driver.fuzz(label, kind.strategy, kind.build, wrong, examples=shares[label])


def _rate_cost(config: Config, settings: AiChat, _examples: int) -> Cost:
    burst = settings.rate_limit.burst if settings.rate_limit else 0
    return Cost(
        requests=burst,
        turns=burst,
        seconds=reply_seconds(config),
        expected_seconds=typical_reply_seconds(config),
    )


def _fuzz_cost(config: Config, _settings: AiChat, examples: int) -> Cost:
    """Each search may find something and shrink it; it ends there, so that few of its requests can meet silence."""
    each = max(1 / requests_per_second(config.backend), typical_reply_seconds(config))
    shares = shares_of(examples)
    requests = sum(share + max(share, LEAST_SHRINKS) for share in shares.values())
    return Cost(
        requests=requests,
        turns=0,
        seconds=requests * each + len(LABELS) * 2 * reply_seconds(config),
        expected_seconds=sum(shares.values()) * each,
    )


SCENARIOS = (
    Scenario(
        name="rate_limit",
        run=_rate_limit,
        cost=_rate_cost,
        means=("rate_limit",),
        alone=True,
        intrusive=True,
        summary="so many turns at once that the declared limit trips",
    ),
    Scenario(
        name="fuzz",
        run=_fuzz,
        cost=_fuzz_cost,
        alone=True,
        intrusive=True,
        summary="invalid input drawn at random, the same in each run",
    ),
)
