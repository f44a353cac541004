"""A backend of plain sockets that meets the test at a place of the recording."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.raw_server import Peer, Server, each_request, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTROL_REQUESTS = 2
_SECONDS = 90.0


class Meeting:
    """Where the backend and the test wait for each other; no wait is longer than 30 s."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._leave = threading.Event()

    def arrive(self) -> None:
        """The backend is there, and stays until it is let go."""
        self._arrived.set()
        self._leave.wait(_SECONDS)

    def reached(self) -> bool:
        """Whether the backend has come, once it had the time for it."""
        return self._arrived.wait(_SECONDS)

    def let_go(self) -> None:
        self._leave.set()


@contextmanager
def serving(handler: Callable[[Peer], None]) -> Iterator[Server]:
    """Runs a server for as long as the block runs; what its handler raised is raised at the end."""
    server = Server(handler)
    try:
        yield server
    finally:
        server.close()
    if server.errors:
        raise server.errors[0]


@contextmanager
def hanging_after(requests: int, meeting: Meeting) -> Iterator[Server]:
    """A backend that takes so many turns, and then answers nothing until it is let go."""
    lock = threading.Lock()
    counted = [0]

    def answer(peer: Peer, request: bytes) -> None:
        with lock:
            counted[0] += 1
            last = counted[0] > requests
        if last:
            meeting.arrive()
        else:
            turn(peer, request)

    with serving(each_request(answer)) as server:
        try:
            yield server
        finally:
            meeting.let_go()
