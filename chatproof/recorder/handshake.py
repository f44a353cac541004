"""How a WebSocket is asked for (RFC 6455 section 4.1), as raw bytes: refusals are answers like any other."""

from __future__ import annotations

import base64
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio
import h11
from anyio.streams.tls import TLSStream

from chatproof.wire import sent_headers
from chatproof.wire_trouble import words_for

if TYPE_CHECKING:
    import ssl

    from anyio.abc import ByteStream

    from chatproof.recorder.watch import Watch
    from chatproof.recording import Request

__all__ = ["BROKEN", "SWITCHING", "Talk", "as_handshake", "connected", "head_of", "shake", "why"]

BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError)
"""What reading and writing raise once there is no connection any more."""
SWITCHING = 101
"""The status that opens a WebSocket."""
_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Talk:
    """What is done with an opened WebSocket, as in `Driver.websocket`."""

    send: tuple[str, ...] = ()
    messages: int = 0
    hold: anyio.Event | None = None


def as_handshake(request: Request) -> Request:
    """The request with the headers that ask for a WebSocket, unless given."""
    asked = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", base64.b64encode(os.urandom(_KEY_BYTES)).decode("ascii")),
        ("Sec-WebSocket-Version", "13"),
    )
    missing = tuple((name, value) for name, value in asked if request.header(name) is None)
    return replace(request, method="GET", headers=(*request.headers, *missing))


def head_of(request: Request, target: str) -> bytes:
    """The bytes of the handshake; h11.LocalProtocolError for what HTTP does not allow."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent_headers(request)]
    asked = h11.Request(method=b"GET", target=target.encode("ascii"), headers=headers)
    return h11.Connection(h11.CLIENT).send(asked) or b""


async def connected(host: str, port: int, context: ssl.SSLContext | None) -> ByteStream:
    """A new connection, encrypted where there is a context."""
    plain = await anyio.connect_tcp(host, port)
    if context is None:
        return plain
    try:
        return await TLSStream.wrap(plain, hostname=host, ssl_context=context, standard_compatible=False)
    except BaseException:
        await anyio.aclose_forcefully(plain)
        raise


async def shake(stream: ByteStream, head: bytes, watch: Watch, write_seconds: float) -> bytes:
    """Sends the head and reads the answer to its end, within limits; returns the bytes that came after a 101."""
    data = b""
    try:
        with anyio.move_on_after(write_seconds):
            await stream.send(head)
        watch.sent(time.monotonic_ns())
        while not watch.done:
            with anyio.move_on_after(max(0.0, watch.patience())) as waiting:
                data = await stream.receive()
            if waiting.cancelled_caught:
                watch.ran_out(time.monotonic_ns())
                break
            watch.received(data, time.monotonic_ns())
    except anyio.EndOfStream:
        watch.closed(time.monotonic_ns())
    except BROKEN as error:
        watch.failed(time.monotonic_ns(), why(error))
    return data[len(data) - watch.surplus :] if watch.surplus else b""


def why(error: BaseException) -> str:
    """Why there is no connection any more, in words."""
    return words_for(error) if error.__cause__ is not None else "connection reset"
