from __future__ import annotations

import math

import pytest

from chatproof.comparison.band import WIDENING, band, widening


def _exceeds(factor: float, pairs: int) -> float:
    """How likely a normal change exceeds, on one side, so many times the largest of so many others."""
    step = 0.002
    places = (step * (index + 0.5) for index in range(4500))
    density = ((z, 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * step) for z in places)
    return sum(weight * math.erf(z / factor / math.sqrt(2)) ** pairs for z, weight in density) / 2


@pytest.mark.parametrize("pairs", range(1, len(WIDENING) + 1))
def test_the_factor_leaves_one_in_twenty_beyond(pairs: int) -> None:
    assert _exceeds(widening(pairs), pairs) == pytest.approx(0.05, abs=2e-4)


def test_from_nine_pairs_on_the_largest_is_enough() -> None:
    assert widening(9) == widening(50) == 1.0
    assert _exceeds(1.0, 9) == pytest.approx(0.05, abs=1e-4)


def test_a_band_is_the_same_both_ways() -> None:
    there, back = band([(100.0, 103.0)], "ratio"), band([(103.0, 100.0)], "ratio")

    assert there is not None
    assert there == pytest.approx(back)
    assert there[1] == pytest.approx(1.03 ** widening(1))
    assert there[0] == pytest.approx(1 / there[1])


def test_the_largest_of_the_pairs_counts() -> None:
    found = band([(100.0, 101.0), (100.0, 90.0), (100.0, 100.0)], "ratio")

    assert found is not None
    assert found[0] == pytest.approx(0.9 ** widening(3))


def test_differences_have_a_band_of_differences() -> None:
    assert band([(1.0, 1.5), (1.0, 1.2)], "difference") == pytest.approx((-0.5 * widening(2), 0.5 * widening(2)))


def test_without_a_pair_there_is_no_band_and_after_a_failure_no_bound() -> None:
    assert band([], "ratio") is None
    assert band([(1.0, math.inf)], "ratio") == (0.0, math.inf)
    assert band([(1.0, 1e300), (1e-300, 1.0)], "ratio") == (0.0, math.inf)
    assert band([(1.0, 1.0)], "ratio") == (1.0, 1.0)
