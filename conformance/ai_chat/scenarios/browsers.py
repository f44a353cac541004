"""What a browser asks on behalf of a page: preflights, and requests from pages that are not listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Scenario

from ...common.browsers import foreign_origins
from ...common.costs import fixed
from ..requests import body_of, browser_form, chat, curl_form, first_origin, preflight, reply_limits
from .turns import plain_turn

if TYPE_CHECKING:
    from chatproof.driver import Driver

__all__ = ["SCENARIOS"]


async def _preflight(driver: Driver) -> None:
    page = first_origin(driver.config) or ""
    limits = reply_limits(driver)
    for label, headers in (("listed", browser_form(driver)), ("curl_form", curl_form(driver))):
        await driver.send(label, preflight(driver, page, headers=headers), limits=limits)


async def _foreign_origins(driver: Driver) -> None:
    limits = reply_limits(driver)
    headers = browser_form(driver)
    empty = body_of(driver.settings, "")
    pages = foreign_origins(first_origin(driver.config) or "")

    async def preflighted(label: str, page: str) -> None:
        await driver.send(f"preflight/{label}", preflight(driver, page, headers=headers), limits=limits)

    async def actual(label: str, page: str) -> None:
        await driver.send(f"actual/{label}", chat(driver, empty, origin=page), limits=limits)

    async with anyio.create_task_group() as group:
        for label, page in pages.items():
            group.start_soon(preflighted, label, page)
            group.start_soon(actual, label, page)
    await plain_turn(driver, "actual_turn/evil", origin=pages["evil"])


SCENARIOS = (
    Scenario(
        name="preflight",
        run=_preflight,
        cost=fixed(replies=2),
        means=("origins",),
        summary="the preflight of a listed page, as a browser and as curl users write it",
    ),
    Scenario(
        name="foreign_origins",
        run=_foreign_origins,
        cost=fixed(turns=1, replies=8, reply_steps=1),
        means=("origins", "listed_cors"),
        summary="preflights, invalid requests and a turn from pages that are not listed",
    ),
)
