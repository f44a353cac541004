"""When bytes arrived at the kernel, on the monotonic clock."""

from __future__ import annotations

import _socket  # under Locust `socket` holds gevent's, which block the greenlet that reads
import contextlib
import struct
import sys
import time
from typing import Final

__all__ = ["CONTROL_BYTES", "TIMESPEC", "ArrivalClock"]

# 64-bit Linux with the generic ABI; `_proved` sees whether the number means the same here.
_SO_TIMESTAMPNS: Final = 35
TIMESPEC: Final = struct.Struct("=qq")
CONTROL_BYTES: Final = 64
"""Room for the control messages of one read."""
_PAIRS: Final = 30
_TRIES: Final = 400
_PAUSE_SECONDS: Final = 0.0005


class ArrivalClock:
    """
    Turns the kernel's stamps (CLOCK_REALTIME) into times of `time.monotonic_ns`: `stamp + offset_ns`.

    The two clocks drift and the one is set: call `mend` several times a second. `supported` says that a stamp was seen
    on a connection of this machine to itself. While it lives the kernel stamps all packets: with the first socket that
    asks it only begins to, some milliseconds later. Call `close` at the end.
    """

    __slots__ = ("_guard", "offset_ns", "supported")

    def __init__(self) -> None:
        self.offset_ns = 0
        self.mend()
        self._guard = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.supported = sys.platform == "linux" and struct.calcsize("l") == struct.calcsize("q")
        self.supported = self.supported and self.arm(self._guard) and _proved(self)

    def mend(self) -> None:
        """Measures the offset again: by the closest of some tens of pairs, about 5 us of work."""
        best, offset = 1 << 62, 0
        monotonic, real = time.monotonic_ns, time.time_ns
        for _ in range(_PAIRS):
            before = monotonic()
            middle = real()
            after = monotonic()
            if after - before < best:
                best = after - before
                offset = (before + after) // 2 - middle
        self.offset_ns = offset

    def arm(self, connection: _socket.socket) -> bool:
        """Asks for stamps on a socket; False where there are none."""
        if not self.supported:
            return False
        try:
            connection.setsockopt(_socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Lets the kernel stop stamping."""
        self._guard.close()


def _proved(clock: ArrivalClock) -> bool:
    """Whether a read over loopback carries a stamp; waits up to some 0.2 s until the kernel has begun to stamp."""
    with contextlib.ExitStack() as stack:
        try:
            listener, sender = (_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM) for _ in range(2))
            stack.callback(listener.close)
            stack.callback(sender.close)
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            sender.connect(listener.getsockname())
            receiver = _socket.socket(fileno=listener._accept()[0])  # type: ignore[attr-defined]  # noqa: SLF001 - what `socket.accept` is made of
            stack.callback(receiver.close)
            receiver.setblocking(True)
            clock.arm(receiver)
            for _ in range(_TRIES):
                sender.send(b".")
                _data, control, _flags, _address = receiver.recvmsg(1, CONTROL_BYTES)
                if control and len(control[0][2]) == TIMESPEC.size:
                    return True
                time.sleep(_PAUSE_SECONDS)
        except OSError:
            pass
    return False
