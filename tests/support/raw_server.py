"""A server of plain sockets, whose every byte the test decides, and configurations that point at it."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatproof.config import AiChat, Auth, Backend, Config
from chatproof.driver import Limits
from chatproof.recorder import Recordings, record
from chatproof.recording import Recording, Request
from chatproof.scenario import Cost, Scenario, ScenarioSet

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from chatproof.driver import Driver

_LONGEST_SECONDS = 20.0

OK = b"HTTP/1.1 200 OK\r\n"
STREAM = OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
TURN = b'event: token\ndata: {"content":"hi"}\n\n'
DONE = b'event: done\ndata: {"finish_reason":"stop"}\n\n'


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@dataclass
class Peer:
    """One accepted connection, seen from the server."""

    socket: socket.socket
    number: int
    requests: list[bytes] = field(default_factory=list)

    def request(self) -> bytes:
        """The next request, head and body; empty when the client closed or reset the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self._received()
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [
            line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        ]
        missing = (int(lengths[0]) if lengths else 0) - len(body)
        while missing > 0:
            part = self._received()
            if not part:
                return b""
            data += part
            missing -= len(part)
        self.requests.append(data)
        return data

    def _received(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def wait_for_close(self) -> None:
        """Until the client has gone."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass

    def reset(self) -> None:
        """Closes with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.socket.close()


class Server:
    """Accepts connections and runs the handler for each in a thread."""

    def __init__(self, handler: Callable[[Peer], None], context: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_LONGEST_SECONDS)
        self.port = self._listener.getsockname()[1]
        self.peers: list[Peer] = []
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[bytes]:
        return [request for peer in self.peers for request in peer.requests]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                connection.settimeout(_LONGEST_SECONDS)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            peer = Peer(connection, len(self.peers) + 1)
            self.peers.append(peer)
            with peer.socket:
                self._handler(peer)
        except OSError:
            connection.close()  # the client left: that is what many tests are about
        except BaseException as error:  # noqa: BLE001 - shown by the fixture
            self.errors.append(error)

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for peer in self.peers:
            with contextlib.suppress(OSError):
                peer.socket.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(_LONGEST_SECONDS)
        for thread in self._threads:
            thread.join(_LONGEST_SECONDS)


def each_request(answer: Callable[[Peer, bytes], None]) -> Callable[[Peer], None]:
    """A handler that answers every request of a keep-alive connection."""

    def handler(peer: Peer) -> None:
        while request := peer.request():
            answer(peer, request)

    return handler


def turn(peer: Peer, _request: bytes) -> None:
    """A chat turn as it should be."""
    peer.send(STREAM, chunk(TURN), chunk(DONE), b"0\r\n\r\n")


def config(url: str, *, auth: Auth | None = None, settings: AiChat | None = None, **backend: Any) -> Config:
    return Config(
        backend=Backend(url=url, **backend),
        auth=auth or Auth(),
        profiles={"ai-chat": settings or AiChat(heartbeat=0.5, turn_timeout=10.0)},
    )


def post(driver: Driver, body: bytes = b"{}", *extra: tuple[str, str]) -> Request:
    headers = (("Content-Type", "application/json"), ("Accept-Encoding", "identity"), *driver.tokens.headers(), *extra)
    return Request(method="POST", url=driver.config.backend.url + "/chat", headers=headers, body=body)


def scenario(name: str, run: Callable[[Driver], Awaitable[None]], **options: Any) -> Scenario:
    cost = options.pop("cost", Cost(requests=1, turns=1, seconds=1.0))
    return Scenario(name=name, run=run, cost=lambda _config, _settings, _examples: cost, **options)


def scenario_set(*scenarios: Scenario) -> ScenarioSet:
    return ScenarioSet("ai-chat", "turn", {entry.name: entry for entry in scenarios})


async def control(driver: Driver) -> None:
    await driver.send("turn", post(driver))


def run_all(settings: Config, *others: Scenario, **options: Any) -> Recordings:
    """Records the usual control turn and the given scenarios."""
    known = scenario_set(scenario("turn", control), *others)
    return record(known, list(known.scenarios), settings, **options)


def run_one(settings: Config, run: Callable[[Driver], Awaitable[None]], **options: Any) -> Recording:
    """Records one scenario, as the control; a crash of it fails the test."""
    done = record(scenario_set(scenario("turn", run)), ["turn"], settings, **options)
    assert done.errors == []
    return done.recordings["turn"]


def limits(*, head: float = 5.0, idle: float = 5.0, total: float = 10.0, most: int = 1 << 22) -> Limits:
    return Limits(head_seconds=head, idle_seconds=idle, total_seconds=total, max_bytes=most)
