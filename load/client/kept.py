"""Connections that rest between two exchanges, by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection

__all__ = ["Kept"]


class Kept:
    """Resting connections: one that its server closes is closed at once, so that it costs no descriptor."""

    __slots__ = ("_resting",)

    def __init__(self) -> None:
        self._resting: dict[str, Connection] = {}

    def put(self, name: str, connection: Connection) -> None:
        """Lets a connection rest; another one of that name makes way."""
        self.drop(name)
        self._resting[name] = connection
        connection.rest(partial(self.drop, name))

    def take(self, name: str) -> Connection | None:
        """The connection of that name, no longer at rest; None where there is none."""
        return self._resting.pop(name, None) if name else None

    def drop(self, name: str) -> None:
        """Closes the connection of that name, if there is one."""
        if connection := self._resting.pop(name, None):
            connection.close()

    def close(self) -> None:
        """Closes all."""
        for name in list(self._resting):
            self.drop(name)

    def __len__(self) -> int:
        return len(self._resting)
