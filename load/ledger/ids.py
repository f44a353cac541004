"""
What a forced drop cost a chat turn whose rest was fetched after `Last-Event-ID`.

Ids are opaque. Where those before the drop count up by one (`7-1`, `7-2`, ...), a hole in the numbers after it is a
missing event; in any case an answer that never comes to its end lacks one, and an id that comes again is a double.
"""

from __future__ import annotations

import itertools
import re

from chatproof.samples.records import Resumption

__all__ = ["IdAccount"]

_COUNTED = re.compile(rb"(.*?)([0-9]{1,15})", re.DOTALL)


class IdAccount:
    """One turn, its drop, and the stream that resumes it; times in nanoseconds of the run."""

    def __init__(self, *, user: int, cause: str) -> None:
        self._user = user
        self._cause = cause
        self._before: list[bytes] = []
        self._after: list[bytes] = []
        self._dropped_ns: int | None = None
        self._reconnected_ns: int | None = None
        self._ended_ns: int | None = None

    @property
    def last_id(self) -> bytes:
        """The id to go on after; empty where none came."""
        return self._before[-1] if self._before else b""

    def arrived(self, identifier: bytes) -> None:
        """Counts the id of an event on either stream; an event without one keeps the id before."""
        ids = self._before if self._dropped_ns is None else self._after
        if identifier and (not ids or ids[-1] != identifier or ids is self._after):
            ids.append(identifier)

    def dropped(self, at_ns: int) -> None:
        """The first stream has ended."""
        self._dropped_ns = at_ns

    def reconnected(self, at_ns: int) -> None:
        """A head has come; that of the first stream says nothing."""
        if self._dropped_ns is not None:
            self._reconnected_ns = at_ns

    def terminal(self, at_ns: int) -> None:
        """The event that ends the answer has come."""
        self._ended_ns = at_ns

    def outcome(self, *, warm_up_ns: int) -> Resumption | None:
        """The record; None where there was no drop. One before `warm_up_ns` is not judged."""
        if self._dropped_ns is None:
            return None
        seen = set(self._before)
        doubles = 0
        fresh: list[bytes] = []
        for identifier in self._after:
            doubles += identifier in seen
            if identifier not in seen:
                fresh.append(identifier)
            seen.add(identifier)
        missing, reordered = _counted(self._before, fresh)
        return Resumption(
            cause=self._cause,
            user=self._user,
            warm_up=self._dropped_ns < warm_up_ns,
            dropped_ns=self._dropped_ns,
            reconnected_ns=self._reconnected_ns,
            caught_up_ns=self._ended_ns if not missing else None,
            missing=missing + (self._ended_ns is None),
            doubles=doubles,
            reordered=reordered,
        )


def _counted(before: list[bytes], fresh: list[bytes]) -> tuple[int, int]:
    """How many ids are missing and out of order after the drop; none are known to be where ids do not count up."""
    numbers = _numbers([*before, *fresh])
    if numbers is None or not before:
        return 0, 0
    known, new = numbers[: len(before)], numbers[len(before) :]
    if any(later != earlier + 1 for earlier, later in itertools.pairwise(known)):
        return 0, 0
    highest, reordered = known[-1], 0
    for number in new:
        reordered += number < highest
        highest = max(highest, number)
    wanted = set(range(known[-1] + 1, highest + 1))
    if len(wanted) > 2 * len(new) + _MOST_HOLES:
        return 0, 0
    return len(wanted - set(new)), reordered


_MOST_HOLES = 1000
"""More holes than this are numbers that do not count events, such as times."""


def _numbers(ids: list[bytes]) -> list[int] | None:
    """The numbers at the end of ids with one and the same beginning; None where they are no such ids."""
    found = [_COUNTED.fullmatch(identifier) for identifier in ids]
    if not all(found) or len({match[1] for match in found if match}) != 1:
        return None
    return [int(match[2]) for match in found if match]
