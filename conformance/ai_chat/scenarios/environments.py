"""The backend started anew with another environment: the variable that sets the interval of heartbeats."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from chatproof.driver import Limits
from chatproof.means import is_loopback
from chatproof.scenario import Cost, Scenario
from chatproof.sse import Comment

from ..order import HEARTBEAT_NAMES
from ..requests import body_of, chat, is_done

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import AiChat, Config
    from chatproof.driver import Driver
    from chatproof.sse import Frame

__all__ = ["SCENARIOS", "asked_ms"]

_SECOND_MS = 1000
_TEXTS = {"zero": "0", "garbage": "soon"}
_BEATS = 4
_LONGEST_INTERVALS = 10
_LOOKED_SECONDS = 1.5
_MANY_FRAMES = 1000
_START_SECONDS = {True: 1.0, False: 5.0}
_BYTES = 1024 * 1024


def asked_ms(settings: AiChat) -> int:
    """What the variable is set to: 1000, or half of a declared interval that is too close to that to be told apart."""
    declared_ms = round(settings.heartbeat * 1000)
    return _SECOND_MS if declared_ms >= 2 * _SECOND_MS else max(1, declared_ms // 2)


async def _heartbeat_variable(driver: Driver) -> None:
    """Looks at each long turn for as long as it takes to see the interval, or that there is a flood."""
    asked = asked_ms(driver.settings)
    driver.finding("asked_ms", asked)
    interval = asked / 1000

    def shown(frames: list[Frame]) -> bool:
        return sum(map(_is_beat, frames)) >= _BEATS or _lasted(frames) >= _LONGEST_INTERVALS * interval

    def looked_at(frames: list[Frame]) -> bool:
        return len(frames) >= _MANY_FRAMES or _lasted(frames) >= _LOOKED_SECONDS

    async with anyio.create_task_group() as group:
        group.start_soon(_one, driver, "set", str(asked), shown, _LONGEST_INTERVALS * interval)
        for label, text in _TEXTS.items():
            group.start_soon(_one, driver, label, text, looked_at, 2 * _LOOKED_SECONDS)


async def _one(driver: Driver, label: str, text: str, until: Callable[[list[Frame]], bool], seconds: float) -> None:
    """The long turn of an instance with this text in the variable; why there is none is a finding."""
    settings = driver.settings
    async with driver.instance({settings.heartbeat_variable: text}) as instance:
        if not instance.url:
            driver.finding(f"{label}_trouble", instance.trouble)
            return
        turn = settings.long_turn
        request = chat(driver, body_of(settings, turn.message, **turn.fields))
        head = driver.limits.head_seconds
        limits = Limits(
            head_seconds=head, idle_seconds=max(15.0, seconds), total_seconds=head + seconds, max_bytes=_BYTES
        )
        there = replace(request, url=instance.url + settings.path)
        await driver.send(label, there, limits=limits, until=until, terminal=is_done)


def _is_beat(frame: Frame) -> bool:
    if isinstance(frame, Comment):
        return not frame.in_block and any(name in frame.text.lower() for name in HEARTBEAT_NAMES)
    return frame.type in HEARTBEAT_NAMES


def _lasted(frames: list[Frame]) -> float:
    """Seconds from the first frame to the last; while a stream is read, times have no other zero."""
    return (frames[-1].at_ns - frames[0].at_ns) / 1e9 if frames else 0.0


def _cost(config: Config, settings: AiChat, _examples: int) -> Cost:
    """Side by side where instances can be told a port, otherwise one after the other, and the main one after each."""
    count = 1 + len(_TEXTS)
    beside = bool(config.backend.port_variable)
    looked = min(_LONGEST_INTERVALS * asked_ms(settings) / 1000, 10.0)
    rounds, starts = (1, 1) if beside else (count, 2 * count)
    start = _START_SECONDS[is_loopback(config.backend.url)]
    return Cost(
        requests=count,
        turns=count,
        seconds=starts * config.backend.start_timeout + rounds * (config.backend.answer_timeout + looked),
        expected_seconds=starts * start + rounds * looked / 2,
    )


SCENARIOS = (
    Scenario(
        name="heartbeat_variable",
        run=_heartbeat_variable,
        cost=_cost,
        means=("command", "heartbeat_variable", "long_turn"),
        beside=True,
        summary="the long turn of instances with another heartbeat interval, with 0, and with a word for it",
    ),
)
