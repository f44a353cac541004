"""The numbers that a plan begins with, the rungs that a model uses, and where a fit is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatproof.capacity_model.planning import planning
from chatproof.capacity_model.scalability import BEYOND, fitted
from chatproof.capacity_model.steady import hold_seconds, steady_rungs
from support.capacity_runs import bare_rung, capacity_facts, law, law_facts

PEAK = 100.0
RISING = (4.0, 8.0, 16.0, 32.0, 64.0, 96.0)


@pytest.mark.parametrize(
    ("unit", "per_hour", "held"),
    [
        ("streams", 12.0, None),
        ("turns/s", 12.0, 0.0),
        ("subscribers", 1.0, 1800.0),
        ("tokens/s", 1.0, 0.0),
        ("polls/s", 80.0, 0.0),
        ("sessions/s", 6.0, 0.0),
    ],
)
def test_a_plan_begins_with_the_numbers_of_its_unit(unit: str, per_hour: float, held: float | None) -> None:
    found = planning(replace(capacity_facts("found"), unit=unit))

    assert found is not None
    assert (found.users, found.peak_factor) == ((100, 1_000, 10_000, 100_000), 2.0)
    assert found.turns_per_hour == per_hour
    if held is not None:
        assert found.hold_seconds == held


@pytest.mark.parametrize(("highest", "given"), [(1.25 * PEAK, True), (1.15 * PEAK, False)])
def test_the_fall_must_be_seen_a_fifth_beyond_the_peak(highest: float, given: bool) -> None:
    levels = (*RISING, 0.5 * (PEAK + highest), highest)
    found = fitted(law_facts([(level, law(level, contention=0.004, peak=PEAK)) for level in levels]), seed=1)

    assert BEYOND == 1.2
    assert (found.law is not None) is given
    assert ("throughput was not clearly seen to fall" in found.note) is not given


def test_the_curve_runs_from_the_lowest_load_to_the_highest() -> None:
    levels = (*RISING, 150.0, 200.0)
    curve = fitted(law_facts([(level, law(level, peak=PEAK)) for level in levels]), seed=1).curve

    loads = [point[0] for point in curve]
    assert (loads[0], loads[-1]) == (4.0, 200.0)
    assert loads == sorted(loads)


def test_rungs_are_used_by_rising_load_whatever_their_order() -> None:
    rungs = tuple(bare_rung(number, level, level) for number, level in enumerate((8.0, 2.0, 4.0)))
    facts = replace(law_facts([(1.0, 1.0)]), rungs=rungs)

    assert [rung.level for rung in steady_rungs(facts)] == [2.0, 4.0, 8.0]


def test_a_stream_is_held_as_long_as_little_s_law_says() -> None:
    assert hold_seconds(bare_rung(1, 8.0, 4.0), unit="streams") == 2.0
    assert hold_seconds(bare_rung(1, 8.0, 4.0), unit="turns/s") is None
    assert hold_seconds(bare_rung(1, 8.0, 0.0), unit="streams") is None
    assert hold_seconds(bare_rung(1, 1e11, 1e-11), unit="streams") is None
