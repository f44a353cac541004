"""Where a difference of two halves begins to count: just above each limit it does, just below it does not."""

from __future__ import annotations

import pytest

from chatproof.capacity.steadiness import Halves, drift

BUSY = 10_000


@pytest.mark.parametrize(
    ("level", "drifts"),
    [((100.0, 112.0), True), ((112.0, 100.0), True), ((100.0, 111.0), False), ((111.0, 100.0), False)],
)
def test_a_tenth_of_the_higher_level_counts(level: tuple[float, float], drifts: bool) -> None:
    assert bool(drift(Halves(level=level, ended=(BUSY, BUSY), latency=([], [])))) == drifts


@pytest.mark.parametrize(
    ("level", "drifts"),
    [((60.0, 90.0), True), ((90.0, 60.0), True), ((60.0, 88.0), False), ((88.0, 60.0), False)],
)
def test_starts_by_chance_vary_by_as_much_as_the_higher_level_does(level: tuple[float, float], drifts: bool) -> None:
    assert bool(drift(Halves(level=level, ended=(200, 200), latency=([], []), scheduled=True))) == drifts


def test_a_half_in_which_nothing_ended_leaves_the_level_to_chance() -> None:
    assert drift(Halves(level=(8.0, 12.0), ended=(0, 0), latency=([], []), scheduled=True)) == ""


@pytest.mark.parametrize(
    ("ended", "drifts"),
    [((BUSY, 12_300), True), ((12_300, BUSY), True), ((BUSY, 12_200), False), ((12_200, BUSY), False)],
)
def test_a_fifth_of_the_throughput_counts(ended: tuple[int, int], drifts: bool) -> None:
    assert bool(drift(Halves(level=(100.0, 100.0), ended=ended, latency=([], [])))) == drifts


@pytest.mark.parametrize(("after", "drifts"), [(200, False), (202, True)])
def test_one_turn_of_each_stream_is_a_wave_and_more_is_not(after: int, drifts: bool) -> None:
    assert bool(drift(Halves(level=(101.0, 101.0), ended=(99, after), latency=([], [])))) == drifts


@pytest.mark.parametrize(
    ("early", "late", "drifts"),
    [(10, 10, True), (9, 50, False), (50, 9, False)],
)
def test_ten_latencies_of_each_half_are_enough(early: int, late: int, drifts: bool) -> None:
    halves = Halves(level=(10.0, 10.0), ended=(100, 100), latency=([0.2] * early, [0.4] * late))

    assert bool(drift(halves)) == drifts


@pytest.mark.parametrize(("late", "drifts"), [(0.26, True), (0.24, False)])
def test_a_quarter_of_the_quicker_median_counts(late: float, drifts: bool) -> None:
    halves = Halves(level=(10.0, 10.0), ended=(100, 100), latency=([0.2] * 50, [late] * 50))

    assert bool(drift(halves)) == drifts
