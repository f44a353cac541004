"""What a connection tells the exchange that it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .causes import Trouble

__all__ = ["Owner"]


class Owner(Protocol):
    """Whom a connection serves; it is told in the hub, or in the greenlet that opens."""

    def opened(self) -> None:
        """It may be written to."""

    def sent(self, at_ns: int, network_ns: int) -> None:
        """All was handed to the kernel at `at_ns`; `network_ns` is how long that had to wait for the network."""

    def take(self, data: bytes, size: int, at_ns: int) -> None:
        """A read of `size` bytes, which arrived at `at_ns`; clear text in `data`."""

    def over(self, at_ns: int) -> None:
        """The peer ended its side."""

    def lost(self, trouble: Trouble) -> None:
        """It broke, or never came to be."""
