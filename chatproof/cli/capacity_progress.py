"""How far a search for the capacity is: a bar in a terminal, and a line for each rung anywhere."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from chatproof.capacity.outcome import amount
from chatproof.cli.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.capacity.scale import Scale
    from chatproof.capacity.search import Span, Step
    from chatproof.capacity.weighing import Weighed
    from chatproof.cli.live import Show
    from chatproof.load_plan import Plan
    from chatproof.load_run.run import LoadRun

__all__ = ["CapacityProgress", "capacity_progress"]


@contextmanager
def capacity_progress(
    say: Callable[[str], None],
    *,
    scale: Scale,
    span: Span,
    usual_rungs: int,
    rung_seconds: float,
    quiet: bool = False,
    colour: bool = False,
) -> Iterator[CapacityProgress]:
    """Yields who is told of a search; `usual_rungs` of `rung_seconds` each is what it takes where all is clear."""
    with ExitStack() as stack:
        show = None
        if not quiet and is_terminal(sys.stderr):
            from chatproof.cli.live import live_line  # noqa: PLC0415 - only who watches pays for it

            show = stack.enter_context(live_line(colour=colour))
        yield CapacityProgress(
            say, scale=scale, span=span, usual_rungs=usual_rungs, rung_seconds=rung_seconds, show=show
        )


class CapacityProgress:
    """Hears of a search, and tells it."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        scale: Scale,
        span: Span,
        usual_rungs: int,
        rung_seconds: float,
        show: Show | None = None,
    ) -> None:
        self._say = say
        self._scale = scale
        self._span = span
        self._usual_rungs = usual_rungs
        self._rung_seconds = rung_seconds
        self._show = show
        self._number = 0
        self._what = ""
        self._began = time.monotonic()
        self._longest = rung_seconds
        self._ending = False

    def begins(self, number: int, step: Step, plan: Plan) -> None:
        """A rung begins."""
        self._number = number
        self._longest = plan.run_time_seconds
        self._began = time.monotonic()
        self._what = f"rung {number} ({step.phase}): {amount(step.level, self._scale)}"

    def goes_on(self, run: LoadRun) -> None:
        """A rung goes on."""
        if run.ending and not self._ending and not run.ended_early:
            self._ending = True
            self._say("ending: streams are being closed; Ctrl-C once more ends at once")
        if self._show is None:
            return
        over = time.monotonic() - self._began
        failed = f", {run.tally.failed} failed" if run.tally.failed else ""
        left = max(0.0, self._longest - over) + max(0, self._usual_rungs - self._number) * self._rung_seconds
        share = (self._number - 1 + min(1.0, over / self._longest)) / max(self._usual_rungs, self._number)
        self._show(share, f"{self._what}, {run.tally.turns} ended{failed}", left_seconds=left)

    def ends(self, found: Weighed) -> None:
        """A rung has its verdict."""
        rung = found.rung
        self._say(f"rung {rung.number}: {amount(rung.level, self._scale)}, {_words(rung.verdict)}: {rung.reason}")


def _words(verdict: str) -> str:
    return "not valid" if verdict == "invalid" else verdict
