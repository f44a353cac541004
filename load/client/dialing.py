"""A TCP connection in the making, and how long the network took for it."""

from __future__ import annotations

import _socket  # under Locust `socket` holds gevent's, which block the greenlet that dials
import errno
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .addresses import Address

__all__ = ["dial", "progress"]

_IN_PROGRESS: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR})
_TCP_INFO: Final = (
    getattr(_socket, "TCP_INFO", None) if hasattr(_socket, "SO_BINDTODEVICE") else None
)  # as Linux has it
_INFO_BYTES: Final = 104
_FACTS: Final = struct.Struct("=B67xI28xI")  # state, round trip in microseconds, how many segments were sent again
_SYN_SENT: Final = 2
_CLOSED: Final = 7


def dial(address: Address) -> _socket.socket:
    """Begins to connect, without waiting; raises OSError where that fails at once."""
    made = _socket.socket(address.family, _socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        number = made.connect_ex(address.at)
    except BaseException:
        made.close()
        raise
    if number not in _IN_PROGRESS:
        made.close()
        raise OSError(number, "")
    return made


def progress(connection: _socket.socket, waited_ns: int) -> int | None:
    """
    None while it is being connected, else how much of `waited_ns` the network took; raises OSError where it failed.

    On Linux that is the handshake's round trip as the kernel measured it, unless something had to be sent again: what
    we noticed later is our own lateness. Elsewhere it is all.
    """
    number = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
    if number:
        raise OSError(number, "")
    if _TCP_INFO is not None:
        info = connection.getsockopt(_socket.IPPROTO_TCP, _TCP_INFO, _INFO_BYTES)
        if len(info) == _INFO_BYTES:
            state, round_trip, again = _FACTS.unpack(info)
            if state == _SYN_SENT:
                return None
            if state == _CLOSED:
                raise OSError(errno.ECONNRESET, "")
            return min(waited_ns, round_trip * 1000) if round_trip and not again else waited_ns
    try:
        connection.getpeername()
    except OSError as error:
        if error.errno == errno.ENOTCONN:
            return None
        raise
    return waited_ns
