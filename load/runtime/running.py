"""The run that is under way in this process, for users that Locust makes without telling them anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types

if TYPE_CHECKING:
    from .context import RunContext

__all__ = ["current_run", "set_run"]

_WAIT_SECONDS = 10.0


class _Slot:
    def __init__(self) -> None:
        self.run: RunContext | None = None
        self.there = Event()


_SLOT = _Slot()


def set_run(run: RunContext | None) -> None:
    """Says which run is under way; None ends it."""
    _SLOT.run = run
    if run is None:
        _SLOT.there.clear()
    else:
        _SLOT.there.set()


def current_run() -> RunContext:
    """
    The run under way.

    A worker may be told to spawn users before it is told of the run: then this waits, and raises RuntimeError after
    10 s.
    """
    if not _SLOT.there.wait(_WAIT_SECONDS) or _SLOT.run is None:
        raise RuntimeError("the process that leads the run has not told this worker what to do")
    return _SLOT.run
