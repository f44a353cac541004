"""Sends the probes: few, slow, each and all of them bounded, none with a credential."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from chatproof.config import Backend
from chatproof.driver import Limits
from chatproof.init.probes import CONTROLS, FOREIGN_PAGE, PAGES, PROBES, Probe
from chatproof.recorder.pace import Pace
from chatproof.recorder.watch import Watch
from chatproof.recording import Request
from chatproof.wire import Wire, sent_headers

if TYPE_CHECKING:
    from chatproof.recording import Exchange
    from chatproof.sse import Frame

__all__ = ["Look", "UnreachableError", "look"]

_EACH_SECONDS = 3.0
_ALL_SECONDS = 15.0
_MOST_PER_SECOND = 20.0
_AT_ONCE = 4
_MOST_BYTES = 16 * 1024
_LIMITS = Limits(
    head_seconds=_EACH_SECONDS, idle_seconds=_EACH_SECONDS, total_seconds=_EACH_SECONDS, max_bytes=_MOST_BYTES
)


class UnreachableError(Exception):
    """The backend answers nothing; `exchange` is what was asked."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.trouble or exchange.end.value)
        self.exchange = exchange


@dataclass(slots=True)
class Look:
    """
    What a backend answered.

    `nothing` are its answers where there is nothing, by method, `answers` those to the probes, and `preflights` those
    to the pages, for one route that is there. `in_time`: all was asked within the limit.
    """

    url: str
    nothing: dict[str, Exchange] = field(default_factory=dict)
    answers: dict[Probe, Exchange] = field(default_factory=dict)
    preflights: dict[str, Exchange] = field(default_factory=dict)
    in_time: bool = True

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return len(self.nothing) + len(self.answers) + len(self.preflights)

    def there(self, probe: Probe) -> bool:
        """
        The backend has something at this path.

        Where it answers the same at a path that nobody has (a proxy that asks for a credential, a page that is served
        for everything), the answer tells nothing.
        """
        exchange, nothing = self.answers.get(probe), self.nothing.get(probe.method)
        if exchange is None or exchange.status is None or exchange.status in _SAY_NOTHING:
            return False
        return nothing is None or nothing.status == _NOT_FOUND or _form(exchange) != _form(nothing)


_NOT_FOUND = 404
_SAY_NOTHING = {301, 302, 303, 307, 308, 404, 410, 429, 501, 502, 503, 504}


def look(url: str) -> Look:
    """
    Looks at the backend at this URL: at most 23 requests, 20 a second, 3 s each, 15 s in all.

    Raises `UnreachableError` where not even the first is answered.
    """
    return asyncio.run(_look(url))


async def _look(url: str) -> Look:
    sender = _Sender(
        Backend(url=url, max_rps=_MOST_PER_SECOND, max_concurrency=_AT_ONCE, connect_timeout=_EACH_SECONDS)
    )
    found = Look(url)
    first, *others = CONTROLS
    with anyio.move_on_after(_ALL_SECONDS) as limit:
        exchange = await sender.ask(first)
        if exchange.response is None:
            raise UnreachableError(exchange)
        found.nothing[first.method] = exchange
        for probe in others:
            found.nothing[probe.method] = await sender.ask(probe)
        async with anyio.create_task_group() as tasks:
            for probe in PROBES:
                tasks.start_soon(_note, found, sender, probe)
        asked_for = next((probe for probe in PROBES if probe.main and found.there(probe)), None)
        for page in (*PAGES, FOREIGN_PAGE) if asked_for is not None else ():
            found.preflights[page] = await sender.ask(asked_for or first, page=page)
    found.in_time = not limit.cancelled_caught
    return found


async def _note(found: Look, sender: _Sender, probe: Probe) -> None:
    found.answers[probe] = await sender.ask(probe)


def _form(exchange: Exchange) -> tuple[object, ...]:
    """What tells one answer from another."""
    head = exchange.response
    return (None,) if head is None else (head.status, head.media_type, head.header("allow"))


class _Sender:
    """Sends one request at a time over a connection of its own."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._wire = Wire(backend)
        self._pace = Pace(backend)
        self._connections = count(1)
        self._since_ns = time.monotonic_ns()

    async def ask(self, probe: Probe, *, page: str = "") -> Exchange:
        """The answer to a probe; with `page` to that page's preflight for the same route."""
        request = self._request(probe, page)
        async with self._pace.slot():
            line = self._wire.line(lambda: next(self._connections))
            watch = Watch(request.method, _LIMITS, until=_any)
            try:
                await line.exchange(
                    request, watch, connect_seconds=self._backend.connect_timeout, write_seconds=_EACH_SECONDS
                )
            finally:
                await line.aclose()
        return watch.exchange(probe.label, request, scenario="init", connection=line.number, since_ns=self._since_ns)

    def _request(self, probe: Probe, page: str) -> Request:
        parts = urlsplit(self._backend.url)
        query = f"?{probe.query}" if probe.query and not page else ""
        asked = (
            ("Access-Control-Request-Method", probe.acts),
            ("Access-Control-Request-Headers", "authorization,content-type"),
            ("Origin", page),
        )
        accept = "text/event-stream, application/json, */*" if probe.method == "GET" else "*/*"
        request = Request(
            method="OPTIONS" if page else probe.method,
            url=f"{parts.scheme}://{parts.netloc}{probe.path}{query}",
            headers=(("Accept", accept), ("Accept-Encoding", "identity"), *(asked if page else ())),
        )
        return Request(method=request.method, url=request.url, headers=sent_headers(request))


def _any(frames: list[Frame]) -> bool:
    """One frame of a stream is enough."""
    return bool(frames)
