"""How much memory the answers of one run may take: a backend that floods us must not fill the machine."""

from __future__ import annotations

from typing import Final

__all__ = ["COPIES", "FULL", "LINE_BYTES", "MAX_BYTES", "READ_BYTES", "Room"]

MAX_BYTES: Final = 72 * 1024 * 1024
"""What the answers of one run may take in all, by the estimate of `Room`."""
COPIES: Final = 3
"""How often a byte of a body is held: as it came, and as the text of a frame, whose characters may take four bytes."""
READ_BYTES: Final = 128
"""What a read takes beside its bytes."""
LINE_BYTES: Final = 160
"""What a line of a stream takes once it is a frame, or a line of a head once it is a header."""

FULL = (
    f"the answers of this run take more than {MAX_BYTES // 1024 // 1024} MiB: nothing more is recorded"
    " (a `message` with a shorter answer takes less)"
)


class Room:
    """An estimate of the memory that recorded answers take; once it is `full` nothing more may be recorded."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._left = most

    @property
    def full(self) -> bool:
        """There is no room left."""
        return self._left < 0

    def take(self, size: int, *, reads: int = 0, lines: int = 0) -> None:
        """Accounts for so many bytes, in so many reads and lines."""
        self._left -= size * COPIES + reads * READ_BYTES + lines * LINE_BYTES
