"""Runs a whole check in this process, without pytest and without a report."""

from __future__ import annotations

from contextlib import contextmanager
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

# Heartbeat intervals in seconds. Half of one is what the judges allow for jitter; what differs at the first pace is
# looked at again at the second, twice at most: a judge that is wrong stays wrong, and a busy machine has room.
PACES = (1.0, 3.0, 3.0)


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


FEW_TURNS = 7
_COUNTED_TURNS = ("conformance.ai_chat.scenarios.sessions", "conformance.ai_chat.test_sessions")


@contextmanager
def few_turns() -> Iterator[None]:
    """
    AICHAT-CONN-01 is judged on a few turns of a connection in place of a hundred.

    They are a third of all that a check costs, and say nothing of any other requirement.
    """
    first, second = (patch(f"chatproof.{module}.MANY_TURNS", FEW_TURNS) for module in _COUNTED_TURNS)
    with first, second:
        yield


def ids(run: Run, verdict: Verdict) -> list[str]:
    """The requirements of one verdict, sorted."""
    return sorted({entry.requirement for entry in run.verdicts if entry.verdict == verdict.value})
