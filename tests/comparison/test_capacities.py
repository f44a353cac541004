from __future__ import annotations

import pytest

from chatproof.comparison.alike import differences
from chatproof.comparison.capacities import capacity_changes
from chatproof.comparison.figures import Rules
from support.compared_runs import searched


@pytest.mark.parametrize(
    ("base", "run", "word"),
    [
        ((100.0, 110.0), (50.0, 55.0), "worse"),
        ((50.0, 55.0), (100.0, 110.0), "better"),
        ((100.0, 110.0), (95.0, 105.0), "no difference shown"),
        ((100.0, 110.0), (100.0, 110.0), "no difference shown"),
        ((100.0, None), (50.0, 55.0), "no difference shown"),
    ],
)
def test_brackets_that_lie_apart_tell_the_capacities_apart(
    base: tuple[float, float | None], run: tuple[float, float | None], word: str
) -> None:
    (found,) = capacity_changes(searched(*base), searched(*run), rules=Rules())

    assert (found.verdict, found.interval) == (word, None not in base)


def test_the_band_of_one_build_holds_for_capacities_too() -> None:
    base, less = searched(100.0, 110.0), searched(50.0, 55.0)

    (found,) = capacity_changes(base, less, pairs=[(searched(100.0, 110.0), searched(80.0, 90.0))], rules=Rules())

    assert found.verdict == "no difference shown"
    assert found.band_lower == pytest.approx(0.8**6.314)


def test_a_run_that_holds_nothing_has_no_capacity() -> None:
    assert capacity_changes(searched(None, 1.0), searched(10.0, 11.0), rules=Rules()) == ()


def test_searches_that_count_something_else_are_not_compared() -> None:
    (found,) = differences(searched(1.0, 2.0), searched(1.0, 2.0, unit="polls/s"))

    assert (found.where, found.base, found.run) == ("capacity.unit", '"streams"', '"polls/s"')
