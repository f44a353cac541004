"""The backend seen from outside during a whole search: what it used in each rung, and what it may use at all."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatproof.load_run.observe import Observer, observes
from chatproof.samples.records import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.config.load_keys import Observe

__all__ = ["Means", "Watch", "means_of", "watching"]

_FIRST_SECONDS: Final = 3.0
_FILES: Final = re.compile(r"^Max open files\s+(\d+)\s", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the backend may use: cores, bytes of memory and open files; None for what is not known."""

    cores: int | None = None
    memory: int | None = None
    open_files: int | None = None


class Watch:
    """Readings of the backend; without an observer there are none."""

    def __init__(self, observer: Observer | None) -> None:
        self._observer = observer

    def most(self, *, zero_ns: int, first_ns: int, last_ns: int) -> dict[str, float]:
        """The most of `cpu`, `rss` and `open_files` from one moment to another of a run with that zero."""
        found: dict[str, float] = {}
        for reading in self._readings(zero_ns):
            if first_ns <= reading.at_ns <= last_ns:
                for name, value in (
                    ("cpu", reading.cpu),
                    ("rss", reading.rss_bytes),
                    ("open_files", reading.open_files),
                ):
                    if value is not None:
                        found[name] = max(found.get(name, 0.0), round(float(value), 4))
        return found

    def open_files(self) -> int | None:
        """How many files it holds by the latest reading."""
        readings = self._readings(0)
        return readings[-1].open_files if readings else None

    @property
    def trouble(self) -> str:
        """Why it cannot be read; empty where it can, or where nothing is observed."""
        return self._observer.trouble if self._observer is not None else ""

    def _readings(self, zero_ns: int) -> list[Reading]:
        if self._observer is None:
            return []
        return [entry for entry in self._observer.records(zero_ns) if isinstance(entry, Reading)]


@contextmanager
def watching(observe: Observe, *, ca_file: Path | None) -> Iterator[Watch]:
    """Observes the backend, where the configuration gives anything to look at, until the block ends."""
    if not observes(observe):
        yield Watch(None)
        return
    with Observer(observe, ca_file=ca_file) as observer:
        observer.wait_for_readings(1, seconds=_FIRST_SECONDS)
        observer.phase = "load"
        yield Watch(observer)


def means_of(observe: Observe) -> Means:
    """What a backend on this machine may use; nothing is known of one elsewhere."""
    if observe.pid is None:
        return Means()
    try:
        cores = len(os.sched_getaffinity(observe.pid))
    except (AttributeError, OSError):
        cores = os.cpu_count() or 1
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        memory = None
    return Means(cores=cores, memory=memory, open_files=_file_limit(observe.pid))


def _file_limit(pid: int) -> int | None:
    try:
        found = _FILES.search(Path(f"/proc/{pid}/limits").read_text("ascii", errors="replace"))
    except OSError:
        return None
    return int(found[1]) if found else None
