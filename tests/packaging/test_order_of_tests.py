"""The order of tests: each worker begins with its share of the long ones, and none is lost."""

from __future__ import annotations

import pytest

from support.order import dealt

LONG = [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), ("c", "c2"), ("c", "c3")]
QUICK = [f"q{number}" for number in range(10)]


def test_each_block_begins_with_modules_of_its_own() -> None:
    assert dealt(LONG, QUICK, workers=2) == [
        *("a1", "a2", "c1", "c2", "c3", "q0", "q1", "q2"),
        *("b1", "q3", "q4", "q5", "q6", "q7", "q8", "q9"),
    ]


@pytest.mark.parametrize("workers", range(1, 8))
@pytest.mark.parametrize("quick", [[], QUICK[:1], QUICK])
@pytest.mark.parametrize("long", [[], LONG[:1], LONG])
def test_none_is_lost_or_doubled_and_modules_stay_together(
    long: list[tuple[str, str]], quick: list[str], workers: int
) -> None:
    ordered = dealt(long, quick, workers=workers)

    assert sorted(ordered) == sorted([*(test for _module, test in long), *quick])
    for module in {module for module, _test in long}:
        places = [ordered.index(test) for other, test in long if other == module]
        assert places == list(range(places[0], places[0] + len(places)))


def test_blocks_are_of_the_length_that_the_workers_are_given() -> None:
    ordered = dealt(LONG, QUICK, workers=4)

    assert [ordered[start][0] for start in (0, 4, 8)] == ["a", "b", "c"]
    assert ordered[12:] == QUICK[-4:]
