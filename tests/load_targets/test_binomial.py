"""The binomial sums against whole-number arithmetic, and the bounds that are made of them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from chatproof.targets.binomial import at_least, at_most, exactly
from chatproof.targets.percentiles import lower_rank, upper_rank
from chatproof.targets.shares import lower_share, upper_share

SHARES = (0.001, 0.01, 0.05, 0.5, 0.95, 0.999)
SIZES = (1, 2, 3, 7, 20, 59, 150)
TINY = 1e-280


def terms(n: int, share: float) -> list[Fraction]:
    p = Fraction(share)
    return [math.comb(n, hits) * p**hits * (1 - p) ** (n - hits) for hits in range(n + 1)]


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("n", SIZES)
def test_every_term_and_sum_is_exact_to_twelve_digits(n: int, share: float) -> None:
    below = Fraction(0)
    for hits, term in enumerate(terms(n, share)):
        above = 1 - below
        below += term
        for found, true in (
            (exactly(hits, n, share), term),
            (at_most(hits, n, share), below),
            (at_least(hits, n, share), above),
        ):
            assert found == pytest.approx(float(true), rel=1e-12, abs=TINY)


def test_the_edges_are_certain() -> None:
    assert [exactly(0, 5, 0.0), exactly(5, 5, 1.0), exactly(6, 5, 0.5), exactly(-1, 5, 0.5)] == [1.0, 1.0, 0.0, 0.0]
    assert [at_most(-1, 5, 0.5), at_most(5, 5, 0.5), at_most(2, 5, 0.0), at_most(2, 5, 1.0)] == [0.0, 1.0, 1.0, 0.0]
    assert [at_least(0, 5, 0.5), at_least(6, 5, 0.5), at_least(2, 5, 0.0), at_least(2, 5, 1.0)] == [1.0, 0.0, 0.0, 1.0]


def test_a_million_cases_keep_their_digits() -> None:
    n = 1_000_000

    assert at_most(0, n, 1e-6) == pytest.approx((1 - 1e-6) ** n, rel=1e-9)
    assert at_most(n // 2 - 1, n, 0.5) + exactly(n // 2, n, 0.5) / 2 == pytest.approx(0.5, abs=1e-12)
    assert at_most(10_000, n, 0.01) + at_least(10_001, n, 0.01) == pytest.approx(1.0, abs=1e-12)
    assert upper_share(10_000, n) == pytest.approx(0.0101652, abs=1e-7)


@pytest.mark.parametrize(("failures", "enough"), [(0, 299), (1, 473), (2, 628)], ids=["none", "one", "two"])
def test_so_many_streams_show_less_than_one_percent(failures: int, enough: int) -> None:
    assert upper_share(failures, enough) < 0.01 < upper_share(failures, enough - 1)


def test_a_hundred_good_streams_may_hide_almost_three_percent() -> None:
    assert upper_share(0, 100) == pytest.approx(0.029513, abs=1e-6)
    assert upper_share(0, 59) < 0.05 < upper_share(0, 58)


@pytest.mark.parametrize("n", [1, 2, 5, 12, 40])
def test_the_bounds_of_a_share_are_where_the_tail_is_five_percent(n: int) -> None:
    for hits in range(n + 1):
        low, high = lower_share(hits, n), upper_share(hits, n)

        assert low <= hits / n <= high
        assert high == 1 - lower_share(n - hits, n) or math.isclose(high, 1 - lower_share(n - hits, n), rel_tol=1e-12)
        if hits:
            assert sum(terms(n, low)[hits:]) == pytest.approx(0.05, rel=1e-9)
        if hits < n:
            assert sum(terms(n, high)[: hits + 1]) == pytest.approx(0.05, rel=1e-9)


def test_without_cases_nothing_is_known() -> None:
    assert (lower_share(0, 0), upper_share(0, 0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("percent", "confidence", "floor"), [(95, 0.95, 59), (95, 0.99, 90), (99, 0.95, 299), (99, 0.99, 459)]
)
def test_a_percentile_has_an_upper_bound_from_so_many_values_on(percent: float, confidence: float, floor: int) -> None:
    assert upper_rank(floor, percent, confidence=confidence) == floor
    assert upper_rank(floor - 1, percent, confidence=confidence) == floor


@pytest.mark.parametrize("percent", [1, 50, 90, 95, 99, 99.9])
def test_the_ranks_are_the_innermost_that_hold(percent: float) -> None:
    confidence = Fraction(0.95)
    for n in (*range(1, 12), 20, 58, 59, 60, 89):
        found = terms(n, percent / 100)
        below = [sum(found[:rank], Fraction(0)) for rank in range(n + 2)]  # P(fewer than rank values lie below)
        upper = next((rank for rank in range(1, n + 1) if below[rank] >= confidence), n + 1)
        lower = max((rank for rank in range(1, n + 1) if 1 - below[rank] >= confidence), default=0)

        assert upper_rank(n, percent) == upper
        assert lower_rank(n, percent) == lower
