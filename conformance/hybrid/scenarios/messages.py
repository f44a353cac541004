"""Messages posted between polls: what becomes of each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds, typical_reply_seconds
from ..polled import cursor_after, events_of, holds, worked
from ..requests import CLIENT, FIRST, may_publish, message, poll
from .polls import poll_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from chatproof.config import Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange

__all__ = ["CHAT_REQUESTS", "LARGEST_BACKLOG", "PATIENCE_SECONDS", "SCENARIOS", "chat_over_polling"]

LARGEST_BACKLOG = 200

_PAUSES = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each look for a message: 3 s in all, more than a client's pause between two polls."""

PATIENCE_SECONDS = sum(_PAUSES)
_IN_ORDER = 3
_AT_ONCE = 8
_DRAINING = 20
"""So many polls at the most for what a channel holds already."""

CHAT_REQUESTS = 2 + _DRAINING + len(_PAUSES)
"""What `chat_over_polling` sends at the most; it waits `PATIENCE_SECONDS` in all."""

_FULL = f"{_DRAINING} polls do not come to the end of what the channel holds"
_EMPTIER = 'channel = "chatproof"  # in [profiles.hybrid], a channel with few messages'


def _fresh_text() -> str:
    """A text that nobody else posts: letters, digits and hyphens."""
    return f"chatproof-{secrets.token_hex(8)}"


@dataclass(slots=True)
class _Reader:
    """A client that polls: its cursor, and its polls so far under `poll/001` (its `label`) and so on."""

    driver: Driver
    client: str
    base: str = ""
    label: str = "poll"
    channels: str = ""
    credential: tuple[tuple[str, str], ...] | None = None
    cursor: str = FIRST
    full: bool = False
    answers: list[Exchange] = field(default_factory=list)

    async def poll(self) -> Exchange:
        """Polls once, and takes the cursor that it is given."""
        request = poll(
            self.driver,
            cursor=self.cursor,
            client=self.client,
            base=self.base,
            channels=self.channels,
            credential=self.credential,
        )
        label = f"{self.label}/{len(self.answers) + 1:03}"
        answer = await self.driver.send(label, request, limits=poll_limits(self.driver))
        self.cursor = (cursor_after(answer, self.driver.settings) if worked(answer) else None) or self.cursor
        self.answers.append(answer)
        return answer

    async def until_seen(self, texts: list[str]) -> None:
        """Polls until each text has come, or patience is over."""
        missing = set(texts)
        for pause in _PAUSES:
            await anyio.sleep(pause)
            answer = await self.poll()
            missing = {text for text in missing if not holds(answer, text)}
            if not missing:
                return

    async def drained(self) -> bool:
        """Polls until there is nothing more to get; False where the same comes again, or (`full`) ever more."""
        known: list[Any] | None = None
        for _ in range(_DRAINING):
            events = events_of(await self.poll(), self.driver.settings)
            if not events:
                return True
            if events == known:
                return False
            known = events
        self.full = True
        return False


async def _ledger(driver: Driver) -> None:
    """Three messages one after another, a poll for nothing, then eight at once while the client goes on polling."""
    mark = _fresh_text()
    texts = [f"{mark}-{number:03}" for number in range(1, _IN_ORDER + _AT_ONCE + 1)]
    driver.finding("texts", texts)
    driver.finding("in_order", _IN_ORDER)
    reader = _Reader(driver, _fresh_text())
    await reader.drained()
    if reader.full:
        driver.not_claimed(_FULL, declare=_EMPTIER)
        return

    async def publish(text: str) -> None:
        await driver.send(f"publish/{text[-3:]}", message(driver, text))

    for text in texts[:_IN_ORDER]:
        await publish(text)
    await reader.until_seen(texts[:_IN_ORDER])
    await reader.poll()
    async with anyio.create_task_group() as group:
        for text in texts[_IN_ORDER:]:
            group.start_soon(publish, text)
        await reader.poll()
        await reader.poll()
    seen = [text for text in texts if any(holds(answer, text) for answer in reader.answers)]
    await reader.until_seen([text for text in texts if text not in seen])
    await reader.poll()


async def _between(driver: Driver) -> None:
    """A poll that gives nothing, a message, and then the same request again, to the letter."""
    text, limits = _fresh_text(), poll_limits(driver)
    driver.finding("text", text)
    reader = _Reader(driver, _fresh_text())
    if not await reader.drained():
        if reader.full:
            driver.not_claimed(_FULL, declare=_EMPTIER)
        else:
            driver.not_testable("polling never came to an end: each poll gave the same events")
        return
    again = poll(driver, cursor=reader.cursor, client=reader.client)
    await driver.send("before", again, limits=limits)
    await driver.send("publish", message(driver, text))
    for number, pause in enumerate(_PAUSES, start=1):
        await anyio.sleep(pause)
        if holds(await driver.send(f"after/{number}", again, limits=limits), text):
            return


