"""How far a load is: a line with a bar in a terminal, a line for each phase elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from chatproof.cli.live import clock, live_line
from chatproof.cli.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.cli.live import Show
    from chatproof.load_plan import Plan
    from chatproof.load_run.run import LoadRun

__all__ = ["load_progress"]

_LIVE_SECONDS = 0.5
_LINE_SECONDS = 30.0


@contextmanager
def load_progress(
    say: Callable[[str], None], plan: Plan, *, quiet: bool, colour: bool = False
) -> Iterator[Callable[[LoadRun], None]]:
    """
    Yields what is told of a run some times a second; `say` writes a line that stays. Silent where `quiet`.

    Where nobody watches there is a line for each phase, and one every half minute as a sign of life.
    """
    with ExitStack() as stack:
        show = None
        if not quiet and is_terminal(sys.stderr):
            show = stack.enter_context(live_line(colour=colour))
        yield _Progress(say, plan, show=show, quiet=quiet).hear


class _Progress:
    def __init__(self, say: Callable[[str], None], plan: Plan, *, show: Show | None, quiet: bool) -> None:
        self._say = say
        self._of_seconds = max(plan.run_time_seconds, sum(stage.seconds for stage in plan.stages))
        self._warm_up_seconds = plan.warm_up_seconds
        self._show = show
        self._quiet = quiet
        self._next = 0.0
        self._phase = ""
        self._ending = False

    def hear(self, run: LoadRun) -> None:
        """Tells how far the run is, if it is time to."""
        if run.ending and not self._ending:
            self._ending = True
            self._say("ending: streams are being closed; Ctrl-C once more ends at once")
        if self._quiet or not run.started_at_ns:
            return
        seconds = (time.time_ns() - run.started_at_ns) / 1e9
        phase = "warm-up" if seconds < self._warm_up_seconds else "judged"
        if self._show is not None:
            self._tell_live(self._show, run, phase, seconds)
        else:
            self._tell_phase(run, phase, seconds)

    def _tell_live(self, show: Show, run: LoadRun, phase: str, seconds: float) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _LIVE_SECONDS
        left = max(0.0, self._of_seconds - seconds)
        text = run.tally.line() if phase == "judged" else f"{phase}: {run.tally.line()}"
        show(seconds / self._of_seconds if self._of_seconds else 1.0, text, left_seconds=left)

    def _tell_phase(self, run: LoadRun, phase: str, seconds: float) -> None:
        now = time.monotonic()
        if phase == self._phase and now < self._next:
            return
        self._next = now + _LINE_SECONDS
        left = f"{clock(max(0.0, self._of_seconds - seconds))} left"
        if phase != self._phase:
            self._phase = phase
            until = self._warm_up_seconds if phase == "warm-up" else self._of_seconds
            self._say(f"{phase}: until {until:g} s of {self._of_seconds:g} s, {left}")
        else:
            self._say(f"{phase}: {left}, {run.tally.line()}")
