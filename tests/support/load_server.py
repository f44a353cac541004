"""Small plain servers for load users: chunked event streams with a schedule, on a thread of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Chat = Callable[["Served"], AsyncIterator[bytes]]

LIMIT = 64 * 1024


@dataclass
class Served:
    """One request: its target, headers in lower case, and JSON body."""

    target: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Server:
    """A server that is running; `requests` are those that came, in order, `gone` counts clients that left early."""

    port: int
    requests: list[Served] = field(default_factory=list)
    gone: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def token(text: str = "word") -> bytes:
    return b'event: token\ndata: {"text": %s}\n\n' % json.dumps(text).encode()


USAGE = b'event: usage\ndata: {"tokens_in": 5, "tokens_out": 3, "cost_usd": 0.5, "model": "m", "memory_ms": 12}\n\n'
DONE = b'event: done\ndata: {"finish_reason": "stop"}\n\n'


async def short_turn(_request: Served) -> AsyncIterator[bytes]:
    """Three tokens within some tens of milliseconds."""
    yield b": Connected\n\n"
    for _ in range(3):
        await asyncio.sleep(0.02)
        yield token()
    yield USAGE + DONE


async def long_turn(_request: Served) -> AsyncIterator[bytes]:
    """Tokens and heartbeats for a minute."""
    yield b": Connected\n\n"
    for number in range(600):
        yield token() if number % 2 else b": heartbeat 1\n\n"
        await asyncio.sleep(0.1)
    yield USAGE + DONE


@contextlib.contextmanager
def serving(chat: Chat = short_turn) -> Iterator[Server]:
    """A server that answers every POST with the stream of `chat`, and every GET with `{}`."""
    ready: list[Server] = []
    stops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    started = threading.Event()

    async def main() -> None:
        clients: set[asyncio.Task[None]] = set()

        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            clients.add(task)
            try:
                await _serve(reader, writer, chat, ready[0])
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                clients.discard(task)
                writer.transport.abort()

        stop = asyncio.Event()
        server = await asyncio.start_server(client, "127.0.0.1", 0, limit=LIMIT)
        ready.append(Server(port=server.sockets[0].getsockname()[1]))
        stops.append((asyncio.get_running_loop(), stop))
        started.set()
        await stop.wait()
        server.close()
        while clients:
            for task in clients:
                task.cancel()
            await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield ready[0]
    finally:
        loop, stop = stops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chat: Chat, server: Server) -> None:
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Served(first.split()[1], headers, json.loads(body or b"{}"))
        server.requests.append(request)
        if first.startswith("GET"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
            continue
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            async for piece in chat(request):
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
        except ConnectionError:
            server.gone += 1
            raise
        writer.write(b"0\r\n\r\n")
        await writer.drain()