async def _backlog(driver: Driver) -> None:
    """One message more than a first poll may give."""
    count = driver.settings.backlog + 1
    if count > LARGEST_BACKLOG:
        driver.not_claimed(f"a backlog of more than {LARGEST_BACKLOG} events is not filled")
        return
    text = _fresh_text()
    async with anyio.create_task_group() as group:
        for number in range(1, count + 1):
            request = message(driver, f"{text}-{number:03}")
            group.start_soon(driver.send, f"publish/{number:03}", request)
    await driver.send("first", poll(driver, client=text), limits=poll_limits(driver))


async def _foreign_messages(driver: Driver) -> None:
    """The other user writes into a channel of his; the first one looks for that."""
    settings, limits, text = driver.settings, poll_limits(driver), _fresh_text()
    other = driver.tokens.second_user()
    driver.finding("text", text)
    channel, both = settings.foreign_channel, f"{settings.channel},{settings.foreign_channel}"
    member = _Reader(driver, text, label="member", channels=channel, credential=tuple(other))
    await member.drained()
    cursor = member.cursor
    await driver.send("publish", message(driver, text, channel=channel, credential=other))
    await member.until_seen([text])
    for label, request in {
        "foreign": poll(driver, channels=channel, cursor=cursor),
        "mixed": poll(driver, channels=both, cursor=cursor),
        "anonymous": poll(driver, channels=channel, cursor=cursor, credential=()),
    }.items():
        await driver.send(label, request, limits=limits)


async def chat_over_polling(driver: Driver, name: str, *, base: str = "") -> None:
    """
    A poll as `name/poll`; where messages may be posted one as `name/publish`, and further polls as `name/seen/001`...

    The finding `name/text` is what was posted.
    """
    limits, settings = poll_limits(driver), driver.settings
    first = await driver.send(f"{name}/poll", poll(driver, base=base), limits=limits)
    there, cursor = events_of(first, settings), cursor_after(first, settings)
    if not worked(first) or not may_publish(driver) or (there and cursor is None):
        return
    reader = _Reader(driver, CLIENT, base=base, label=f"{name}/seen", cursor=cursor or FIRST)
    if there:
        await reader.drained()
    text = _fresh_text()
    driver.finding(f"{name}/text", text)
    await driver.send(f"{name}/publish", message(driver, text, base=base))
    await reader.until_seen([text])


def _up_to(replies: Callable[[Any], int], *, patience: int) -> Callable[[Config, Any, int], Cost]:
    """So many answers one after another, and so often the whole patience for a message."""

    def cost(config: Config, settings: Any, _examples: int) -> Cost:
        count = replies(settings)
        return Cost(
            requests=count,
            seconds=count * reply_seconds(config) + patience * PATIENCE_SECONDS,
            expected_seconds=count * typical_reply_seconds(config),
        )

    return cost


_LOOKS = len(_PAUSES)
_PUBLISHING = ("publish", "loopback_or_intrusive")

SCENARIOS = (
    Scenario(
        name="ledger",
        run=_ledger,
        cost=_up_to(lambda _settings: _DRAINING + _IN_ORDER + _AT_ONCE + 2 * _LOOKS + 4, patience=2),
        means=_PUBLISHING,
        intrusive=True,
        summary="messages between polls, one after another and at once, each looked for in what follows",
    ),
    Scenario(
        name="between",
        run=_between,
        cost=_up_to(lambda _settings: _DRAINING + 2 + _LOOKS, patience=1),
        means=_PUBLISHING,
        alone=True,  # a page of what other scenarios post would hide the message
        intrusive=True,
        summary="the same poll before and after a message",
    ),
    Scenario(
        name="backlog",
        run=_backlog,
        cost=_up_to(lambda settings: min(settings.backlog, LARGEST_BACKLOG) + 2, patience=0),
        means=("backlog", *_PUBLISHING),
        intrusive=True,
        summary="one message more than a first poll gives, and a first poll",
    ),
    Scenario(
        name="foreign_messages",
        run=_foreign_messages,
        cost=_up_to(lambda _settings: _DRAINING + 4 + _LOOKS, patience=1),
        means=("foreign_channel", "second_user", *_PUBLISHING),
        intrusive=True,
        summary="a message of the other user in a channel of his, and the first user's polls for it",
    ),
)
