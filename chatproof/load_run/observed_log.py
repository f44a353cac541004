"""The backend's log: what it tells of memory retrieval and of the provider's retries."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO, Final

from chatproof.samples.collected import POOL_STEP_NS
from chatproof.samples.records import Pool

if TYPE_CHECKING:
    from chatproof.config.load_keys import Observe
    from chatproof.samples.records import Record

__all__ = ["ObservedLog"]

_READ_BYTES: Final = 1 << 20
_LINE_BYTES: Final = 1 << 16
_MOST_RETRIES: Final = 1000
_LONGEST_MS: Final = 1e9


class ObservedLog:
    """
    Reads what is added to a file from now on; one that is replaced or cut is read from its start.

    Each reading takes at most 1 MiB, so that a log that grows faster is followed with a delay and never held in memory.
    """

    def __init__(self, observe: Observe) -> None:
        self._path = observe.log_file
        self._memory = re.compile(observe.memory_pattern) if observe.memory_pattern else None
        self._retries = re.compile(observe.retry_pattern) if observe.retry_pattern else None
        self._counts: dict[str, Counter[int]] = {"memory": Counter(), "retries.provider": Counter()}
        self._rest = b""
        self._inode = 0
        self._at = self._end()

    def read(self, *, judged: bool) -> None:
        """Takes the lines that were added; only those of the load itself are counted."""
        if self._path is None:
            return
        try:
            with self._path.open("rb") as file:
                data = self._added(file)
        except OSError:
            return  # it may come later
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_LINE_BYTES:]
        if judged:
            for line in lines:
                self._count(line[:_LINE_BYTES].decode("utf-8", "replace"))

    def pools(self) -> list[Record]:
        """What was counted: memory in steps of 0.1 ms, retries per line by their number."""
        return [
            Pool(metric=metric, counts={str(step): number for step, number in counts.items()}, step_ns=POOL_STEP_NS)
            for metric, counts in self._counts.items()
            if counts
        ]

    def _added(self, file: BinaryIO) -> bytes:
        size = file.seek(0, 2)
        inode = self._inode_now()
        if size < self._at or (self._inode and inode != self._inode):
            self._at, self._rest = 0, b""
        self._inode = inode
        file.seek(self._at)
        data = file.read(_READ_BYTES)
        self._at += len(data)
        return data

    def _end(self) -> int:
        try:
            found = self._path.stat() if self._path is not None else None
        except OSError:
            return 0
        self._inode = found.st_ino if found else 0
        return found.st_size if found else 0

    def _inode_now(self) -> int:
        return self._path.stat().st_ino if self._path is not None else 0

    def _count(self, line: str) -> None:
        memory_ms = _number(self._memory, line)
        if memory_ms is not None and memory_ms < _LONGEST_MS:
            self._counts["memory"][int(memory_ms * 1e6) // POOL_STEP_NS] += 1
        retries = _number(self._retries, line)
        if retries is not None:
            self._counts["retries.provider"][min(_MOST_RETRIES, int(retries))] += 1


def _number(pattern: re.Pattern[str] | None, line: str) -> float | None:
    """The first group of the pattern as a number of 0 or more; None where it is none."""
    match = pattern.search(line) if pattern is not None else None
    if match is None or not pattern or not pattern.groups:
        return None
    try:
        value = float(match[1])
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) and value >= 0 else None
