"""Where a host is: looked up once, off the hub, in the system's order of preference."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from dataclasses import dataclass
from typing import Any

from gevent.lock import Semaphore  # type: ignore[import-untyped]  # gevent has no types
from gevent.socket import getaddrinfo  # type: ignore[import-untyped]  # gevent has no types

__all__ = ["Address", "Addresses"]


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a host as a socket call takes it."""

    family: int
    at: tuple[Any, ...]


class Addresses:
    """The addresses of one host and port; the one that answered last is tried first."""

    __slots__ = ("_found", "_host", "_lock", "_port")

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lock = Semaphore()
        self._found: list[Address] = []
        with contextlib.suppress(ValueError):
            version = ipaddress.ip_address(host).version
            family = socket.AF_INET if version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP versions are numbers
            self._found = [Address(family, (host, port))]

    def known(self) -> list[Address]:
        """What has been looked up; empty before that."""
        return list(self._found)

    def look_up(self) -> list[Address]:
        """Looks the host up in a thread of gevent's, once for all that ask; raises OSError where it is not known."""
        with self._lock:
            if not self._found:
                rows = getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                self._found = [Address(family, at) for family, _type, _protocol, _name, at in rows]
        return list(self._found)

    def prefer(self, address: Address) -> None:
        """Has the address that answered tried first from now on."""
        if address in self._found and self._found[0] != address:
            self._found.sort(key=lambda other: other != address)
