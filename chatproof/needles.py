"""Which of many byte strings stand in some bytes: found by their first bytes, since there may be thousands of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Needles"]

T = TypeVar("T")

_PREFIX = 4
_LARGE_BYTES = 65_536


class Needles(Generic[T]):
    """
    Byte strings, each with what it stands for.

    Nothing is ever taken out, and each part only grows: several threads may search while one adds.
    """

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._all: list[tuple[bytes, T]] = []
        self._short: list[tuple[bytes, T]] = []
        self._by_prefix: dict[bytes, list[tuple[bytes, T]]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, needles: Iterable[bytes], meaning: T) -> None:
        """Adds byte strings that stand for the same; one that is known keeps its first meaning."""
        for needle in needles:
            if needle in self._known:
                continue
            self._known.add(needle)
            entry = (needle, meaning)
            if len(needle) < _PREFIX:
                self._short.append(entry)
            else:
                self._by_prefix.setdefault(needle[:_PREFIX], []).append(entry)
            self._all.append(entry)

    def within(self, data: bytes) -> dict[bytes, T]:
        """Those that stand somewhere in the bytes, the longest first, with what they stand for."""
        # A slice costs about what a search costs: whichever there are fewer of.
        candidates = self._all if len(data) > len(self._all) else self._candidates(data)
        if len(data) > _LARGE_BYTES:
            # A body that is there for its size holds few different bytes, and most needles need another.
            held = set(data)
            candidates = [entry for entry in candidates if held.issuperset(entry[0])]
        present = [entry for entry in candidates if entry[0] in data]
        return dict(sorted(present, key=lambda entry: (-len(entry[0]), entry[0])))

    def _candidates(self, data: bytes) -> list[tuple[bytes, T]]:
        slices = {data[at : at + _PREFIX] for at in range(len(data) - _PREFIX + 1)}
        found = [entry for prefix in slices & self._by_prefix.keys() for entry in self._by_prefix[prefix]]
        return [*self._short, *found]
