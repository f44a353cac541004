"""One subscription at a time: a plain one, one of a plain EventSource, wrong ones, and one that nothing is said on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from chatproof.cors import cors_request
from chatproof.driver import Limits
from chatproof.means import is_loopback
from chatproof.recording import Request
from chatproof.scenario import Cost, Scenario

from ...common.browsers import browser_scenarios
from ...common.costs import fixed, reply_seconds, typical_reply_seconds
from ..messages import is_message
from ..requests import any_frame, generate_limits, stream_limits, subscription
from .crowd import ARRIVAL_SECONDS, GREETING_SECONDS, crowd, sent_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import AgentStream, Config
    from chatproof.driver import Driver
    from chatproof.sse import Frame

__all__ = ["SCENARIOS", "idle_seconds"]

_PAIR = 2
_BEATS = 2
_IN_A_MINUTE = 58.0
_TEXT = "A word of chatproof, to be seen on a stream"
_UNKNOWN = "no_such_agent"
_HEAD_SECONDS = 5.0
_FLOOD = 40
_GARBAGE = {"zero": "0", "text": "soon"}
_GARBAGE_SECONDS = 1.0
_BRISK_MS = 1000
_BRISKER_MS = 400


def first_agent(settings: AgentStream) -> str:
    """The agent that single subscriptions are about."""
    return settings.agents[0]


def may_send(config: Config) -> bool:
    """Messages may be sent out: the users who see them are our own, or their owner has given leave."""
    return (config.backend.intrusive or is_loopback(config.backend.url)) and config.backend.max_concurrency >= _PAIR


async def _turn(driver: Driver) -> None:
    """Where messages may not be sent out it is left at its first frame."""
    agent = first_agent(driver.settings)
    request = subscription(driver, agent)
    if not may_send(driver.config):
        await driver.send("turn", request, limits=stream_limits(driver, _quiet_seconds(driver)), until=any_frame)
        return
    seconds = GREETING_SECONDS + generate_limits(driver).total_seconds + ARRIVAL_SECONDS
    async with crowd(driver, {"turn": (request, (agent,))}, seconds=seconds) as clients:
        await clients.received(await sent_out(driver, "sent", agent, _TEXT))


def _quiet_seconds(driver: Driver) -> float:
    return float(driver.limits.head_seconds + GREETING_SECONDS)


async def _event_source(driver: Driver) -> None:
    """A browser's own EventSource sends cookies and no other credential."""
    credential = driver.tokens.headers() if driver.config.auth.scheme == "cookie" else ()
    request = subscription(driver, first_agent(driver.settings), credential=credential)
    await driver.send("plain", request, limits=stream_limits(driver, _quiet_seconds(driver)), until=any_frame)


async def _unknown_agent(driver: Driver) -> None:
    limits = stream_limits(driver, _quiet_seconds(driver))
    async with anyio.create_task_group() as group:
        for label, agents in (("unknown", (_UNKNOWN,)), ("missing", ())):
            request = subscription(driver, *agents)
            group.start_soon(
                lambda label, asked: driver.send(label, asked, limits=limits, until=any_frame), label, request
            )


async def _head(driver: Driver) -> None:
    """After HEAD the same connection is asked something else: where a stream is open on it, nobody answers."""
    request = subscription(driver, first_agent(driver.settings))
    seconds = min(driver.limits.head_seconds, _HEAD_SECONDS)
    limits = Limits(head_seconds=seconds, idle_seconds=seconds, total_seconds=seconds)
    async with driver.connection() as connection:
        for label, method in (("head", "HEAD"), ("options", "OPTIONS")):
            asked = Request(method=method, url=request.url, headers=request.headers)
            await driver.send(label, asked, limits=limits, until=any_frame, connection=connection)


def idle_seconds(settings: AgentStream) -> float:
    """How long the idle stream is watched: for two heartbeats, within a minute where one and a half fit into it."""
    needed = 1.5 * settings.heartbeat + 1.0
    return float(max(needed, min(2.5 * settings.heartbeat + 1.0, _IN_A_MINUTE)))


def beats(count: int) -> Callable[[list[Frame]], bool]:
    """So many heartbeats have come after the first read."""

    def enough(frames: list[Frame]) -> bool:
        later = [frame for frame in frames if frame.at_ns > frames[0].at_ns]
        return sum(not is_message(frame) for frame in later) >= count

    return enough


async def _idle(driver: Driver) -> None:
    settings = driver.settings
    request = subscription(driver, first_agent(settings))
    limits = stream_limits(driver, idle_seconds(settings))
    await driver.send("idle", request, limits=limits, until=beats(_BEATS))


