"""A backend of plain sockets that answers load users: chat turns, and ways of ending in mid-run."""

from __future__ import annotations

import contextlib
import socket

from support.raw_server import DONE, STREAM, Peer, Server, chunk

__all__ = ["TOKEN", "WHOLE", "good_turns", "stop_listening"]

TOKEN = b'event: token\ndata: {"text":"hi"}\n\n'
WHOLE = (STREAM, chunk(TOKEN), chunk(TOKEN), chunk(DONE), b"0\r\n\r\n")


def good_turns(peer: Peer) -> None:
    """Answers every request of a connection with a chat turn."""
    while peer.request():
        peer.send(*WHOLE)


def stop_listening(server: Server) -> None:
    """From now on nobody can connect; a second time does nothing."""
    with contextlib.suppress(OSError):
        server._listener.shutdown(socket.SHUT_RDWR)
        server._listener.close()
