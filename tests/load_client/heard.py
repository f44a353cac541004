"""A listener that writes down what it is told, and requests as tests make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.load.client.exchange import Limits, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.load.client.streams import StreamClient
    from support.raw_server import Peer

QUICK = Limits(connect_seconds=5, head_seconds=5, idle_seconds=5, total_seconds=10)
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"


class Heard:
    """`frames` holds what came: (name, data, id) of events, texts of comments; `times` when. Stops at frame `stop`."""

    def __init__(self, *, stop: int = 0, then: Callable[[], Any] | None = None) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.head_ns = 0
        self.frames: list[tuple[bytes, bytes, bytes] | bytes] = []
        self.times: list[int] = []
        self._stop = stop
        self._then = then

    def head(self, status: int, headers: list[tuple[str, str]], at_ns: int) -> bool:
        self.status, self.headers, self.head_ns = status, headers, at_ns
        return self._stop < 0

    def event(self, name: bytes, data: bytes, identifier: bytes, at_ns: int) -> bool:
        return self._frame((name, data, identifier), at_ns)

    def comment(self, text: bytes, at_ns: int) -> bool:
        return self._frame(text, at_ns)

    def _frame(self, frame: tuple[bytes, bytes, bytes] | bytes, at_ns: int) -> bool:
        self.frames.append(frame)
        self.times.append(at_ns)
        if self._then is not None:
            self._then()
        return len(self.frames) == self._stop


def reply(client: StreamClient) -> None:
    """Sends a byte on the connection of the one stream that is open: the server may wait for it."""
    connection = next(iter(client._active))._connection
    assert connection is not None
    assert connection._socket is not None
    connection._socket.send(b".")


def staying(*pieces: bytes) -> Any:
    """Sends these, and stays until the client goes."""

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(*pieces)
        peer.wait_for_close()

    return handler


def post(path: str = "/chat", **options: Any) -> Request:
    return Request(method="POST", path=path, body=b"{}", **options)


def get(path: str = "/", **options: Any) -> Request:
    return Request(method="GET", path=path, **options)
