"""Several clients at once: who is subscribed, what each has got, and waiting for it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from chatproof.sse import Event

from ..messages import generated
from ..requests import generate, generate_limits, publish, stream_limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request
    from chatproof.sse import Frame

__all__ = ["ARRIVAL_SECONDS", "GREETING_SECONDS", "Crowd", "crowd", "has_room", "sent_out"]

GREETING_SECONDS = 2.0
"""How long we wait for the first frame of every stream, which shows that it is subscribed."""

_PUBLISHED = range(200, 300)

ARRIVAL_SECONDS = 3.0
"""How long we wait for messages that were sent out."""


@dataclass(slots=True, eq=False)
class _Client:
    """One subscriber: it reads until it is told to leave."""

    label: str
    request: Request
    agents: tuple[str, ...]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    heard: anyio.Event = field(default_factory=anyio.Event)
    gone: anyio.Event = field(default_factory=anyio.Event)
    frames: list[Frame] = field(default_factory=list)
    text: str = ""

    async def read(self, driver: Driver, seconds: float) -> None:
        try:
            with self.scope:
                await driver.send(self.label, self.request, limits=stream_limits(driver, seconds), until=self._heard)
        finally:
            self.gone.set()
            self.heard.set()

    def _heard(self, frames: list[Frame]) -> bool:
        """Never enough: we leave when all have what they wait for."""
        self.frames = list(frames)
        self.text = "\n".join(frame.data for frame in frames if isinstance(frame, Event))
        heard, self.heard = self.heard, anyio.Event()
        heard.set()
        return False

    async def until(self, done: Callable[[_Client], bool]) -> None:
        """Waits until `done(self)`, or until there is nothing more to come."""
        while not done(self) and not self.gone.is_set():
            await self.heard.wait()


@dataclass(slots=True)
class Crowd:
    """The subscribers of one scenario by label."""

    clients: Mapping[str, _Client]

    async def greeted(self, seconds: float) -> None:
        """Waits until something came on every stream, so many seconds at the most."""
        with anyio.move_on_after(seconds):
            for client in self.clients.values():
                await client.until(lambda client: bool(client.frames))

    async def watched(self, enough: Callable[[list[Frame]], bool], seconds: float) -> None:
        """Waits until each has heard enough, so many seconds at the most."""
        with anyio.move_on_after(seconds):
            for client in self.clients.values():
                await client.until(lambda client: enough(client.frames))

    async def received(self, marks: Iterable[tuple[str, str]], seconds: float = ARRIVAL_SECONDS) -> None:
        """
        Waits until each has every mark (an agent, and a text in its message) that concerns it.

        `seconds` at the most.
        """
        wanted = list(marks)

        def has_all(client: _Client) -> bool:
            return all(text in client.text for agent, text in wanted if agent in client.agents)

        with anyio.move_on_after(seconds):
            for client in self.clients.values():
                await client.until(has_all)

    async def leave(self, label: str) -> None:
        """One of them closes its connection."""
        self.clients[label].scope.cancel()
        await self.clients[label].gone.wait()


@asynccontextmanager
async def crowd(
    driver: Driver,
    clients: Mapping[str, tuple[Request, tuple[str, ...]]],
    *,
    seconds: float,
    greeting_seconds: float = GREETING_SECONDS,
) -> AsyncIterator[Crowd]:
    """
    Opens these subscriptions (request, agents) side by side, and closes them at the end of the block.

    `seconds` is how long they stay open at the most, `greeting_seconds` how long their first frames are awaited.
    """
    known = Crowd({label: _Client(label, request, agents) for label, (request, agents) in clients.items()})
    async with anyio.create_task_group() as group:
        for client in known.clients.values():
            group.start_soon(client.read, driver, seconds)
        await known.greeted(greeting_seconds)
        yield known
        for client in known.clients.values():
            client.scope.cancel()


def has_room(driver: Driver, count: int) -> bool:
    """So many requests may be under way at once; else the scenario is marked as not claimed."""
    if driver.config.backend.max_concurrency >= count:
        return True
    driver.not_claimed(f"it takes {count} requests under way at once", declare="max_concurrency = 8  # in [backend]")
    return False


async def sent_out(
    driver: Driver, label: str, agent: str = "", text: str = "", *, base: str = "", accept_429: bool = False
) -> list[tuple[str, str]]:
    """
    Publishes a text where that can be done and one is given, else generates: the marks by which to know what came.

    What was published is a finding, `published`.
    """
    request = publish(driver, agent, text, base=base) if text else None
    if request is not None:
        driver.finding("published", {"agent": agent, "text": text, "label": label})
        published = await driver.send(label, request)
        return [(agent, text)] if published.status in _PUBLISHED else []
    answer: Exchange = await driver.send(
        label, generate(driver, base=base), limits=generate_limits(driver), accept_429=accept_429
    )
    return [(str(entry.get("agentId")), str(entry.get("id"))) for entry in generated(answer)]
