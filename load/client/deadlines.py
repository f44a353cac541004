"""Deadlines in slots of 50 ms: one timer for all, nothing to do at a read."""

from __future__ import annotations

from typing import Final, Protocol

__all__ = ["SLOT_NS", "Deadlines", "Waiting"]

SLOT_NS: Final = 50_000_000


class Waiting(Protocol):
    """What waits: `slot` belongs to `Deadlines` (0: in none)."""

    slot: int

    def overdue(self, now_ns: int) -> None:
        """Its slot has come: it ends, or asks for a later one."""


class Deadlines:
    """
    Who is to be looked at in which slot; `sweep` is called about every slot.

    A read only moves what a stream remembers of its last one. When the slot comes the stream looks whether the
    deadline has moved with it, and if so waits again: one step for each deadline, however many reads there are.
    """

    __slots__ = ("_next", "_slots")

    def __init__(self) -> None:
        self._slots: dict[int, set[Waiting]] = {}
        self._next = 0

    def put(self, waiting: Waiting, at_ns: int) -> None:
        """Has it looked at after `at_ns` (monotonic), at most a slot later; an earlier wish is forgotten."""
        self.forget(waiting)
        waiting.slot = slot = max(at_ns // SLOT_NS + 1, self._next)
        self._slots.setdefault(slot, set()).add(waiting)

    def forget(self, waiting: Waiting) -> None:
        """It waits for nothing any more."""
        if slot := waiting.slot:
            waiting.slot = 0
            if members := self._slots.get(slot):
                members.discard(waiting)
                if not members:
                    del self._slots[slot]

    def sweep(self, now_ns: int) -> None:
        """Looks at all whose slot has come; where one raises, the others have their turn at the next sweep."""
        current = now_ns // SLOT_NS
        self._next = current + 1
        for slot in sorted(slot for slot in self._slots if slot <= current):
            while members := self._slots.get(slot):
                waiting = next(iter(members))
                self.forget(waiting)
                waiting.overdue(now_ns)

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))
