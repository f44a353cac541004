from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.load_plan import Plan
from chatproof.metrics.measured import Figure
from chatproof.metrics.open_streams import intervals, levels, mean_open, peak_open, under_way
from chatproof.metrics.values import measure
from chatproof.samples import Mark
from chatproof.samples.collected import Collected
from support.load_samples import ns, turn

INTERVALS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=40
)


@given(INTERVALS)
def test_the_peak_is_that_of_counting_at_every_moment(found: list[tuple[int, int]]) -> None:
    brute = max((sum(first <= at < last for first, last in found) for at in range(100)), default=0)

    assert peak_open(found) == brute


@given(INTERVALS)
def test_levels_are_those_of_counting_at_every_moment(found: list[tuple[int, int]]) -> None:
    moments, numbers = levels(found)
    held = dict(zip(moments, numbers, strict=True))

    assert moments == sorted(moments)
    assert all(level == sum(first <= at < last for first, last in found) for at, level in held.items())


@given(INTERVALS, st.integers(0, 40), st.integers(1, 50))
def test_the_mean_is_that_of_counting_at_every_moment(found: list[tuple[int, int]], begin: int, length: int) -> None:
    brute = sum(sum(first <= at < last for first, last in found) for at in range(begin, begin + length)) / length

    assert mean_open(found, begin, begin + length) == pytest.approx(brute)


def test_a_turn_counts_from_its_first_token_and_only_if_it_did_not_fail() -> None:
    samples = [
        turn(10.0, ttft=0.5, lasts=2.0),
        turn(10.0, cause="reset"),
        turn(10.0, ttft=None, censored=True),
        turn(10.0, operation="subscription", ttft=None, censored=True, lasts=3.0),
        turn(10.0, planned_ns=ns(4.0), ttft=3.0, lasts=4.0),
        turn(10.0, operation="poll"),
    ]

    assert intervals(samples) == [(ns(10.501), ns(12.0)), (ns(10.021), ns(13.0)), (ns(10.021), ns(14.0))]
    assert max(under_way(Collected(samples))[1]) == 5


def test_streams_that_began_in_the_warm_up_count_once_it_is_over() -> None:
    plan = Plan(warm_up_seconds=5.0, run_time_seconds=20.0)
    samples = [
        turn(1.0, ttft=0.5, lasts=2.0, warm_up=True),
        turn(1.0, ttft=0.5, lasts=2.0, warm_up=True),
        turn(2.0, ttft=0.5, lasts=13.0, warm_up=True),  # open from 5 to 15 of what is judged
        turn(9.999, ttft=0.0, lasts=5.001),  # from 10 to 15
    ]

    collected = Collected(samples)
    mean = measure(collected, plan, metric="concurrency.mean")

    assert measure(collected, plan, metric="concurrency") == Figure(value=2.0, n=2)
    assert isinstance(mean, Figure)
    assert mean.value == pytest.approx(1.5)  # 15 s of streams within 10 s, as the last sample ends at 15


def test_the_judged_time_ends_when_the_run_was_told_to_end() -> None:
    plan = Plan(warm_up_seconds=0.0, run_time_seconds=20.0)
    samples = [turn(0.0, ttft=0.999, lasts=30.0)]

    stopped = measure(Collected([*samples, Mark(what="stop", at_ns=ns(2.0) or 0)]), plan, metric="concurrency.mean")
    planned = measure(Collected(samples), plan, metric="concurrency.mean")

    assert isinstance(stopped, Figure)
    assert isinstance(planned, Figure)
    assert (stopped.value, planned.value) == (0.5, 0.95)
