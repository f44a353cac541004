"""Polling: the plain poll, further ones at a client's pace, incomplete ones, odd cursors, channels of others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio

from chatproof.driver import Limits
from chatproof.scenario import Scenario

from ...common.browsers import browser_scenarios
from ...common.costs import fixed
from ..polled import cursor_after, worked
from ..requests import poll

if TYPE_CHECKING:
    from chatproof.driver import Driver

__all__ = ["GARBAGE", "SCENARIOS", "poll_limits"]

GARBAGE = {"words": "not-a-cursor", "nan": "NaN", "undefined": "undefined"}
"""Texts that are no cursor, by label: what clients send that never got one."""

_IDLE_SECONDS = 3.0
_AHEAD = 1_000_000
_NUMBER = re.compile(r"[0-9]{1,15}")


def poll_limits(driver: Driver) -> Limits:
    """The limits of a poll: one that sends bytes and does not end is left after 3 s of silence."""
    limits = driver.limits
    return Limits(
        head_seconds=limits.head_seconds,
        idle_seconds=min(limits.idle_seconds, _IDLE_SECONDS),
        total_seconds=limits.total_seconds,
    )


async def _poll(driver: Driver) -> None:
    await driver.send("poll", poll(driver), limits=poll_limits(driver))


async def _cadence(driver: Driver) -> None:
    for label in ("1", "2"):
        await driver.send(label, poll(driver), limits=poll_limits(driver))


async def _missing_parameters(driver: Driver) -> None:
    limits = poll_limits(driver)
    await driver.send("no_channels", poll(driver, channels=None), limits=limits)
    await driver.send("no_client", poll(driver, client=None), limits=limits)
    await driver.send("neither", poll(driver, channels=None, client=None), limits=limits)


async def _cursors(driver: Driver) -> None:
    """A cursor of the future is one that the backend might give later: only where its cursors are numbers."""
    limits = poll_limits(driver)
    for label, text in GARBAGE.items():
        await driver.send(label, poll(driver, cursor=text), limits=limits)
    now = await driver.send("now", poll(driver), limits=limits)
    cursor = cursor_after(now, driver.settings) if worked(now) else None
    if cursor is not None and _NUMBER.fullmatch(cursor):
        await driver.send("future", poll(driver, cursor=str(int(cursor) + _AHEAD)), limits=limits)


async def _foreign_channel(driver: Driver) -> None:
    foreign, limits = driver.settings.foreign_channel, poll_limits(driver)
    mixed = f"{driver.settings.channel},{foreign}"
    async with anyio.create_task_group() as group:
        for label, request in {
            "foreign": poll(driver, channels=foreign),
            "mixed": poll(driver, channels=mixed),
            "anonymous": poll(driver, channels=foreign, credential=()),
        }.items():
            group.start_soon(lambda label, request: driver.send(label, request, limits=limits), label, request)


SCENARIOS = (
    Scenario(name="poll", run=_poll, cost=fixed(replies=1), summary="the plain poll of a client that has seen nothing"),
    Scenario(name="cadence", run=_cadence, cost=fixed(replies=2), summary="two further polls, one after the other"),
    Scenario(
        name="missing_parameters",
        run=_missing_parameters,
        cost=fixed(replies=3),
        summary="polls without the channels, without the client, without both",
    ),
    Scenario(
        name="cursors",
        run=_cursors,
        cost=fixed(replies=5),
        summary="polls with texts that are no cursor, and with one of the future",
    ),
    Scenario(
        name="foreign_channel",
        run=_foreign_channel,
        cost=fixed(replies=3, reply_steps=1),
        means=("foreign_channel", "token"),
        summary="polls of a channel that the user may not read: alone, beside an own one, without a token",
    ),
    *browser_scenarios(poll),
)
