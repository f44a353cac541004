from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.raw_server import Peer, Server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers, and stops them after the test; what a handler raised fails the test."""
    servers: list[Server] = []

    def start(handler: Callable[[Peer], None], context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(handler, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
    assert [error for server in servers for error in server.errors] == []
