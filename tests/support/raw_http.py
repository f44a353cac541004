"""A plain HTTP client for tests of our own servers: raw sockets, every byte kept, every wait limited."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

Header = tuple[str, str]

_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: status, header lines as they came, payload, and all bytes of the connection."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    raw: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        return ", ".join(self.values(name)) if self.values(name) else None

    def json(self) -> Any:
        return json.loads(self.body)


class Talk:
    """One connection, read as far as a test needs."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.seen = b""

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def read_until(self, mark: bytes, start: int = 0) -> bytes:
        """Reads on until the mark was seen at or after `start`; returns all that was seen."""
        while mark not in self.seen[start:]:
            data = self._connection.recv(65536)
            if not data:
                raise ConnectionError(f"closed before {mark!r} came; seen {self.seen!r}")
            self.seen += data
        return self.seen

    def read_to_the_end(self) -> bytes:
        while data := self._connection.recv(65536):
            self.seen += data
        return self.seen


@contextmanager
def talk(url: str, *, seconds: float = _SECONDS) -> Iterator[Talk]:
    """Opens a connection to the host and port of a URL."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as connection:
        yield Talk(connection)


def request_bytes(
    method: str, path: str, *, headers: tuple[Header, ...] = (), body: bytes = b"", close: bool = True
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def send(url: str, method: str, path: str, *, headers: tuple[Header, ...] = (), body: bytes = b"") -> Reply:
    """Sends one request on a connection of its own and reads to the end of it."""
    with talk(url) as connection:
        connection.send(request_bytes(method, path, headers=headers, body=body))
        return reply_of(connection.read_to_the_end())


def reply_of(raw: bytes) -> Reply:
    """The answer in the bytes of a connection, as far as it came."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    chunked = any(name.lower() == "transfer-encoding" for name, _value in headers)
    return Reply(status=int(first.split(" ")[1]), headers=headers, body=_unchunked(rest) if chunked else rest, raw=raw)


def _unchunked(rest: bytes) -> bytes:
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        body, rest = body + rest[:length], rest[length + 2 :]
    return body
