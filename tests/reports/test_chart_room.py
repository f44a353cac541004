"""The name of a limit stands where no line passes through it."""

from __future__ import annotations

import pytest

from chatproof.reports.charts.room import limits, passes

RISING = [(0.0, 200.0), (100.0, 50.0)]


@pytest.mark.parametrize(
    ("across", "down", "through"),
    [((70, 100), (40, 60), True), ((0, 30), (40, 60), False), ((40, 60), (120, 130), True), ((0, 1), (0, 190), False)],
)
def test_line_passes_through_a_box(across: tuple[float, float], down: tuple[float, float], through: bool) -> None:
    assert passes(RISING, across=across, down=down) is through


def test_single_place_lies_in_a_box_or_not() -> None:
    assert passes([(80.0, 50.0)], across=(70, 100), down=(40, 60))
    assert not passes([(60.0, 50.0)], across=(70, 100), down=(40, 60))
    assert not passes([], across=(0, 100), down=(0, 100))


def test_name_is_at_the_end_that_is_free() -> None:
    assert [limit.left for limit in limits([("far", 10.0), ("near", 60.0)], [RISING])] == [False, True]
    assert [limit.left for limit in limits([("near", 60.0)], [RISING])] == [True]
    assert [limit.left for limit in limits([("low", 195.0)], [RISING])] == [False]


def test_names_of_limits_close_together_are_at_different_ends() -> None:
    assert [limit.left for limit in limits([("one", 60.0), ("two", 66.0)], [RISING])] == [True, False]
    assert [limit.left for limit in limits([("one", 60.0), ("two", 66.0)], [])] == [False, True]


def test_name_is_at_the_end_where_less_of_another_name_is() -> None:
    high, part, low = ((70.0, 100.0), (0.0, 20.0)), ((28.0, 58.0), (0.0, 20.0)), ((70.0, 100.0), (60.0, 80.0))

    assert [limit.left for limit in limits([("limit", 15.0)], [], taken=[high])] == [True]
    assert [limit.left for limit in limits([("limit", 15.0)], [], taken=[high, part])] == [True]
    assert [limit.left for limit in limits([("limit", 15.0)], [], taken=[low])] == [False]
