"""A client of sockets alone: one request, the bytes of the answer, its frames."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from chatproof.sse import Comment, Decoder, Event

SECONDS = 10.0
REQUEST = b"POST /api/v1/chat HTTP/1.1\r\nHost: truth\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer as it came; `whole` says that its framing was complete, `reads` the times and bytes of the reads."""

    port: int
    sent_ns: int
    head: bytes
    body: bytes
    whole: bool
    reads: tuple[tuple[int, bytes], ...]

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1])

    def _frames(self) -> list[object]:
        decoder = Decoder()
        frames: list[object] = [*decoder.feed(self.body, 0)]
        decoder.close()
        assert decoder.violations == []
        return frames

    @property
    def events(self) -> list[Event]:
        return [frame for frame in self._frames() if isinstance(frame, Event)]

    @property
    def comments(self) -> list[str]:
        return [frame.text for frame in self._frames() if isinstance(frame, Comment)]

    @property
    def beats(self) -> int:
        return sum(text.startswith("heartbeat ") for text in self.comments)


def connect(url: str) -> socket.socket:
    host, port = urlsplit(url).hostname, urlsplit(url).port
    sock = socket.create_connection((host, port), timeout=SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def ask(url: str, request: bytes = REQUEST) -> Answered:
    with connect(url) as sock:
        return ask_on(sock, request)


def ask_on(sock: socket.socket, request: bytes = REQUEST) -> Answered:
    """Sends a request and reads its answer to the end of its framing, or of the connection."""
    deadline = time.monotonic() + SECONDS
    sent = time.monotonic_ns()
    sock.sendall(request)
    buffer, reads, ended = b"", [], False
    while not ended and not _is_whole(buffer):
        assert time.monotonic() < deadline
        try:
            data = sock.recv(65536)
        except ConnectionResetError:
            data = b""
        ended = not data
        reads.append((time.monotonic_ns(), data))
        buffer += data
    head, _, rest = buffer.partition(b"\r\n\r\n")
    whole = _is_whole(buffer) or (ended and b"connection: close" in head.lower())
    body = _unchunked(rest) if b"transfer-encoding: chunked" in head.lower() else rest
    return Answered(port=sock.getsockname()[1], sent_ns=sent, head=head, body=body, whole=whole, reads=tuple(reads))


def _is_whole(buffer: bytes) -> bool:
    head, end, rest = buffer.partition(b"\r\n\r\n")
    if not end:
        return False
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        return rest.endswith(b"\r\n0\r\n\r\n") or rest == b"0\r\n\r\n"
    if b"content-length: " in lowered:
        return len(rest) >= int(lowered.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return False


def _unchunked(rest: bytes) -> bytes:
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        if not size or not int(size, 16):
            break
        body += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    return body
