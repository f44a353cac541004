"""The words of an outcome: amounts, and the rung that a level is told by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from capacity.samples import rung, streams

from chatproof.capacity.outcome import amount, deciding, outcome_of
from chatproof.capacity.scale import scale_of
from chatproof.capacity.search import Bracket, Ended
from chatproof.capacity.seeking import Sought
from chatproof.capacity.weighing import Weighed

SCALE = scale_of("chat-turns", rate=False)


@pytest.mark.parametrize(
    ("level", "rate", "text"),
    [
        (1.0, False, "1 stream"),
        (1.0, True, "1 turns/s"),
        (12.5, True, "12.5 turns/s"),
        (999.0, False, "999 streams"),
        (1000.0, False, "1,000 streams"),
        (1_234_567.0, False, "1,234,567 streams"),
        (None, False, "no streams"),
    ],
)
def test_an_amount_is_written_with_its_unit(level: float | None, rate: bool, text: str) -> None:
    assert amount(level, scale_of("chat-turns", rate=rate)) == text


def breaking(level: float, *, samples: int, verdict: str = "breaks", reason: str = "too late") -> Weighed:
    made = rung(list(streams(int(level), ttft=0.4)), counted=int(level), level=level)
    return replace(made, rung=replace(made.rung, samples=samples, verdict=verdict, reason=reason))


def test_a_level_is_told_by_its_own_rung_with_most_samples() -> None:
    few, many = breaking(4.0, samples=10), breaking(4.0, samples=90)
    other, unclear = breaking(8.0, samples=500), breaking(4.0, samples=700, verdict="unclear")

    assert deciding([few, other, unclear, many], 4.0, ("breaks",)) == [many, few]


def test_what_breaks_once_and_is_unclear_once_does_not_hold() -> None:
    rungs = [breaking(4.0, samples=90, verdict="unclear", reason="it drifts"), breaking(4.0, samples=10)]
    found = outcome_of(Sought(rungs=rungs, ended=Ended(outcome="no_pass_in_range", bracket=Bracket(None, 4.0))), SCALE)

    assert found.sentence == "Nothing in the range holds: 4 streams do not: too late."


def test_one_stream_is_told_in_the_singular() -> None:
    rungs = [breaking(1.0, samples=90)]
    found = outcome_of(Sought(rungs=rungs, ended=Ended(outcome="no_pass_in_range", bracket=Bracket(None, 1.0))), SCALE)

    assert found.sentence == "Nothing in the range holds: 1 stream does not: too late."


def test_a_generator_that_gives_out_at_once_leaves_nothing_known() -> None:
    held_up = breaking(4.0, samples=9, verdict="invalid", reason="the generator was the bottleneck: send lag")
    ended = Ended(outcome="generator_was_the_limit", bracket=Bracket(None, None), not_judged=4.0)

    found = outcome_of(Sought(rungs=[held_up], ended=ended), SCALE)
    assert found.sentence == "Nothing is known: at 4 streams the load generator was the bottleneck (send lag)."
