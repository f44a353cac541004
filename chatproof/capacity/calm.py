"""Between two rungs: until the backend answers again and has closed what the last one left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from chatproof.load_run.probe import trouble_with

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from chatproof.config import Backend

__all__ = ["calmed"]

_POLL_SECONDS: Final = 0.05
_ATTEMPT_SECONDS: Final = 2.0
_QUICK_SECONDS: Final = 0.5
_ANSWERS: Final = 2
_SLACK_FILES: Final = 5


def calmed(
    backend: Backend,
    *,
    seconds: float,
    stop: threading.Event,
    open_files: Callable[[], int | None] = lambda: None,
    files_before: int | None = None,
) -> str:
    """
    Waits until the backend answers twice in a row within half a second, and holds about as many files as before.

    Returns why it does not answer at all, where that is so when the `seconds` are over; a backend that answers slowly
    or still holds files is taken as it is then. Empty where it answers, and at once when `stop` is set.
    """
    deadline = time.monotonic() + seconds
    answers, trouble = 0, ""
    while not stop.is_set():
        left = deadline - time.monotonic()
        if left <= 0:
            return trouble
        began = time.monotonic()
        trouble = trouble_with(backend, max(_POLL_SECONDS, min(_ATTEMPT_SECONDS, left)))
        quick = not trouble and time.monotonic() - began < _QUICK_SECONDS
        answers = answers + 1 if quick else 0
        held = open_files() if answers >= _ANSWERS and files_before is not None else None
        if answers >= _ANSWERS and (held is None or files_before is None or held <= files_before + _SLACK_FILES):
            return ""
        stop.wait(_POLL_SECONDS)
    return ""