async def _heartbeat_variable(driver: Driver) -> None:
    """Instances with the variable at a brisk interval, at 0 and at what is no number; the first one is timed."""
    settings = driver.settings
    brisk = _BRISK_MS if settings.heartbeat * 1000 >= 2 * _BRISK_MS else _BRISKER_MS
    driver.finding("interval_ms", brisk)
    values = {"brisk": (str(brisk), 3, 6 * brisk / 1000 + 1)}
    values |= {label: (text, _FLOOD, _GARBAGE_SECONDS) for label, text in _GARBAGE.items()}
    for label, (text, count, seconds) in values.items():
        async with driver.instance({settings.heartbeat_variable: text}) as instance:
            driver.finding(label, {"value": text, "started": bool(instance.url), "trouble": instance.trouble})
            if instance.url:
                await _watch(driver, label, instance.url, beats(count), seconds)


async def _watch(driver: Driver, label: str, base: str, enough: Callable[[list[Frame]], bool], seconds: float) -> None:
    """Listens at another instance, from the first frame on, which may take as long as any answer."""
    agent = first_agent(driver.settings)
    patience = driver.limits.head_seconds
    clients = {label: (subscription(driver, agent, base=base), (agent,))}
    async with crowd(driver, clients, seconds=patience + seconds, greeting_seconds=patience) as watching:
        await watching.watched(enough, seconds)


def _turn_cost(config: Config, settings: AgentStream, _examples: int) -> Cost:
    if not may_send(config):
        return Cost(seconds=reply_seconds(config) + GREETING_SECONDS, expected_seconds=typical_reply_seconds(config))
    publishes = settings.publish is not None
    seconds = reply_seconds(config) + GREETING_SECONDS + settings.generate_timeout + ARRIVAL_SECONDS
    return Cost(
        requests=2, turns=int(not publishes), seconds=seconds, expected_seconds=3 * typical_reply_seconds(config)
    )


def _idle_cost(_config: Config, settings: AgentStream, _examples: int) -> Cost:
    seconds = idle_seconds(settings)
    return Cost(seconds=seconds, expected_seconds=min(2 * settings.heartbeat, seconds))


def _variable_cost(config: Config, _settings: AgentStream, _examples: int) -> Cost:
    garbage = len(_GARBAGE) * _GARBAGE_SECONDS
    starts = (1 + len(_GARBAGE)) * config.backend.start_timeout
    return Cost(
        requests=1 + len(_GARBAGE),
        seconds=starts + 6 * _BRISK_MS / 1000 + 1 + garbage + 3 * reply_seconds(config),
        expected_seconds=3 * _BRISK_MS / 1000 + garbage,
    )


def _preflighted(driver: Driver) -> Request:
    return subscription(driver, first_agent(driver.settings))


def _where_pages_ask(scenario: Scenario) -> Scenario:
    """A page that sends nothing but what EventSource does never asks first: then there is no preflight to judge."""

    async def run(driver: Driver) -> None:
        if cors_request(_preflighted(driver)).unsafe_names:
            await scenario.run(driver)
            return
        driver.not_claimed(
            "pages subscribe by EventSource, which sends no preflight",
            declare='[auth]\nscheme = "bearer"\ntoken = "${CHATPROOF_TOKEN}"',
        )

    return Scenario(name=scenario.name, run=run, cost=scenario.cost, means=scenario.means, summary=scenario.summary)


_PREFLIGHT, *_OTHERS = browser_scenarios(_preflighted)

SCENARIOS = (
    Scenario(
        name="turn",
        run=_turn,
        cost=_turn_cost,
        summary="a subscription to the first agent, and where it may be a message sent out to it",
    ),
    _where_pages_ask(_PREFLIGHT),
    *_OTHERS,
    Scenario(
        name="event_source",
        run=_event_source,
        cost=fixed(replies=1),
        summary="a subscription as a browser's EventSource makes it, without any header of its own",
    ),
    Scenario(
        name="unknown_agent",
        run=_unknown_agent,
        cost=fixed(replies=2, reply_steps=1),
        summary="subscriptions to an agent that there is not, and to none",
    ),
    Scenario(
        name="head",
        run=_head,
        cost=fixed(replies=2),
        summary="HEAD and then OPTIONS on the stream's route, on one connection",
    ),
    Scenario(
        name="idle",
        run=_idle,
        cost=_idle_cost,
        slow=lambda settings: idle_seconds(settings) > 60.0,  # noqa: PLR2004 - the limit of `--slow`
        summary="a subscription on which nothing is sent, for two heartbeats",
    ),
    Scenario(
        name="heartbeat_variable",
        run=_heartbeat_variable,
        cost=_variable_cost,
        means=("command", "heartbeat_variable"),
        beside=True,
        summary="instances with another heartbeat interval, and with values that are none",
    ),
)
