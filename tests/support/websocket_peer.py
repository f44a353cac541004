"""A WebSocket server in raw bytes, and what the recorder makes of it."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING, Any

from chatproof.recording import Exchange, Request
from support.raw_server import run_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import Config
    from chatproof.driver import Driver
    from support.raw_server import Peer, Server

    Serve = Callable[..., Server]

TEXT, PING, PONG, CLOSE = 1, 9, 10, 8
FIN = 0x80
TOKEN = "canary-token-0123456789"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\n{}"


def frame(opcode: int, data: bytes = b"", *, first: int = FIN) -> bytes:
    length = bytes([len(data)]) if len(data) < 126 else bytes([126]) + struct.pack("!H", len(data))
    return bytes([first | opcode]) + length + data


def closing(code: int) -> bytes:
    return frame(CLOSE, struct.pack("!H", code))


def accepted(request: bytes, more: bytes = b"") -> bytes:
    """The head that opens a WebSocket, computed as RFC 6455 section 4.2.2 says."""
    key = next(line.split(b": ")[1] for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
    proof = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324 - the standard's
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + proof + b"\r\nX-Odd: Kept\r\n" + more + b"\r\n"
    )


def received(peer: Peer) -> tuple[int, bytes]:
    """One frame of the client, unmasked."""
    head = exactly(peer, 2)
    length = head[1] & 0x7F
    mask, data = exactly(peer, 4), exactly(peer, length)
    return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


def exactly(peer: Peer, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = peer.socket.recv(count - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def agree(peer: Peer) -> None:
    """Answers our closing, if it comes to that."""
    peer.send(frame(*received(peer)))
    peer.wait_for_close()


def opened(*pieces: bytes, then: Callable[[Peer], None] = agree) -> Callable[[Peer], None]:
    """Accepts, sends frames in the same breath, and goes on as told."""

    def handler(peer: Peer) -> None:
        peer.send(accepted(peer.request()) + b"".join(pieces))
        then(peer)

    return handler


def answering(*pieces: bytes) -> Callable[[Peer], None]:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(*pieces)
        peer.wait_for_close()

    return handler


def recorded(settings: Config, *headers: tuple[str, str], path: str = "/chat/1", **options: Any) -> Exchange:
    async def run(driver: Driver) -> None:
        request = Request(method="GET", url=driver.config.backend.url + path, headers=headers)
        await driver.websocket("socket", request, **options)

    return run_one(settings, run)["socket"]


def told(exchange: Exchange) -> tuple[bool, int, int | None]:
    found = exchange.findings["websocket"]
    return found["opened"], found["messages"], found["close_code"]
