"""How far the recording is: a line with a bar in a terminal, one line at its end anywhere."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from chatproof.cli.live import live_line
from chatproof.cli.streams import is_terminal
from chatproof.recorder.events import Paused, ScenarioFinished, ScenarioStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.cli.live import Show
    from chatproof.recorder.events import Event

__all__ = ["progress"]


@contextmanager
def progress(
    say: Callable[[str], None],
    *,
    scenarios: int,
    quiet: bool,
    verbose: bool,
    colour: bool = False,
    expected_seconds: float | None = None,
) -> Iterator[Callable[[Event], None]]:
    """
    Yields a listener of a recording of so many scenarios; `say` writes a line that stays.

    Under `verbose` each scenario has such a line, and each pause that the backend asked for (429). `expected_seconds`
    is how long a backend in health takes.
    """
    with ExitStack() as stack:
        show = None
        if not quiet and not verbose and is_terminal(sys.stderr):
            show = stack.enter_context(live_line(colour=colour))
        told = _Progress(say, of=scenarios, show=show, verbose=verbose, expected_seconds=expected_seconds)
        try:
            yield told.hear
        finally:
            stack.close()
            told.end()


class _Progress:
    """Which scenarios run, and how many are over."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        of: int,
        show: Show | None,
        verbose: bool,
        expected_seconds: float | None,
    ) -> None:
        self._say = say
        self._of = of
        self._show = show
        self._verbose = verbose
        self._expected_seconds = expected_seconds
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
        if self._show is not None:
            running = f": {', '.join(self._running)}" if self._running else ""
            text = f"recording, {self._finished} of {self._of} scenarios done{running}"
            self._show(self._finished / max(1, self._of), text, left_seconds=self._left_seconds())

    def end(self) -> None:
        if not self._finished:
            return
        number = f"{self._finished}" if self._finished == self._of else f"{self._finished} of {self._of}"
        noun = "scenario" if self._of == 1 else "scenarios"
        held_up = f", held up {self._pauses} times by status 429" if self._pauses else ""
        self._say(f"recorded {number} {noun} in {time.monotonic() - self._began:.2f} s{held_up}")

    def _left_seconds(self) -> float | None:
        """What is left of the expected time; None where there is none, or it is over."""
        if self._expected_seconds is None:
            return None
        left = self._expected_seconds - (time.monotonic() - self._began)
        return left if left > 0 else None

    def _detail(self, line: str) -> None:
        if self._verbose:
            self._say(line)
