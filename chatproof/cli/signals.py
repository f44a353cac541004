"""A CI system cancels with SIGTERM: that is taken as Ctrl-C is, so that reports are written and backends stopped."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["termination_interrupts"]


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """
    While the block runs SIGTERM does what SIGINT does at that moment; in the main thread only, else nothing.

    A shell lets jobs in the background ignore SIGINT (`chatproof check ... &`): they must be stoppable all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(_number: int, _frame: Any) -> None:
    signal.raise_signal(signal.SIGINT)
