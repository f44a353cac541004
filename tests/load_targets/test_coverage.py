"""How often the bounds hold: counted in full where that is possible, simulated under a fixed seed elsewhere."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import pytest

from chatproof.metrics.measured import Series, Share, Spread
from chatproof.targets import bounds_of, decide, parse_target
from chatproof.targets.means import lower_mean, upper_mean
from chatproof.targets.shares import lower_share, upper_share

P95 = parse_target("ttft.p95", "< 350ms")
ROUNDS = 800


@pytest.mark.parametrize("n", [1, 3, 10, 30])
def test_the_bounds_of_a_share_hold_in_95_of_100_cases_for_every_truth(n: int) -> None:
    lows, highs = zip(*((lower_share(hits, n), upper_share(hits, n)) for hits in range(n + 1)), strict=True)
    for share in (step / 50 for step in range(51)):
        chances = [math.comb(n, hits) * share**hits * (1 - share) ** (n - hits) for hits in range(n + 1)]

        assert math.fsum(chance for chance, low in zip(chances, lows, strict=True) if low <= share) >= 0.95 - 1e-12
        assert math.fsum(chance for chance, high in zip(chances, highs, strict=True) if high >= share) >= 0.95 - 1e-12


@pytest.mark.parametrize("support", [(0.0, 1.0), (0.5, 1.0), (0.0, 0.5, 1.0), (0.2, 0.9, 1.0)], ids=str)
def test_the_bounds_of_a_mean_hold_in_95_of_100_cases_for_every_distribution_on_a_grid(
    support: tuple[float, ...],
) -> None:
    n, parts = 6, 8
    outcomes = [
        (counts, math.factorial(n) // math.prod(map(math.factorial, counts)))
        for counts in itertools.product(range(n + 1), repeat=len(support))
        if sum(counts) == n
    ]
    means = [math.fsum(count * at for count, at in zip(counts, support, strict=True)) / n for counts, _ in outcomes]
    bounds = [(lower_mean(mean, n), upper_mean(mean, n)) for mean in means]
    for weights in itertools.product(range(parts + 1), repeat=len(support)):
        if sum(weights) != parts:
            continue
        shares = [Fraction(weight, parts) for weight in weights]
        truth = float(sum(share * Fraction(at) for share, at in zip(shares, support, strict=True)))
        low_holds = high_holds = 0.0
        for (counts, ways), (low, high) in zip(outcomes, bounds, strict=True):
            chance = ways * float(math.prod(share**count for share, count in zip(shares, counts, strict=True)))
            low_holds += chance * (low <= truth + 1e-12)
            high_holds += chance * (high >= truth - 1e-12)

        assert low_holds >= 0.95 - 1e-9
        assert high_holds >= 0.95 - 1e-9


def test_the_mean_of_streams_that_were_all_up_is_bounded_as_a_share_is() -> None:
    for n in (1, 59, 298, 299, 1000):
        assert lower_mean(1.0, n) == pytest.approx(lower_share(n, n), rel=1e-12)
    assert lower_mean(1.0, 298) < 0.99 < lower_mean(1.0, 299)
    assert (lower_mean(math.nan, 0), upper_mean(math.nan, 0)) == (0.0, 1.0)


def test_a_stream_that_was_up_for_most_of_its_time_costs_less_than_one_that_never_was() -> None:
    def lower(worst: float) -> float:
        uptime = parse_target("uptime", "> 99%")
        return bounds_of(uptime, Spread(values=(*[1.0] * 399, worst))).lower

    assert lower_share(399, 400) < lower(0.9) < lower(1.0)
    assert lower(0.0) < lower(0.5) < lower(0.9)


@pytest.mark.parametrize("n", [59, 100, 300])
def test_the_bounds_of_a_percentile_hold_in_95_of_100_runs(n: int) -> None:
    chance = random.Random(7)  # noqa: S311 - a simulation
    truth = math.exp(1.6448536269514722)
    low_holds = high_holds = 0
    for _ in range(ROUNDS):
        found = bounds_of(P95, Series(values=tuple(sorted(chance.lognormvariate(0, 1) for _ in range(n)))))
        low_holds += found.lower <= truth
        high_holds += found.upper >= truth

    # Two standard deviations of the simulation itself below the promise.
    floor = 0.95 - 2 * math.sqrt(0.95 * 0.05 / ROUNDS)
    assert low_holds / ROUNDS >= floor
    assert high_holds / ROUNDS >= floor


def test_a_backend_at_its_limit_is_called_neither_good_nor_bad_more_often_than_promised() -> None:
    chance = random.Random(11)  # noqa: S311 - a simulation
    at_limit = 350e6 / math.exp(1.6448536269514722 * 0.3)
    words = [
        decide(P95, Series(values=tuple(sorted(at_limit * chance.lognormvariate(0, 0.3) for _ in range(200))))).verdict
        for _ in range(ROUNDS)
    ]

    most = 0.05 + 2 * math.sqrt(0.95 * 0.05 / ROUNDS)
    assert words.count("met") / ROUNDS <= most
    assert words.count("not_met") / ROUNDS <= most


def test_a_share_at_its_limit_is_called_neither_good_nor_bad_more_often_than_promised() -> None:
    target, n = parse_target("error_rate", "< 5%"), 300
    words = {hits: decide(target, Share(hits=hits, n=n)).verdict for hits in range(n + 1)}
    chances = {hits: math.comb(n, hits) * 0.05**hits * 0.95 ** (n - hits) for hits in range(n + 1)}

    for word in ("met", "not_met"):
        assert 0 < math.fsum(chance for hits, chance in chances.items() if words[hits] == word) <= 0.05
