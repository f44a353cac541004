"""The search without any load: verdicts are given by a rule, and what it comes to is compared with the truth."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatproof.capacity.search import Bracket, Ended, Heard, Span, Step, bracket_of, next_step, usual_rungs

MOST_RUNGS = 200
Verdict = Callable[[float], str]


def searched(verdict: Verdict, span: Span) -> tuple[Ended, list[Heard]]:
    """The end of a search in which each rung says what the rule says."""
    heard: list[Heard] = []
    while len(heard) < MOST_RUNGS:
        step = next_step(heard, span)
        if isinstance(step, Ended):
            return step, heard
        assert span.start <= step.level <= span.most
        heard.append(Heard(step.level, verdict(step.level)))
    raise AssertionError(f"the search does not end: {heard[-12:]}")


def up_to(limit: float) -> Verdict:
    return lambda level: "holds" if level <= limit else "breaks"


@given(
    limit=st.integers(1, 6000),
    start=st.integers(1, 64),
    most=st.integers(64, 5000),
    precision=st.floats(0.01, 0.3),
    asked=st.none() | st.integers(1, 5000),
)
@example(limit=60, start=16, most=256, precision=0.05, asked=None)
@example(limit=63, start=64, most=64, precision=0.05, asked=None)
def test_for_any_limit_the_bracket_holds_the_truth(
    limit: int, start: int, most: int, precision: float, asked: int | None
) -> None:
    at_least = None if asked is None else float(asked)
    span = Span(start=float(start), most=float(most), precision=precision, at_least=at_least)
    ended, heard = searched(up_to(limit), span)
    bracket = ended.bracket
    if limit >= most:
        assert (ended.outcome, bracket) == ("no_failure_in_range", Bracket(float(most), None))
    elif limit < start:
        assert (ended.outcome, bracket) == ("no_pass_in_range", Bracket(None, float(start)))
    else:
        assert ended.outcome == "found"
        assert bracket.holds is not None
        assert bracket.breaks is not None
        assert bracket.holds <= limit < bracket.breaks
        assert bracket.breaks - bracket.holds <= max(1.0, precision * bracket.breaks + 1e-9)
    assert len(heard) <= usual_rungs(span)
    assert bracket_of(heard) == bracket


@given(limit=st.floats(1.0, 900.0), step=st.sampled_from([0.1, 0.5]))
def test_a_limit_of_a_rate_is_found_too(limit: float, step: float) -> None:
    ended, _heard = searched(up_to(limit), Span(start=1.0, most=1000.0, step=step))
    low, high = ended.bracket.holds, ended.bracket.breaks
    assert low is not None
    assert high is not None
    assert low <= limit < high
    assert high - low <= max(step, 0.05 * high) + 1e-6


@given(st.data())
@settings(max_examples=150)
def test_whatever_it_hears_it_comes_to_an_end(data: st.DataObject) -> None:
    words = st.sampled_from(["holds", "breaks", "unclear", "invalid"])
    ended, heard = searched(lambda _level: data.draw(words), Span(start=2.0, most=64.0))
    low, high = ended.bracket.holds, ended.bracket.breaks
    assert low is None or high is None or low < high
    assert len(heard) < MOST_RUNGS


def test_the_same_was_heard_so_the_same_comes_next() -> None:
    heard = [Heard(4.0, "holds"), Heard(8.0, "breaks")]
    assert next_step(heard, Span(start=4.0, most=64.0)) == next_step(list(heard), Span(start=4.0, most=64.0))


@pytest.mark.parametrize(("noise", "most_wrong"), [(0.02, 0.01), (0.05, 0.04), (0.10, 0.15)])
def test_with_noise_in_single_verdicts_the_answer_is_seldom_wrong(noise: float, most_wrong: float) -> None:
    wrong = 0
    searches = 1000
    for seed in range(searches):
        chance = random.Random(seed)  # noqa: S311 - reproducible noise
        limit = chance.randint(4, 500)

        def noisy(level: float, limit: int = limit, chance: random.Random = chance) -> str:
            holds = (level <= limit) != (chance.random() < noise)
            return "holds" if holds else "breaks"

        ended, _heard = searched(noisy, Span(start=4.0, most=1000.0))
        low, high = ended.bracket.holds, ended.bracket.breaks
        wrong += not ((low or 0.0) <= limit * 1.1 and (high or 1e9) > limit * 0.9)
    assert wrong / searches <= most_wrong, f"{wrong} of {searches}"


def test_a_verdict_that_is_not_clear_is_asked_again_at_once() -> None:
    heard = [Heard(4.0, "holds"), Heard(8.0, "unclear")]
    assert next_step(heard, Span(start=4.0, most=64.0)) == Step(8.0, "repeating")


def test_a_level_that_is_never_clear_was_not_shown_to_hold() -> None:
    ended, heard = searched(lambda level: "holds" if level < 20 else "unclear", Span(start=4.0, most=64.0))
    assert ended.outcome == "found"
    assert ended.bracket == Bracket(19.0, 20.0)
    assert sum(entry.level == 32.0 for entry in heard) == 3


def test_a_break_below_a_level_that_holds_has_both_tried_again() -> None:
    span = Span(start=4.0, most=64.0)
    heard = [Heard(4.0, "holds"), Heard(8.0, "breaks"), Heard(16.0, "holds")]
    first = next_step(heard, span)
    assert first == Step(8.0, "repeating")
    second = next_step([*heard, Heard(8.0, "breaks")], span)
    assert second == Step(16.0, "repeating")


def test_both_ends_are_tried_twice_before_they_are_told() -> None:
    ended, heard = searched(up_to(60), Span(start=16.0, most=256.0))
    assert ended.bracket == Bracket(59.0, 61.0)
    for level in (59.0, 61.0):
        assert sum(entry.level == level for entry in heard) == 2


def test_the_least_level_must_break_three_times_before_nothing_is_said_to_hold() -> None:
    ended, heard = searched(up_to(3), Span(start=4.0, most=64.0))
    assert ended.outcome == "no_pass_in_range"
    assert heard == [Heard(4.0, "breaks")] * 3


def test_one_wrong_break_does_not_end_the_way_up() -> None:
    once = iter(["breaks"])
    ended, _heard = searched(
        lambda level: next(once, "holds") if level == 32.0 else up_to(200)(level), Span(start=4.0, most=256.0)
    )
    assert ended.outcome == "found"
    assert ended.bracket.holds is not None
    assert 180 <= ended.bracket.holds <= 200


def test_the_level_that_was_asked_for_is_tried_itself() -> None:
    _ended, heard = searched(up_to(60), Span(start=16.0, most=256.0, at_least=50.0))
    assert Heard(50.0, "holds") in heard


def test_where_the_generator_is_the_bottleneck_nothing_above_it_is_tried() -> None:
    ended, heard = searched(lambda level: "invalid" if level > 20 else "holds", Span(start=4.0, most=256.0))
    assert ended == Ended(outcome="generator_was_the_limit", bracket=Bracket(16.0, None), not_judged=32.0)
    assert max(entry.level for entry in heard) == 32.0
    assert sum(entry.level == 16.0 for entry in heard) == 2


def test_a_break_that_is_bracketed_stands_though_the_generator_gives_up_between() -> None:
    def verdict(level: float) -> str:
        return "invalid" if 40 < level < 60 else up_to(50)(level)

    ended, _heard = searched(verdict, Span(start=16.0, most=256.0))
    assert ended.outcome == "found"
    assert ended.bracket == Bracket(32.0, 64.0)
    assert ended.not_judged == 45.0


def test_a_generator_that_never_works_says_nothing_of_the_backend() -> None:
    ended, _heard = searched(lambda _level: "invalid", Span(start=4.0, most=64.0))
    assert ended == Ended(outcome="generator_was_the_limit", bracket=Bracket(None, None), not_judged=4.0)


def test_one_verdict_among_many_runs_without_is_not_enough_to_end_the_way_up() -> None:
    heard = [Heard(16.0, "holds"), *[Heard(32.0, "invalid")] * 3, Heard(32.0, "breaks"), *[Heard(31.0, "holds")] * 2]
    assert next_step([*heard, Heard(32.0, "invalid")], Span(start=16.0, most=256.0)) == Step(32.0, "repeating")
    ended = next_step([*heard, *[Heard(32.0, "invalid")] * 5], Span(start=16.0, most=256.0))
    assert ended == Ended(outcome="found", bracket=Bracket(31.0, 32.0))


def test_the_level_that_was_asked_for_is_tried_though_both_ends_are_near_enough() -> None:
    ended, heard = searched(up_to(60), Span(start=59.0, most=61.0, at_least=60.0))
    assert Heard(60.0, "holds") in heard
    assert ended.bracket == Bracket(60.0, 61.0)


def test_a_level_that_was_once_unclear_and_else_not_judged_is_no_break() -> None:
    heard = [Heard(4.0, "unclear"), *[Heard(4.0, "invalid")] * 8]
    assert next_step(heard[:-1], Span(start=4.0, most=64.0)) == Step(4.0, "repeating")
    ended = next_step(heard, Span(start=4.0, most=64.0))
    assert ended == Ended(outcome="generator_was_the_limit", bracket=Bracket(None, None), not_judged=4.0)


def test_invalid_rungs_among_valid_ones_cost_time_and_nothing_else() -> None:
    turns = iter(range(1000))
    ended, _heard = searched(
        lambda level: "invalid" if next(turns) % 2 else up_to(60)(level), Span(start=16.0, most=256.0)
    )
    assert ended.bracket == Bracket(59.0, 61.0)
