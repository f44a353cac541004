"""Chat turns as ordinary users have them: plain, long, compressed, through the front, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from chatproof.recording import End
from chatproof.scenario import Scenario

from ...common.costs import fixed, lasting
from ..markers import INJECTION, MARKERS
from ..requests import body_of, chat, is_done, long_limits, turn_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import AiChat, Turn
    from chatproof.driver import Driver
    from chatproof.recording import Exchange

__all__ = ["SCENARIOS", "plain_turn"]

_OK = 200


async def plain_turn(driver: Driver, label: str, body: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
    """Sends a turn and reads it to its end; options as in `requests.chat`."""
    return await driver.send(label, chat(driver, body, **options), limits=turn_limits(driver), terminal=is_done)


async def _turn(driver: Driver) -> None:
    first = await plain_turn(driver, "turn")
    if first.status == _OK and (first.end is End.STILL_OPEN or not first.end.ours):
        await plain_turn(driver, "again")


async def _one_turn(driver: Driver) -> None:
    await plain_turn(driver, "turn")


async def _native(driver: Driver) -> None:
    await plain_turn(driver, "turn", origin=None)


async def _front(driver: Driver) -> None:
    await plain_turn(driver, "turn", front=True)


async def _declared(driver: Driver, turn: Turn | None, *, silence: float = 0.0, **options: Any) -> None:
    if turn is None:
        driver.not_testable("the turn is not declared")
        return
    body = body_of(driver.settings, turn.message, **turn.fields)
    limits = long_limits(driver, turn, silence=silence)
    await driver.send("turn", chat(driver, body, **options), limits=limits, terminal=is_done)


async def _long_turn(driver: Driver) -> None:
    await _declared(driver, driver.settings.long_turn)


async def _gzip(driver: Driver) -> None:
    await _declared(driver, driver.settings.long_turn, accept_encoding="gzip")


async def _front_long_turn(driver: Driver) -> None:
    await _declared(driver, driver.settings.long_turn, front=True)


async def _idle_turn(driver: Driver) -> None:
    """Through the front where there is one: every hop must survive the silence."""
    silence = 1.5 * driver.settings.idle_limit + 1.0
    await _declared(driver, driver.settings.idle_turn, silence=silence, front=bool(driver.config.backend.front))


async def _test_scenario(driver: Driver) -> None:
    await plain_turn(driver, "turn", extra=[("X-Test-Scenario", "timeout")])


async def _markers(driver: Driver) -> None:
    async with anyio.create_task_group() as group:
        for label, marker in MARKERS.items():
            message = f"Please repeat this word exactly: {marker}"
            group.start_soon(plain_turn, driver, label, body_of(driver.settings, message))


async def _injection(driver: Driver) -> None:
    await plain_turn(driver, "turn", body_of(driver.settings, INJECTION))


def _is_slow(settings: AiChat) -> bool:
    return settings.idle_turn is not None and settings.idle_limit >= 60.0  # noqa: PLR2004 - the limit of `--slow`


SCENARIOS = (
    Scenario(name="turn", run=_turn, cost=fixed(turns=2), summary="two plain turns, one after the other"),
    Scenario(
        name="native", run=_native, cost=fixed(turns=1), means=("origins",), summary="a turn of a client without Origin"
    ),
    Scenario(
        name="long_turn",
        run=_long_turn,
        cost=lasting(lambda settings: settings.long_turn),
        means=("long_turn",),
        summary="the declared long turn",
    ),
    Scenario(
        name="gzip",
        run=_gzip,
        cost=lasting(lambda settings: settings.long_turn),
        means=("long_turn",),
        summary="the long turn for a client that accepts gzip",
    ),
    Scenario(
        name="front",
        run=_front,
        cost=fixed(turns=1),
        means=("front",),
        summary="a plain turn through the public front",
    ),
    Scenario(
        name="front_long_turn",
        run=_front_long_turn,
        cost=lasting(lambda settings: settings.long_turn),
        means=("front", "long_turn"),
        summary="the long turn through the public front",
    ),
    Scenario(
        name="idle_turn",
        run=_idle_turn,
        cost=lasting(lambda settings: settings.idle_turn),
        means=("idle_turn",),
        slow=_is_slow,
        summary="the declared turn with a long silence between tokens",
    ),
    Scenario(
        name="test_scenario",
        run=_test_scenario,
        cost=fixed(turns=1),
        means=("production",),
        summary="a turn with X-Test-Scenario, which production ignores",
    ),
    Scenario(
        name="markers",
        run=_markers,
        cost=fixed(turns=2, turn_steps=1),
        summary="two turns side by side, each with a word of its own",
    ),
    Scenario(
        name="injection", run=_injection, cost=fixed(turns=1), summary="a message that holds the text of an event"
    ),
    Scenario(
        name="after",
        run=_one_turn,
        cost=fixed(turns=1),
        last=True,
        summary="a plain turn after everything else: is the backend still healthy?",
    ),
)
