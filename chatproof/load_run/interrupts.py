"""Ctrl-C during a load: once to end it in order, a second time to end it at once."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Interrupts", "counted_interrupts"]


@dataclass(slots=True)
class Interrupts:
    """`stop` is set by the first one, and by whoever else wants the load to end."""

    stop: threading.Event = field(default_factory=threading.Event)
    count: int = 0


@contextmanager
def counted_interrupts() -> Iterator[Interrupts]:
    """
    While the block runs the first SIGINT sets `stop`, and the next raises KeyboardInterrupt.

    In the main thread only: elsewhere nothing is changed. SIGTERM comes as SIGINT where it is taken so.
    """
    found = Interrupts()

    def handle(_number: int, _frame: Any) -> None:
        found.count += 1
        if found.count > 1:
            raise KeyboardInterrupt
        found.stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = signal.signal(signal.SIGINT, handle)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)
