"""How far the recording is: one line that is written over in a terminal, one line at its end anywhere."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatproof.cli.streams import is_terminal
from chatproof.recorder.events import Paused, ScenarioFinished, ScenarioStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.recorder.events import Event

__all__ = ["progress"]

_ERASE_LINE = "\r\x1b[2K"


@contextmanager
def progress(
    say: Callable[[str], None], *, scenarios: int, quiet: bool, verbose: bool
) -> Iterator[Callable[[Event], None]]:
    """
    Yields a listener of a recording of so many scenarios; `say` writes a line that stays.

    Under `verbose` each scenario has such a line, and each pause that the backend asked for (429).
    """
    live = not quiet and not verbose and is_terminal(sys.stderr)
    told = _Progress(say, of=scenarios, live=live, verbose=verbose)
    try:
        yield told.hear
    finally:
        told.end()


class _Progress:
    """Which scenarios run, and how many are over."""

    def __init__(self, say: Callable[[str], None], *, of: int, live: bool, verbose: bool) -> None:
        self._say = say
        self._of = of
        self._live = live
        self._verbose = verbose
        self._began = time.monotonic()
        self._running: list[str] = []
        self._finished = 0
        self._pauses = 0

    def hear(self, event: Event) -> None:
        if isinstance(event, ScenarioStarted):
            self._running.append(event.scenario)
        elif isinstance(event, ScenarioFinished):
            self._finished += 1
            self._running.remove(event.scenario)
            self._detail(f"recorded {event.profile}/{event.scenario} in {event.seconds:.2f} s")
        elif isinstance(event, Paused):
            self._pauses += 1
            self._detail(f"status 429 in {event.profile}/{event.scenario}: waiting {event.seconds:.1f} s")
        if self._live:
            running = f": {', '.join(self._running)}" if self._running else ""
            self._write_over(f"recording, {self._finished} of {self._of} scenarios done{running}")

    def end(self) -> None:
        if self._live:
            self._write_over("")
        if not self._finished:
            return
        number = f"{self._finished}" if self._finished == self._of else f"{self._finished} of {self._of}"
        noun = "scenario" if self._of == 1 else "scenarios"
        held_up = f", held up {self._pauses} times by status 429" if self._pauses else ""
        self._say(f"recorded {number} {noun} in {time.monotonic() - self._began:.2f} s{held_up}")

    def _detail(self, line: str) -> None:
        if self._verbose:
            self._say(line)

    def _write_over(self, line: str) -> None:
        sys.stderr.write(_ERASE_LINE + line[: shutil.get_terminal_size((80, 24)).columns - 1])
        sys.stderr.flush()
