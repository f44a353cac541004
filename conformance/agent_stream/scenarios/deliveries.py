"""Messages sent out while several clients listen."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Cost, Scenario
from chatproof.sse import Event

from ...common.browsers import from_page
from ...common.costs import fixed, reply_seconds, typical_reply_seconds
from ...common.requests import get
from ..messages import CRON_LINE, needs_secret
from ..requests import any_frame, generate, generate_limits, poll, stream_limits, subscription
from .crowd import ARRIVAL_SECONDS, GREETING_SECONDS, crowd, has_room, sent_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import AgentStream, Config
    from chatproof.driver import Driver
    from chatproof.recording import Request
    from chatproof.sse import Frame

__all__ = ["SCENARIOS"]

_PAIR = 2
_SETTLE_SECONDS = 0.3

_PAUSES = (0.0, 0.2, 0.4, 0.8)
"""Seconds before each poll: what is pushed may be stored a little later."""

_MEANS = ("loopback_or_intrusive",)


def _text(about: str) -> str:
    return f"A word of chatproof about {about}: {secrets.token_hex(4)}"


def _open_seconds(driver: Driver, runs: int) -> float:
    """How long subscriptions stay open while messages are sent out so often."""
    one = generate_limits(driver).total_seconds + ARRIVAL_SECONDS
    return float(GREETING_SECONDS + driver.limits.head_seconds + runs * one + 2 * ARRIVAL_SECONDS)


def _subscribers(driver: Driver) -> dict[str, tuple[Request, tuple[str, ...]]]:
    """Two of the first agent, one of the second, and one of both where that can be asked for."""
    settings = driver.settings
    first, *others = settings.agents[:_PAIR]
    wanted: dict[str, tuple[str, ...]] = {"a/1": (first,), "a/2": (first,)}
    if others:
        wanted["b/1"] = (others[0],)
        if settings.agents_parameter:
            wanted["both"] = (first, others[0])
    return {label: (subscription(driver, *agents), agents) for label, agents in wanted.items()}


async def _broadcast(driver: Driver) -> None:
    """One of them leaves after the first run, misses the second, and comes back with the last id that it has seen."""
    clients = _subscribers(driver)
    if not has_room(driver, len(clients) + 1):
        return
    first = driver.settings.agents[0]
    async with crowd(driver, clients, seconds=_open_seconds(driver, _PAIR)) as listening:
        first_run = await sent_out(driver, "generate")
        if _refused(driver, "generate"):
            return
        await listening.received(first_run)
        await listening.leave("a/2")
        missed = await sent_out(driver, "missed", first, _text("what one client misses"))
        await listening.received(missed)
    last = driver.recorded("a/2").stream.last_event_id
    if last:
        request = subscription(driver, first, last_id=last)
        until = _holds([text for agent, text in missed if agent == first])
        await driver.send(
            "a/again", request, limits=stream_limits(driver, GREETING_SECONDS + ARRIVAL_SECONDS), until=until
        )
    for label, agent in zip(("poll/a", "poll/b"), driver.settings.agents, strict=False):
        await _poll(driver, label, agent, [text for owner, text in (*first_run, *missed) if owner == agent])


def _refused(driver: Driver, label: str) -> bool:
    """The generation takes a credential that is not declared: then the scenario is not claimed."""
    reason = needs_secret(driver.recorded(label), driver.settings)
    if reason:
        driver.not_claimed(reason, declare=CRON_LINE)
    return bool(reason)


async def _poll(driver: Driver, label: str, agent: str, texts: list[str]) -> None:
    """Polls, where that is declared, until the newest message of the agent is there, or patience is over."""
    asked = poll(driver, agent)
    if asked is None:
        return
    for number, pause in enumerate(_PAUSES, start=1):
        await anyio.sleep(pause)
        name = label if number == 1 else f"{label}/{number}"
        answer = await driver.send(name, asked, limits=stream_limits(driver, driver.limits.head_seconds))
        if not texts or texts[-1].encode() in answer.body:
            return


def _holds(texts: list[str]) -> Callable[[list[Frame]], bool]:
    def all_there(frames: list[Frame]) -> bool:
        data = "\n".join(frame.data for frame in frames if isinstance(frame, Event))
        return bool(texts) and all(text in data for text in texts)

    return all_there


async def _instances(driver: Driver) -> None:
    """Sent out at the first address, it must arrive at the second."""
    if not has_room(driver, _PAIR + 1):
        return
    bases, first = driver.settings.instances[:_PAIR], driver.settings.agents[0]
    clients = {
        str(number): (subscription(driver, first, base=base), (first,)) for number, base in enumerate(bases, start=1)
    }
    async with crowd(driver, clients, seconds=_open_seconds(driver, 1)) as listening:
        text = _text("what both instances know")
        marks = await sent_out(driver, "sent", first, text, base=bases[0].rstrip("/"))
        if driver.settings.publish is not None or not _refused(driver, "sent"):
            await listening.received(marks)


async def _overlap(driver: Driver) -> None:
    """Two runs at once; then a little while in which what came twice would show."""
    if not has_room(driver, _PAIR + 1):
        return
    first = driver.settings.agents[0]
    clients = {"a/1": (subscription(driver, first), (first,))}
    marks: list[tuple[str, str]] = []

    async def run(label: str) -> None:
        marks.extend(await sent_out(driver, label, accept_429=True))

    async with crowd(driver, clients, seconds=_open_seconds(driver, _PAIR)) as listening:
        async with anyio.create_task_group() as group:
            group.start_soon(run, "generate/1")
            group.start_soon(run, "generate/2")
        if _refused(driver, "generate/1"):
            return
        await listening.received(marks)
        await listening.received([(first, "what never comes")], _SETTLE_SECONDS)


async def _generate_no_token(driver: Driver) -> None:
    await driver.send("generate", generate(driver, credential=()), limits=generate_limits(driver))


async def _get(driver: Driver) -> None:
    """As a crawler or a prefetch asks it, from no page."""
    request = from_page(get(driver, driver.settings.generate_path), None)
    await driver.send("get", request, limits=generate_limits(driver), until=any_frame)


def _cost(*, runs: int, sent: int, replies: int) -> Callable[[Config, AgentStream, int], Cost]:
    """So many generations, so many messages that are published where that is declared, so many other requests."""

    def cost(config: Config, settings: AgentStream, _examples: int) -> Cost:
        one = settings.generate_timeout + ARRIVAL_SECONDS
        polls = _PAIR * len(_PAUSES) if settings.poll else 0
        return Cost(
            requests=runs + sent + replies + polls,
            turns=runs + (0 if settings.publish else sent),
            seconds=GREETING_SECONDS + (runs + sent) * one + (2 + polls) * reply_seconds(config) + 2 * sum(_PAUSES),
            expected_seconds=(runs + sent + replies + polls) * typical_reply_seconds(config),
        )

    return cost


SCENARIOS = (
    Scenario(
        name="broadcast",
        run=_broadcast,
        cost=_cost(runs=1, sent=1, replies=5),
        means=_MEANS,
        alone=True,
        intrusive=True,
        summary="messages for several clients at once; one leaves and comes back; then they are polled",
    ),
    Scenario(
        name="instances",
        run=_instances,
        cost=_cost(runs=0, sent=1, replies=2),
        means=("instances", *_MEANS),
        alone=True,
        intrusive=True,
        summary="a message sent out at one instance, for clients of both",
    ),
    Scenario(
        name="overlap",
        run=_overlap,
        cost=_cost(runs=2, sent=0, replies=1),
        means=_MEANS,
        alone=True,
        intrusive=True,
        summary="two generations at once, seen by one client",
    ),
    Scenario(
        name="generate_no_token",
        run=_generate_no_token,
        cost=fixed(turns=1),
        means=("production", *_MEANS),
        alone=True,
        intrusive=True,
        summary="a generation that nobody is named for",
    ),
    Scenario(
        name="get",
        run=_get,
        cost=fixed(replies=1),
        means=_MEANS,
        alone=True,
        intrusive=True,
        summary="GET on the route that generates",
    ),
)
