"""What a backend remembers between requests: sessions, connections, streams to go on with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds, typical_long_turn_seconds, typical_reply_seconds, typical_turn_seconds
from ..requests import (
    body_of,
    chat,
    first_origin,
    get,
    is_done,
    is_token,
    long_limits,
    preflight,
    reply_limits,
    session_id,
    turn_limits,
)
from .turns import plain_turn

if TYPE_CHECKING:
    from chatproof.config import AiChat, Config
    from chatproof.driver import Driver, Limits
    from chatproof.recording import Request
    from chatproof.sse import Frame

__all__ = ["MANY_TURNS", "SCENARIOS"]

MANY_TURNS = 101
_MANY_SECONDS = 60.0
_TRIED_TURNS = 3
_OK = 200


def _tokens(count: int, frames: list[Frame]) -> bool:
    return sum(is_token(frame) for frame in frames) >= count


def _session_turn(driver: Driver, session: str) -> tuple[dict[str, Any], Limits]:
    """
    A turn of a session that can be left in its middle, and its limits.

    The long one where it is declared: a plain one may be over before we can leave it.
    """
    settings = driver.settings
    fields = {settings.session_field: session}
    long = settings.long_turn
    if long is None:
        return body_of(settings, **fields), turn_limits(driver)
    return body_of(settings, long.message, **long.fields, **fields), long_limits(driver, long)


async def _abort(driver: Driver) -> None:
    session = session_id(driver.settings, "ab01")
    body, limits = _session_turn(driver, session)
    await driver.send("aborted", chat(driver, body), limits=limits, until=lambda frames: _tokens(1, frames))
    await plain_turn(driver, "next", body_of(driver.settings, **{driver.settings.session_field: session}))


async def _many_turns(driver: Driver) -> None:
    """Stops at the first turn that is refused: the judge needs no more, and turns cost money."""
    started = anyio.current_time()
    fastest = math.inf
    async with driver.connection() as connection:
        for number in range(1, MANY_TURNS + 1):
            exchange = await driver.send(
                str(number), chat(driver), limits=turn_limits(driver), terminal=is_done, connection=connection
            )
            if exchange.status != _OK:
                return
            elapsed = anyio.current_time() - started
            fastest = min(fastest, exchange.ended_ns / 1e9)
            # One turn may be slow by chance; the fastest of a few tells whether there is time for all.
            hopeless = number >= _TRIED_TURNS and elapsed + fastest * (MANY_TURNS - number) > _MANY_SECONDS
            if (hopeless or elapsed > _MANY_SECONDS) and number < MANY_TURNS:
                driver.not_claimed(
                    f"{MANY_TURNS} turns take more than {_MANY_SECONDS:.0f} s here ({number} were sent)",
                    declare='message = "a message whose answer is short"',
                )
                return


async def _resume(driver: Driver) -> None:
    """Without event ids there is nothing to resume after: then only the preflight and the turn are sent."""
    settings = driver.settings
    session = session_id(settings, "re01")
    path = settings.resume_path.replace("{session}", session)
    page = first_origin(driver.config)
    if page is not None:
        request = preflight(driver, page, headers="last-event-id", method="GET", path=path)
        await driver.send("preflight", request, limits=reply_limits(driver))
    body, limits = _session_turn(driver, session)
    last = await _last_id(driver, "turn", chat(driver, body), limits, until=lambda frames: _tokens(2, frames))
    for label in ("resumed", "finished"):
        if last:
            request = get(driver, path, accept="text/event-stream", extra=[("Last-Event-ID", last)])
            last = await _last_id(driver, label, request, limits, terminal=is_done) or last


async def _last_id(driver: Driver, label: str, request: Request, limits: Limits, **options: Any) -> str:
    """Sends a request and returns the id that a client would resume with."""
    exchange = await driver.send(label, request, limits=limits, **options)
    return exchange.stream.last_event_id


def _longest(settings: AiChat) -> float:
    return settings.long_turn.max_duration if settings.long_turn else settings.turn_timeout


def _abort_cost(config: Config, settings: AiChat, _examples: int) -> Cost:
    bound = _longest(settings) + settings.turn_timeout
    expected = min(2 * typical_turn_seconds(config, settings), bound)
    return Cost(requests=2, turns=2, seconds=bound, expected_seconds=expected)


def _many_cost(config: Config, settings: AiChat, _examples: int) -> Cost:
    return Cost(
        requests=MANY_TURNS,
        turns=MANY_TURNS,
        seconds=_MANY_SECONDS + settings.turn_timeout,
        expected_seconds=min(MANY_TURNS * typical_turn_seconds(config, settings), _MANY_SECONDS),
    )


def _resume_cost(config: Config, settings: AiChat, _examples: int) -> Cost:
    asked = first_origin(config) is not None
    bound = 3 * _longest(settings) + asked * reply_seconds(config)
    turn = typical_turn_seconds(config, settings)
    resumed = typical_long_turn_seconds(settings.long_turn, settings) if settings.long_turn else turn
    expected = min(turn + resumed + (1 + asked) * typical_reply_seconds(config), bound)
    return Cost(requests=3 + asked, turns=2, seconds=bound, expected_seconds=expected)


SCENARIOS = (
    Scenario(
        name="abort",
        run=_abort,
        cost=_abort_cost,
        summary="a turn left at its first token, then one in the same session",
    ),
    Scenario(
        name="many_turns",
        run=_many_turns,
        cost=_many_cost,
        intrusive=True,
        summary=f"{MANY_TURNS} turns, one after the other on one connection",
    ),
    Scenario(
        name="resume",
        run=_resume,
        cost=_resume_cost,
        means=("resume_path",),
        summary="a turn left at its second token and resumed, then resumed after its end",
    ),
)
