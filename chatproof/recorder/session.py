"""The driver of one scenario: sends, waits as asked, and keeps the redacted record."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio

from chatproof.failure import NotTestable
from chatproof.recorder.credential import credential_of
from chatproof.recorder.events import ExchangeFinished, Paused
from chatproof.recorder.handshake import Talk, as_handshake
from chatproof.recorder.issued import issued_by
from chatproof.recorder.pace import retry_after
from chatproof.recorder.room import FULL
from chatproof.recorder.shared import ordinary_limits
from chatproof.recorder.watch import Asked
from chatproof.recorder.websocket import SocketLine
from chatproof.recording import Exchange, Recording
from chatproof.wire import sent_headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from hypothesis.strategies import SearchStrategy

    from chatproof.config import ProfileSettings
    from chatproof.driver import Connection, Instance, Issued, Limits, Until
    from chatproof.recorder.shared import Shared
    from chatproof.recorder.watch import Watch
    from chatproof.recording import Request
    from chatproof.sse import Frame
    from chatproof.surroundings import Upstream
    from chatproof.wire import Line

__all__ = ["Kept", "Session"]

_REPEATS = 3
_TOO_MANY = 429


@dataclass(slots=True)
class Kept:
    """A connection that a scenario keeps; one request at a time."""

    line: Line | SocketLine
    free: anyio.Lock

    @property
    def number(self) -> int:
        """Its number in the recording; 0 until the first request opens it."""
        return self.line.number


class Session:
    """The `Driver` that a scenario is given; `recording` is what it has recorded so far."""

    def __init__(self, scenario: str, shared: Shared) -> None:
        self.config = shared.config
        self.profile = shared.profile
        self.tokens = shared.tokens
        self.fuzz_examples = shared.fuzz_examples
        self._scenario = scenario
        self._shared = shared
        self._since_ns = time.monotonic_ns()
        self._started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._exchanges: dict[str, Exchange] = {}
        self._under_way: set[str] = set()
        self._findings: dict[str, Any] = {}
        self._connections = 0
        self._issued: dict[str, dict[str, str]] = {}
        self._outcome: dict[str, str] = {}

    @property
    def settings(self) -> ProfileSettings:
        """The profile's declared settings."""
        return self.config.profiles[self.profile]

    @property
    def limits(self) -> Limits:
        """The limits of an ordinary exchange."""
        return ordinary_limits(self.config, self.settings)

    def recorded(self, label: str) -> Exchange:
        """An exchange recorded so far."""
        return self._exchanges[label]

    async def send(
        self,
        label: str,
        request: Request,
        *,
        limits: Limits | None = None,
        until: Until | None = None,
        terminal: Callable[[Frame], bool] | None = None,
        linger_seconds: float = 2.5,
        connection: Connection | None = None,
        accept_429: bool = False,
        issues: tuple[Issued, ...] = (),
    ) -> Exchange:
        """
        Sends, reads, redacts and records; see `Driver.send`.

        ValueError where the label is taken, NotTestable where the answers of the run fill our memory.
        """
        self._claim(label)
        asked = Asked(limits or self.limits, until, terminal, linger_seconds, accept_429, issues)
        if connection is None:
            async with self.connection() as own:
                exchange = await self.answered(label, request, own, asked)
        else:
            exchange = await self.answered(label, request, self._kept(connection), asked)
        self.keep(exchange)
        return exchange

    def issued(self, label: str, field: str) -> str:
        """The text of a credential that was issued; see `Driver.issued`."""
        found = self._issued.get(label, {}).get(field)
        if found is None:
            raise NotTestable(f"`{self._scenario}/{label}` holds no text in the field `{field}`")
        return found

    def upstream(self) -> Upstream:
        """The profile's scripted upstream; NotClaimed where none is declared."""
        return self._shared.surroundings.upstream(self.profile)

    def instance(self, environment: Mapping[str, str | None]) -> AbstractAsyncContextManager[Instance]:
        """The backend, started anew with another environment; see `Driver.instance`."""
        return self._shared.surroundings.instance(environment)

    async def websocket(
        self,
        label: str,
        request: Request,
        *,
        send: tuple[str, ...] = (),
        messages: int = 0,
        hold: anyio.Event | None = None,
    ) -> Exchange:
        """Opens a WebSocket and records its handshake; see `Driver.websocket`."""
        self._claim(label)
        line = SocketLine(self._shared.wire, self._next_connection, Talk(send, messages, hold))
        asked = Asked(self.limits, finish=line.finished)
        exchange = await self.answered(label, as_handshake(request), Kept(line, anyio.Lock()), asked)
        self.keep(exchange)
        return exchange

    def _claim(self, label: str) -> None:
        if label in self._under_way:
            msg = f"the label {label!r} is used twice"
            raise ValueError(msg)
        self._under_way.add(label)

    def keep(self, exchange: Exchange) -> None:
        """Puts a redacted exchange into the record."""
        self._exchanges[exchange.label] = exchange
        self._shared.listener(
            ExchangeFinished(
                profile=self.profile,
                scenario=self._scenario,
                label=exchange.label,
                status=exchange.status,
                end=exchange.end.value,
            )
        )

    @staticmethod
    def _kept(connection: Connection) -> Kept:
        if not isinstance(connection, Kept):
            msg = f"{connection!r} is no connection of this driver"
            raise TypeError(msg)
        return connection

    async def answered(self, label: str, request: Request, kept: Kept, asked: Asked | None = None) -> Exchange:
        """
        The redacted answer, not yet put into the record.

        A 429 that was not asked for is waited out as told, and the request repeated, three times at the most.
        """
        asked = asked or Asked(self.limits)
        attempts = 1
        while True:
            async with kept.free:
                exchange = await self._attempt(label, request, kept.line, asked)
            exchange = replace(exchange, attempts=attempts)
            if exchange.status != _TOO_MANY or asked.accept_429 or attempts > _REPEATS:
                return exchange
            attempts += 1
            told = exchange.response.header("retry-after") if exchange.response else None
            seconds = retry_after(told, now=time.time())
            self._shared.pace.pause(seconds)
            self._shared.listener(Paused(profile=self.profile, scenario=self._scenario, label=label, seconds=seconds))

    async def _attempt(self, label: str, request: Request, line: Line | SocketLine, asked: Asked) -> Exchange:
        """Sends once, when its turn comes; what a cancellation interrupts is recorded as far as it came."""
        room = self._shared.room
        async with self._shared.pace.slot():
            if room.full:
                raise NotTestable(FULL)
            watch = asked.watch(request.method, room)
            try:
                await line.exchange(
                    request,
                    watch,
                    connect_seconds=self.config.backend.connect_timeout,
                    write_seconds=asked.limits.head_seconds,
                )
            except anyio.get_cancelled_exc_class():
                watch.stopped(time.monotonic_ns(), "we stopped before the answer was over")
                self._exchanges[label] = self._record(label, request, watch, line, asked)
                raise
        if room.full:
            raise NotTestable(FULL)
        return self._record(label, request, watch, line, asked)

    def _record(self, label: str, request: Request, watch: Watch, line: Line | SocketLine, asked: Asked) -> Exchange:
        as_sent = replace(request, headers=sent_headers(request))
        exchange = asked.finish(
            watch.exchange(label, as_sent, scenario=self._scenario, connection=line.number, since_ns=self._since_ns)
        )
        credential = credential_of(as_sent, self.config.auth, self._shared.redactor)
        if credential is not None:
            exchange = replace(exchange, findings={**exchange.findings, "credential": credential})
        if asked.issues:
            self._issued[label], found = issued_by(exchange, asked.issues, self._shared.redactor)
            exchange = replace(exchange, findings={**exchange.findings, "issued": found})
        return self._shared.redactor.exchange(exchange)

    def _next_connection(self) -> int:
        self._connections += 1
        return self._connections

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Kept]:
        """A connection for several requests; it opens with the first, and anew after the backend closed it."""
        line = self._shared.wire.line(self._next_connection)
        try:
            yield Kept(line, anyio.Lock())
        finally:
            await line.aclose()

    async def fuzz(
        self,
        label: str,
        strategy: SearchStrategy[Any],
        build: Callable[[Any], Request],
        wrong: Callable[[Exchange], str],
        *,
        examples: int,
    ) -> None:
        """Draws, sends and shrinks; see `Driver.fuzz`."""
        from chatproof.recorder.fuzzing import Fuzzing  # noqa: PLC0415 - only now, so that others pay nothing

        async with self.connection() as kept:
            fuzzing = Fuzzing(self, kept, label, build, wrong)
            try:
                await fuzzing.run(strategy, examples)
            finally:
                self.finding(label, fuzzing.finding())

    def finding(self, name: str, value: object) -> None:
        """Notes a JSON value; TypeError or ValueError for any other."""
        self._findings[name] = self._shared.redactor.value(json.loads(json.dumps(value, allow_nan=False)))

    def not_claimed(self, reason: str, *, declare: str = "") -> None:
        """Marks the recording as not claimed."""
        self._outcome.update(not_claimed=reason, declare=declare)

    def not_testable(self, missing: str) -> None:
        """Marks the recording as not testable; what was said first stays."""
        self._outcome.setdefault("not_testable", missing)

    def recording(self) -> Recording:
        """What was recorded so far, in the order in which it was started."""
        scrub = self._shared.redactor.scrub
        return Recording(
            scenario=self._scenario,
            profile=self.profile,
            exchanges=tuple(sorted(self._exchanges.values(), key=lambda exchange: exchange.started_ns)),
            findings={"started_at": self._started_at, **self._findings},
            seconds=(time.monotonic_ns() - self._since_ns) / 1e9,
            **{name: scrub(text) for name, text in self._outcome.items()},
        )
