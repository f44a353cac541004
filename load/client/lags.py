"""The client's own lateness, counted in steps of 100 us."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

__all__ = ["STEP_NS", "Lags"]

STEP_NS: Final = 100_000


class Lags:
    """
    Two pools since they were last taken: `value // STEP_NS` to how often.

    `read` is for each read the time from the bytes' arrival at the kernel until we had them. Only reads with a kernel
    stamp are counted: without one we cannot know.

    `send` is for each request how late it left by our own doing: from the moment at which the exchange was asked for to
    the last byte being handed to the kernel, less what the network took. That is the name's resolution, the
    handshake's round trip as the kernel measured it (not as we noticed it: between its end and our noticing lies
    lateness of ours), the waits within a TLS handshake by the kernel's stamps, and waits for room in the send buffer.
    Where the kernel tells no round trip, or had to send again, the whole time to connect counts as the network's.
    """

    __slots__ = ("read", "send")

    def __init__(self) -> None:
        self.read: defaultdict[int, int] = defaultdict(int)
        self.send: defaultdict[int, int] = defaultdict(int)

    def sent(self, late_ns: int) -> None:
        """Counts one request that left `late_ns` later than it could have."""
        self.send[max(late_ns, 0) // STEP_NS] += 1

    def take(self) -> dict[str, dict[int, int]]:
        """The pools so far by metric; the next ones begin empty."""
        taken = {"lag.read": dict(self.read), "lag.send": dict(self.send)}
        # Emptied in place: open connections hold the mapping.
        self.read.clear()
        self.send.clear()
        return taken
