"""One read of the socket: bytes and when they came."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """
    Payload of one read of the socket, transfer coding removed.

    `at_ns` is when the read returned, in nanoseconds since the last byte of the request was sent.
    """

    at_ns: int
    data: bytes
