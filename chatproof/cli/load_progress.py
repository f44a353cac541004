"""How far a load is: a line that is written over in a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatproof.cli.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.load_plan import Plan
    from chatproof.load_run.run import LoadRun

__all__ = ["load_progress"]

_ERASE_LINE = "\r\x1b[2K"
_LIVE_SECONDS = 1.0
_LINE_SECONDS = 5.0
_FIRST_SECONDS = 1.5


@contextmanager
def load_progress(say: Callable[[str], None], plan: Plan, *, quiet: bool) -> Iterator[Callable[[LoadRun], None]]:
    """Yields what is told of a run some times a second; `say` writes a line that stays. Silent where `quiet`."""
    told = _Progress(say, plan, live=not quiet and is_terminal(sys.stderr), quiet=quiet)
    try:
        yield told.hear
    finally:
        told.end()


class _Progress:
    def __init__(self, say: Callable[[str], None], plan: Plan, *, live: bool, quiet: bool) -> None:
        self._say = say
        self._of_seconds = max(plan.run_time_seconds, sum(stage.seconds for stage in plan.stages))
        self._live = live
        self._quiet = quiet
        self._next = 0.0
        self._ending = False

    def hear(self, run: LoadRun) -> None:
        """Tells how far the run is, if it is time to."""
        now = time.monotonic()
        if run.ending and not self._ending:
            self._ending = True
            self.end()
            self._say("ending: streams are being closed; Ctrl-C once more ends at once")
        if self._quiet or now < self._next or not run.started_at_ns:
            self._next = self._next or now + _FIRST_SECONDS
            return
        self._next = now + (_LIVE_SECONDS if self._live else _LINE_SECONDS)
        line = run.tally.line((time.time_ns() - run.started_at_ns) / 1e9, self._of_seconds)
        if self._live:
            sys.stderr.write(_ERASE_LINE + line[: shutil.get_terminal_size((80, 24)).columns - 1])
            sys.stderr.flush()
        else:
            self._say(line)

    def end(self) -> None:
        """Leaves an empty line to whatever is said next."""
        if self._live:
            sys.stderr.write(_ERASE_LINE)
            sys.stderr.flush()
