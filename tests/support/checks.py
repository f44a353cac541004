"""Runs a whole check in this process, without pytest and without a report."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from chatproof.catalogue import catalogue
from chatproof.checking import Check, Options
from chatproof.document import document
from chatproof.surroundings import Surroundings
from chatproof.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.config import Config
    from chatproof.run import Run

MATRIX_OPTIONS = Options(fuzz_examples=4)

# Heartbeat intervals in seconds, and whether the machine is not shared with other workers meanwhile. Half of an
# interval is what the judges allow for jitter; what differs at first is looked at again with more room, twice at most:
# a judge that is wrong stays wrong.
LOOKS = ((1.0, False), (3.0, False), (3.0, True))


def run_check(
    config: Config,
    *,
    options: Options = MATRIX_OPTIONS,
    selectors: Iterable[str] = (),
    surroundings: Surroundings | None = None,
) -> Run:
    """Records a backend and judges it; the run document that `chatproof check` would write."""
    known = catalogue()
    check = Check(config=config, options=options, surroundings=surroundings or Surroundings())
    chosen = known.select(selectors)
    check.pairs = check.pairs_of(entry for entry in known.requirements.values() if entry.id in chosen)
    check.record(lambda _event: None)
    return document(check, known.requirements, command="check")


FEW = 7
COUNTED = {
    "AICHAT-CONN-01": ("ai_chat.scenarios.sessions.MANY_TURNS", "ai_chat.test_sessions.MANY_TURNS"),
    "CHATKIT-WS-02": ("chatkit.scenarios.sockets.MANY", "chatkit.test_websocket.MANY"),
}
"""The requirements that are judged on a hundred of the same, and where that number stands."""


@contextmanager
def few_of_the_same(*, but_for: Iterable[str]) -> Iterator[None]:
    """
    What is judged on a hundred turns of a connection, or WebSockets, is judged on a few, but for these requirements.

    They are a third of all that a check costs, and say nothing of any other requirement.
    """
    with ExitStack() as changed:
        for requirement in COUNTED.keys() - set(but_for):
            for place in COUNTED[requirement]:
                changed.enter_context(patch(f"chatproof.conformance.{place}", FEW))
        yield


def ids(run: Run, verdict: Verdict) -> list[str]:
    """The requirements of one verdict, sorted."""
    return sorted({entry.requirement for entry in run.verdicts if entry.verdict == verdict.value})
