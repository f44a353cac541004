from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from chatproof.load.client.streams import StreamClient
from support.raw_server import Server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from support.raw_server import Peer

    Serve: TypeAlias = Callable[..., Server]
    Connect: TypeAlias = Callable[..., StreamClient]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(handler: Callable[[Peer], None], context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(handler, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
    assert [error for server in servers for error in server.errors] == []


@pytest.fixture
def connect(serve: Serve) -> Iterator[Connect]:  # noqa: ARG001 - clients are closed before the servers are
    """Makes clients."""
    clients: list[StreamClient] = []

    def make(url: str, **options: Any) -> StreamClient:
        clients.append(StreamClient(url, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
