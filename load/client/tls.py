"""TLS in memory, over a socket that somebody else reads: so the kernel's stamps are kept."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TlsLayer", "client_context"]

_PART: Final = 65536


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """What is trusted: the system's authorities, and those of `ca_file`. HTTP/1.1 alone is offered."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


class TlsLayer:
    """One side of a TLS connection: encrypted bytes on its one end, clear ones on the other; raises `ssl.SSLError`."""

    __slots__ = ("_inward", "_object", "_outward")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._inward = ssl.MemoryBIO()
        self._outward = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._inward, self._outward, server_hostname=host)

    @property
    def protocol(self) -> str | None:
        """The protocol that the server chose of those offered."""
        return self._object.selected_alpn_protocol()

    def receive(self, data: bytes) -> None:
        """Takes encrypted bytes from the network."""
        self._inward.write(data)

    def handshake(self) -> bool:
        """Goes on with the handshake; True when it is done. Look for what is `to_send` after it, in any case."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def encrypt(self, data: bytes) -> None:
        """Takes clear bytes; their encrypted form is then `to_send`."""
        self._object.write(data)

    def clear(self) -> tuple[bytes, bool]:
        """The clear bytes that have come, and whether the server has ended its side in order."""
        parts: list[bytes] = []
        try:
            while part := self._object.read(_PART):
                parts.append(part)
        except ssl.SSLWantReadError:
            return b"".join(parts), False
        except ssl.SSLZeroReturnError:
            pass
        return b"".join(parts), True

    def to_send(self) -> bytes:
        """The encrypted bytes that are to go to the network."""
        return self._outward.read()
