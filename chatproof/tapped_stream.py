"""A socket that somebody watches: every read with its time, below httpcore's own reading."""

from __future__ import annotations

import collections
import contextlib
import time
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ["Owner", "Tap", "TappedStream", "Unwind"]

_LARGE = 64 * 1024
_READ_BYTES = 64 * 1024
_CLOSE_SECONDS = 2.0


class Tap(Protocol):
    """Who watches one exchange: told of all that happens on the socket, times in `time.monotonic_ns()`."""

    @property
    def done(self) -> bool:
        """Nothing more needs to be read."""

    @property
    def reusable(self) -> bool:
        """The answer was complete and nothing came after it: the connection may carry another request."""

    def sent(self, at_ns: int) -> None:
        """Bytes of the request were handed to the socket; the last call is the end of the request."""

    def patience(self) -> float:
        """The seconds that the next read may take; 0 or less where no time is left."""

    def received(self, data: bytes, at_ns: int) -> None:
        """One read of the socket returned bytes."""

    def closed(self, at_ns: int) -> None:
        """The other side ended the connection in order."""

    def failed(self, at_ns: int, trouble: str) -> None:
        """The connection could not be made, or was torn down; in words for the user."""

    def ran_out(self, at_ns: int) -> None:
        """A read took longer than `patience`."""


class Owner(Protocol):
    """Who uses a connection: the tap of the exchange under way, if any, and the stream that is in use."""

    tap: Tap | None
    stream: TappedStream | None

    def opened(self) -> None:
        """The connection is encrypted now: a request may be sent over it."""


class Unwind(Exception):
    """Nothing more needs to be read."""


class TappedStream(httpcore.AsyncNetworkStream):
    """A connection that shows a tap what passes; it is closed by the `Line`, never by httpcore."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, owner: Owner, *, speaks_http: bool) -> None:
        self._inner = inner
        self._owner = owner
        self._speaks_http = speaks_http
        self._early: collections.deque[bytes] = collections.deque()
        self.given_up = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's interface
        """The next bytes, of which the tap is told first; raises `Unwind` where it wants no more."""
        tap = self._owner.tap
        if tap is None or not self._speaks_http:
            return await self._inner.read(max_bytes, timeout)
        if self._early:
            return self._early.popleft()
        if tap.done:
            raise Unwind
        data = await self._watched_read(tap, max_bytes)
        if tap.done and not data:
            raise Unwind
        return data

    async def _watched_read(self, tap: Tap, max_bytes: int) -> bytes:
        seconds = tap.patience()
        if seconds <= 0:
            tap.ran_out(time.monotonic_ns())
            raise Unwind
        try:
            data = await self._inner.read(max_bytes, seconds)
        except httpcore.ReadTimeout:
            tap.ran_out(time.monotonic_ns())
            raise Unwind from None
        at_ns = time.monotonic_ns()
        if data:
            tap.received(data, at_ns)
        else:
            tap.closed(at_ns)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's interface
        """Sends bytes, and tells the tap when they are gone."""
        tap = self._owner.tap
        if tap is None or not self._speaks_http:
            await self._inner.write(buffer, timeout)
        elif buffer:
            if len(buffer) > _LARGE:
                await self._write_and_listen(tap, buffer, timeout)
            else:
                await self._inner.write(buffer, timeout)
            tap.sent(time.monotonic_ns())

    async def _write_and_listen(self, tap: Tap, buffer: bytes, timeout: float | None) -> None:  # noqa: ASYNC109 - httpcore's interface
        """A backend may answer a large body before it has read it, and close: that answer must not be lost."""
        trouble: list[BaseException] = []

        async def listen() -> None:
            while not tap.done:
                data = await self._inner.read(_READ_BYTES)
                if not data:
                    return
                tap.received(data, time.monotonic_ns())
                self._early.append(data)
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_quietly, listen)
            try:
                await self._inner.write(buffer, timeout)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                trouble.append(error)
            tasks.cancel_scope.cancel()
        if tap.done:
            raise Unwind
        if trouble:
            raise trouble[0]

    async def read_on(self, tap: Tap) -> None:
        """Reads what httpcore would not: it has refused the answer, or taken it for finished."""
        with contextlib.suppress(Unwind):
            while not tap.done:
                await self._watched_read(tap, _READ_BYTES)

    async def aclose(self) -> None:
        """Notes that httpcore has done with the connection; its owner closes it."""
        self.given_up = True

    async def close(self) -> None:
        """Closes the socket, within a bound, also when we are being cancelled."""
        self.given_up = True
        with anyio.move_on_after(_CLOSE_SECONDS, shield=True), contextlib.suppress(Exception):
            await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted from here on."""
        inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        stream = TappedStream(inner, self._owner, speaks_http=True)
        self._owner.stream = stream
        self._owner.opened()
        return stream

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection, such as whether it can be read."""
        return self._inner.get_extra_info(info)


async def _quietly(listen: Callable[[], Any]) -> None:
    """What breaks the connection is told by the write, or by the read that follows."""
    with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
        await listen()
