"""Verdicts that contradict one another, levels that cannot be tried, and how long a search may take."""

from __future__ import annotations

import pytest

from chatproof.capacity.search import Bracket, Ended, Heard, Span, Step, next_step, usual_rungs

SPAN = Span(start=4.0, most=64.0, step=4.0)
FIRST_HOLDS = [Heard(4.0, "holds")] * 2
EIGHT_BREAKS = [Heard(8.0, "breaks")] * 2


def test_what_holds_above_the_bracket_is_told_and_of_several_the_highest() -> None:
    above = [Heard(16.0, "holds"), Heard(16.0, "holds"), Heard(32.0, "holds"), Heard(32.0, "holds")]

    ended = next_step([*FIRST_HOLDS, *EIGHT_BREAKS, *above], SPAN)

    assert ended == Ended(outcome="found", bracket=Bracket(4.0, 8.0), contradicted=32.0)
    assert next_step([*FIRST_HOLDS, *EIGHT_BREAKS], SPAN) == Ended(outcome="found", bracket=Bracket(4.0, 8.0))


def test_what_holds_above_a_start_that_breaks_is_told_too() -> None:
    heard = [*[Heard(4.0, "breaks")] * 3, *[Heard(16.0, "holds")] * 2]

    assert next_step(heard, SPAN) == Ended(outcome="no_pass_in_range", bracket=Bracket(None, 4.0), contradicted=16.0)


def test_of_two_levels_that_contradict_one_another_the_less_tried_comes_first() -> None:
    lower = [Heard(8.0, "breaks"), Heard(8.0, "holds"), Heard(8.0, "breaks")]

    assert next_step([*FIRST_HOLDS, *lower, Heard(16.0, "holds")], SPAN) == Step(16.0, "repeating")
    assert next_step([*FIRST_HOLDS, *lower, *[Heard(16.0, "holds")] * 2], SPAN) == Step(8.0, "repeating")


def test_a_level_that_cannot_be_tried_below_what_holds_does_not_end_the_search_above() -> None:
    span = Span(start=64.0, most=128.0)
    heard = [*[Heard(64.0, "holds")] * 2, Heard(128.0, "breaks"), *[Heard(76.0, "invalid")] * 4]
    heard += [Heard(90.0, "breaks"), *[Heard(90.0, "holds")] * 3]

    assert next_step(heard, span) == Step(107.0, "bisecting")


def test_nor_does_it_end_the_way_up_once_what_broke_above_it_holds() -> None:
    span = Span(start=32.0, most=256.0)
    heard = [*[Heard(32.0, "holds")] * 2, Heard(64.0, "breaks"), *[Heard(45.0, "invalid")] * 4]
    heard += [Heard(64.0, "holds")] * 3

    assert next_step(heard, span) == Step(128.0, "doubling")


@pytest.mark.parametrize(
    ("span", "rungs"),
    [
        (Span(start=16.0, most=256.0), 12),
        (Span(start=16.0, most=300.0), 13),
        (Span(start=16.0, most=256.0, at_least=50.0), 13),
        (Span(start=16.0, most=256.0, precision=0.3), 9),
        (Span(start=60.0, most=64.0), 6),
        (Span(start=64.0, most=64.0), 3),
    ],
)
def test_what_a_search_usually_takes_is_no_more_than_its_longest_and_one(span: Span, rungs: int) -> None:
    assert usual_rungs(span) == rungs
    longest = max(_rungs(limit, span) for limit in range(1, int(span.most) + 2))
    assert longest <= rungs <= longest + 2


def _rungs(limit: int, span: Span) -> int:
    """How many rungs a search takes in which every verdict is right."""
    heard: list[Heard] = []
    while isinstance(step := next_step(heard, span), Step):
        heard.append(Heard(step.level, "holds" if step.level <= limit else "breaks"))
    return len(heard)
