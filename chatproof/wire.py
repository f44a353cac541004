"""The one HTTP module: sends exactly what it is given, and shows every read of the socket with its time."""

from __future__ import annotations

import contextlib
import ssl
import time
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import anyio
import certifi
import httpcore
import httpx

from chatproof.tapped_stream import TappedStream, Unwind
from chatproof.wire_trouble import words_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from chatproof.config import Backend
    from chatproof.recording import Request
    from chatproof.tapped_stream import Tap

__all__ = ["Line", "Wire", "sent_headers"]

_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_METHODS_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "CONNECT"})


class _Network(httpcore.AsyncNetworkBackend):
    """Opens connections for one `Line`."""

    def __init__(self, line: Line) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._line = line

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        await self._line.drop()
        self._line.number = 0
        inner = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        stream = TappedStream(inner, self._line, speaks_http=not self._line.secure)
        self._line.stream = stream
        if not self._line.secure:
            self._line.opened()
        return stream


class _Transport(httpx.AsyncBaseTransport):
    """Carries one httpx request over an httpcore pool of one connection; no retries, no redirects, no cookies."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method.encode("ascii"),
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(status_code=answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class Line:
    """One TCP connection at a time to one backend; opened when first used, and anew when the backend closed it."""

    def __init__(self, wire: Wire, next_number: Callable[[], int]) -> None:
        self.number = 0
        self.tap: Tap | None = None
        self.stream: TappedStream | None = None
        self.secure = False
        self._wire = wire
        self._next_number = next_number
        self._network = _Network(self)
        self._transport: _Transport | None = None

    def opened(self) -> None:
        """There is a connection over which a request can be sent, encrypted where it is to be: it gets its number."""
        self.number = self._next_number()

    async def exchange(self, request: Request, tap: Tap, *, connect_seconds: float, write_seconds: float) -> None:
        """Sends a request and shows the tap all that comes back, until the tap is done."""
        try:
            outgoing = httpx.Request(
                request.method,
                request.url,
                headers=[(_encoded(name), _encoded(value)) for name, value in sent_headers(request)],
                stream=httpx.ByteStream(request.body),
                extensions={
                    "timeout": {"connect": connect_seconds, "write": write_seconds, "read": write_seconds, "pool": 1.0}
                },
            )
            self.secure = outgoing.url.scheme == "https"
            transport = self._opened(outgoing.url)
        except (httpx.InvalidURL, UnicodeError, ValueError, OSError) as error:
            tap.failed(time.monotonic_ns(), words_for(error))
            return
        self.tap = tap
        try:
            await self._pump(transport, outgoing, tap)
        finally:
            self.tap = None
            if self.stream is not None and (self.stream.given_up or not tap.reusable):
                await self.drop()

    async def _pump(self, transport: _Transport, outgoing: httpx.Request, tap: Tap) -> None:
        try:
            answer = await transport.handle_async_request(outgoing)
            try:
                async for _part in answer.stream:  # type: ignore[union-attr]  # ours is an async stream
                    pass
            finally:
                await answer.aclose()
        except Unwind:
            return
        except (httpcore.RemoteProtocolError, httpcore.WriteTimeout):
            pass  # h11 refuses the answer, or the backend does not read on: what it says still counts
        except (*_FAILURES, OSError) as error:  # ssl.SSLError is an OSError
            tap.failed(time.monotonic_ns(), words_for(error))
            return
        if self.stream is not None:
            try:
                await self.stream.read_on(tap)
            except httpcore.NetworkError as error:
                tap.failed(time.monotonic_ns(), words_for(error))

    def _opened(self, url: httpx.URL) -> _Transport:
        if self._transport is None:
            context = self._wire.ssl_context() if self.secure else None
            pool = httpcore.AsyncConnectionPool(
                ssl_context=context,
                proxy=self._wire.proxy_for(url),
                max_connections=1,
                network_backend=self._network,
            )
            self._transport = _Transport(pool)
        return self._transport

    async def drop(self) -> None:
        """Closes the connection; the next exchange opens another."""
        stream, self.stream = self.stream, None
        if stream is not None:
            await stream.close()

    async def aclose(self) -> None:
        """Closes the connection and forgets it."""
        if self._transport is not None:
            with anyio.CancelScope(shield=True), contextlib.suppress(Exception):
                await self._transport.aclose()
        await self.drop()


class Wire:
    """What all connections to one backend share: trust and proxies. Nothing is opened until a `Line` is used."""

    def __init__(self, backend: Backend) -> None:
        self._ca_file = backend.ca_file
        self._use_proxy = backend.use_proxy
        self._context: ssl.SSLContext | None = None

    def line(self, next_number: Callable[[], int]) -> Line:
        """A new connection; `next_number` is asked for its number when it opens."""
        return Line(self, next_number)

    def ssl_context(self) -> ssl.SSLContext:
        """Trusts the system's authorities (certifi's where there are none) and those of `ca_file`; made once."""
        if self._context is None:
            self._context = _trusting(self._ca_file)
        return self._context

    def proxy_for(self, url: httpx.URL) -> httpcore.Proxy | None:
        """The proxy that the environment names for a URL; None unless `use_proxy`."""
        if not self._use_proxy or urllib.request.proxy_bypass(url.host):
            return None
        named = urllib.request.getproxies()
        address = named.get(url.scheme) or named.get("all")
        return _proxy(address if "://" in address else f"http://{address}") if address else None


def _proxy(address: str) -> httpcore.Proxy:
    """The proxy of an address, which may hold a user and a password."""
    parts = urllib.parse.urlsplit(address)
    user, password = (urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return httpcore.Proxy(url=bare, auth=(user, password) if user or password else None)


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        context.load_verify_locations(certifi.where())
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            msg = f"ca_file {ca_file} cannot be used: {error.strerror or error}"
            raise ValueError(msg) from error
    return context


def sent_headers(request: Request) -> tuple[tuple[str, str], ...]:
    """
    The header list that goes out: `Host` first and `Content-Length` last unless given, nothing else added.

    For a URL that nobody can use the headers as given.
    """
    headers = request.headers
    given = {name.lower() for name, _ in headers}
    try:
        host = httpx.URL(request.url).netloc.decode("ascii")
    except httpx.InvalidURL:
        return headers
    first = () if "host" in given else (("Host", host),)
    bodiless = not request.body and request.method.upper() in _METHODS_WITHOUT_BODY
    framed = bodiless or given & {"content-length", "transfer-encoding"}
    last = () if framed else (("Content-Length", str(len(request.body))),)
    return (*first, *headers, *last)


def _encoded(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
