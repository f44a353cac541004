"""The stream client: many exchanges in one process, each in a greenlet that sleeps until its own is over."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gevent import Timeout, get_hub  # type: ignore[import-untyped]  # gevent has no types
from gevent.hub import Waiter  # type: ignore[import-untyped]  # gevent has no types

from .addresses import Addresses
from .deadlines import SLOT_NS, Deadlines
from .epoll_set import socket_set
from .kept import Kept
from .lags import Lags
from .message import request_bytes
from .shared import Shared
from .stamps import ArrivalClock
from .stream import Stream
from .tls import client_context

if TYPE_CHECKING:
    from pathlib import Path

    from .addresses import Address
    from .exchange import Answer, Limits, Listener, Request

__all__ = ["StreamClient"]

_PORTS: Final = {"http": 80, "https": 443}
_SLOTS_PER_MEASUREMENT: Final = 4


class StreamClient:
    """
    Speaks HTTP/1.1 with the backend at `url`; a path in it is put before that of each request.

    Make one for each process, in the thread whose hub is to serve it, after any fork. `ca_file` is trusted beside
    the system's authorities, `connect_to` (host, port) is connected to in place of the URL's, which stays what is asked
    and verified. Proxies from the environment are not used. Raises ValueError for a URL that is not of HTTP.
    """

    def __init__(self, url: str, *, ca_file: Path | None = None, connect_to: tuple[str, int] | None = None) -> None:
        parts = urlsplit(url)
        host = parts.hostname
        if parts.scheme not in _PORTS or not host or parts.username is not None:
            raise ValueError("the URL must begin with http:// or https://, name a host, and hold no user")
        port = parts.port or _PORTS[parts.scheme]
        shown = f"[{host}]" if ":" in host else host
        self._host = shown if port == _PORTS[parts.scheme] else f"{shown}:{port}"
        self._prefix = parts.path.rstrip("/")
        self._addresses = Addresses(*(connect_to or (host, port)))
        self._loop = get_hub().loop
        lags = Lags()
        self._shared = Shared(
            sockets=socket_set(self._loop),
            clock=ArrivalClock(),
            deadlines=Deadlines(),
            lags=lags,
            read_lags=lags.read,
            answered=self._addresses.prefer,
            tls_context=client_context(ca_file) if parts.scheme == "https" else None,
            host=host,
        )
        self._kept = Kept()
        self._active: dict[Stream, Waiter] = {}
        self._timer = self._loop.timer(SLOT_NS / 1e9, SLOT_NS / 1e9)
        self._slots = 0
        self._closed = False

    @property
    def active(self) -> int:
        """How many exchanges are under way."""
        return len(self._active)

    @property
    def kernel(self) -> bool:
        """Arrivals are the kernel's."""
        return self._shared.clock.supported

    @property
    def lags(self) -> dict[str, dict[int, int]]:
        """The pools `lag.read` and `lag.send` since they were last asked for, in steps of 100 us (see `Lags`)."""
        return self._shared.lags.take()

    def exchange(self, request: Request, limits: Limits, listener: Listener | None) -> Answer:
        """
        Sends the request and hears the answer to its end; blocks the calling greenlet alone.

        Whatever server or network do is in the answer. Raises ValueError for a request that HTTP does not allow, and
        RuntimeError after `close`. What is thrown into the greenlet meanwhile ends the exchange and its connection.
        """
        if self._closed:
            raise RuntimeError("the client is closed")
        payload = request_bytes(request, host=self._host, prefix=self._prefix)
        stream = Stream(self._shared, request, payload, limits=limits, listener=listener, done=self._done)
        waiter = self._active[stream] = Waiter()
        if len(self._active) == 1:
            self._wake()
        try:
            kept = self._kept.take(request.connection)
            addresses = self._addresses.known() or self._look_up(stream, limits)
            if not stream.ended:
                stream.begin(addresses, kept)
            elif kept is not None:
                kept.close()
            waiter.get()
        finally:
            stream.finish(time.monotonic_ns(), by_us=True)
        return stream.answer

    def close_all(self, reason: str) -> None:
        """Ends every exchange (`Answer.closed_by_us`, the reason in its detail) and every kept connection."""
        self._kept.close()
        now = time.monotonic_ns()
        for stream in list(self._active):
            stream.finish(now, detail=reason, by_us=True)

    def close(self) -> None:
        """Ends all that is open; nothing may be asked afterwards."""
        if self._closed:
            return
        self._closed = True
        self.close_all("the client was closed")
        self._timer.stop()
        self._timer.close()
        self._shared.sockets.close()
        self._shared.clock.close()

    def _look_up(self, stream: Stream, limits: Limits) -> list[Address]:
        detail = f"the name was not resolved within {limits.connect_seconds:g} s"
        with Timeout(limits.connect_seconds, False):  # silent
            try:
                return self._addresses.look_up()
            except socket.gaierror:
                detail = "name not known"
            except OSError as error:
                detail = str(error.strerror or type(error).__name__).lower()
        stream.finish(time.monotonic_ns(), "connect", detail)
        return []

    def _done(self, stream: Stream) -> None:
        """Takes an exchange that is over out of the books, and wakes its greenlet in the hub's next turn."""
        waiter = self._active.pop(stream)
        if stream.name and not self._closed and (connection := stream.release()):
            self._kept.put(stream.name, connection)
        if not self._active:
            self._timer.stop()
        self._loop.run_callback(waiter.switch, None)

    def _wake(self) -> None:
        self._shared.clock.mend()
        self._timer.start(self._tick)

    def _tick(self) -> None:
        self._slots += 1
        if self._slots % _SLOTS_PER_MEASUREMENT == 0:
            self._shared.clock.mend()
        self._shared.deadlines.sweep(time.monotonic_ns())
