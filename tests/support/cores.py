"""The cores of this machine, which the workers of a test run share."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["cores"]

_LONGEST_SECONDS = 90
_POLL_SECONDS = 0.05


@contextmanager
def cores(folder: Path, *, alone: bool) -> Iterator[None]:
    """
    The machine, shared with the other workers that ask or not; after a while it is taken as it is.

    `folder` is one that pytest made for a test or a module. Who waits to be alone stands in the door, so that no other
    gets in before.
    """
    shared = folder.parent.parent if "PYTEST_XDIST_WORKER" in os.environ else folder.parent
    with (shared / "cores.door").open("a") as door, (shared / "cores.lock").open("a") as lock:
        _locked(door, fcntl.LOCK_EX)
        _locked(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


def _locked(file: IO[str], kind: int) -> None:
    until = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < until:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_POLL_SECONDS)
        else:
            return
