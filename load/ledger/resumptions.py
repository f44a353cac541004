"""
What a forced drop cost a subscriber that went on after `Last-Event-ID`.

Owed are the messages that were published after the last one that came before the drop and before the new stream was
there. Those that never come are missing; one that had come before the drop, or comes twice after it, is a double;
one that comes after a later one of the same publisher is reordered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.samples.records import Resumption

if TYPE_CHECKING:
    from .deliveries import Ledger
    from .nonces import Nonce
    from .publications import Publication

__all__ = ["DropAccount"]


class DropAccount:
    """One subscription, its drop, and the one that resumes it; times in nanoseconds of the run."""

    def __init__(self, ledger: Ledger, *, user: int, cause: str) -> None:
        self._ledger = ledger
        self._user = user
        self._cause = cause
        self._before: set[str] = set()
        self._last: dict[int, int] = {}
        self._after: dict[str, int] = {}
        self._highest: dict[int, int] = {}
        self._doubles = 0
        self._reordered = 0
        self._dropped_ns: int | None = None
        self._reconnected_ns: int | None = None

    @property
    def received(self) -> int:
        """How many messages of this run came before the drop."""
        return len(self._before)

    def arrived(self, nonce: Nonce, at_ns: int) -> None:
        """Counts an arrival on either stream; messages of other runs are none of ours."""
        if nonce.run != self._ledger.run:
            return
        message = self._ledger.publications.see(nonce).message
        if self._reconnected_ns is None:
            self._before.add(message)
            self._last[nonce.publisher] = max(self._last.get(nonce.publisher, 0), nonce.number)
            return
        if message in self._before or message in self._after:
            self._doubles += 1
            return
        self._after[message] = at_ns
        self._reordered += nonce.number < self._highest.get(nonce.publisher, 0)
        self._highest[nonce.publisher] = max(self._highest.get(nonce.publisher, 0), nonce.number)

    def dropped(self, at_ns: int) -> None:
        """The first stream has ended."""
        self._dropped_ns = at_ns

    def reconnected(self, at_ns: int) -> None:
        """The head of the new stream has come."""
        self._reconnected_ns = at_ns

    def decided(self, now_ns: int) -> bool:
        """What has not come by now is missing."""
        return self._reconnected_ns is not None and now_ns >= self._reconnected_ns + self._ledger.deadline_ns

    def outcome(self, ended_ns: int, *, by_us: bool) -> Resumption | None:
        """
        The record; None where there was no drop, or where we ended the new stream too early to say what is missing.

        `ended_ns` is when the new stream ended (or was given up), `by_us` that we ended it.
        """
        if self._dropped_ns is None:
            return None
        owed = self._owed()
        missing = [entry for entry in owed if entry.message not in self._after]
        if by_us and (self._reconnected_ns is None or (missing and not self.decided(ended_ns))):
            return None
        came = [self._after[entry.message] for entry in owed if entry.message in self._after]
        whole = self._reconnected_ns is not None and not missing
        return Resumption(
            cause=self._cause,
            user=self._user,
            warm_up=self._dropped_ns < self._ledger.warm_up_ns,
            dropped_ns=self._dropped_ns,
            reconnected_ns=self._reconnected_ns,
            caught_up_ns=max([self._reconnected_ns or 0, *came]) if whole else None,
            missing=len(missing),
            doubles=self._doubles,
            reordered=self._reordered,
        )

    def _owed(self) -> list[Publication]:
        """The messages between the last that came before the drop and the new stream, those that failed left out."""
        until = self._reconnected_ns if self._reconnected_ns is not None else self._dropped_ns
        return [
            entry
            for entry in self._ledger.publications.known
            if not entry.failed
            and entry.number > self._last.get(entry.publisher, 0)
            and until is not None
            and entry.published_ns < until
            and entry.publisher in self._last
        ]
