from __future__ import annotations

import importlib
import math
import random
import sys

import pytest

from chatproof.capacity_facts import CapacityFacts
from chatproof.capacity_model import enriched
from chatproof.capacity_model.scalability import Fitted, fitted
from support.capacity_runs import bare_rung, law, law_facts

PEAK = 99.0
RATE, CONTENTION = 10.0, 0.02
TO_TWICE = (4, 6, 9, 14, 21, 32, 49, 74, 112, 140, 170, 198)
TO_HALF = (4, 6, 9, 14, 21, 28, 35, 42, 49)
SEEDS = 40
NOISE = 0.05


def simulated(levels: tuple[int, ...], seed: int, noise: float = NOISE) -> CapacityFacts:
    numbers = random.Random(seed)  # noqa: S311 - a simulation
    truth = [(float(level), law(level, rate=RATE, contention=CONTENTION, peak=PEAK)) for level in levels]
    return law_facts([(level, rate * math.exp(numbers.gauss(0, noise))) for level, rate in truth])


def inside(interval: tuple[float | None, float | None], truth: float) -> bool:
    low, high = interval
    return low is not None and high is not None and low <= truth <= high


def test_rungs_without_noise_give_the_law_back() -> None:
    found = fitted(simulated(TO_TWICE, 1, noise=0.0), seed=1).law

    assert found is not None
    assert found.rate_per_unit == pytest.approx(RATE, rel=1e-6)
    assert found.contention == pytest.approx(CONTENTION, rel=1e-4)
    assert found.coherency == pytest.approx((1 - CONTENTION) / PEAK**2, rel=1e-4)
    assert found.peak == pytest.approx(PEAK, rel=1e-4)
    assert found.rungs == len(TO_TWICE)


def test_ranges_cover_the_truth_as_often_as_they_say() -> None:
    laws = [found for seed in range(SEEDS) if (found := fitted(simulated(TO_TWICE, seed), seed=seed).law)]

    assert len(laws) >= 0.9 * SEEDS
    truths = (
        ([(law.peak_low, law.peak_high) for law in laws], PEAK),
        ([law.rate_interval for law in laws], RATE),
        ([law.contention_interval for law in laws], CONTENTION),
        ([law.coherency_interval for law in laws], (1 - CONTENTION) / PEAK**2),
    )
    for intervals, truth in truths:
        # 95 of 100 in the long run: 33 or fewer of 40 would come once in 100 times.
        assert sum(inside(interval, truth) for interval in intervals) > 0.83 * len(laws)
    widths = sorted((law.peak_high or math.inf) / (law.peak_low or 1) for law in laws)
    assert widths[len(widths) // 2] < 2.5


def test_peak_that_was_not_reached_is_never_given() -> None:
    for seed in range(SEEDS):
        found = fitted(simulated(TO_HALF, seed), seed=seed)
        assert found.law is None
        assert "at least 49 streams tested" in found.note


def refused(pairs: list[tuple[float, float]]) -> Fitted:
    found = fitted(law_facts(pairs), seed=1)
    assert found.law is None
    assert not found.curve
    return found


def test_few_rungs_or_few_levels_are_refused() -> None:
    truth = [(float(level), law(level, peak=20.0)) for level in (4, 8, 16, 32, 64)]

    assert "a fit needs 6 steady rungs on 4 levels (5 on 5 here)" in refused(truth).note
    assert "(9 on 3 here)" in refused(3 * truth[:3]).note


def test_replicates_of_a_level_are_kept() -> None:
    truth = [(float(level), law(level, peak=20.0)) for level in (4, 8, 16, 32, 64)]
    found = fitted(law_facts([*truth, truth[3], truth[3]]), seed=1).law

    assert found is not None
    assert found.rungs == 7


def test_throughput_that_only_grows_only_falls_or_follows_no_law_is_refused() -> None:
    levels = [float(2**power) for power in range(8)]

    assert "not clearly seen to fall" in refused([(level, 3 * level) for level in levels]).note
    assert "not clearly seen to fall" in refused([(level, 60.0) for level in levels]).note
    assert "No peak of throughput is given" in refused([(level, 60.0 / level) for level in levels]).note
    wild = refused([(level, 1.0 if number % 2 else 500.0) for number, level in enumerate(levels)])
    assert "does not describe this backend" in wild.note


def test_only_steady_and_valid_rungs_are_fitted() -> None:
    truth = [(float(level), law(level, peak=20.0)) for level in (4, 8, 16, 24, 32, 48, 64)]
    facts = law_facts(truth)
    off = (
        bare_rung(20, 40.0, 500.0, steady=False),
        bare_rung(21, 40.0, 500.0, verdict="invalid"),
        bare_rung(22, 40.0, 0.0),
    )
    with_them = law_facts(truth, rungs=(*facts.rungs, *off))

    assert fitted(with_them, seed=1) == fitted(facts, seed=1)
    assert fitted(facts, seed=1).law is not None


def test_same_seed_gives_the_same_ranges() -> None:
    facts = simulated(TO_TWICE, 3)

    assert fitted(facts, seed=3) == fitted(facts, seed=3)
    assert fitted(facts, seed=3) != fitted(facts, seed=4)


def test_rate_is_no_number_under_way() -> None:
    truth = [(float(level), law(level, peak=20.0)) for level in (4, 8, 16, 24, 32, 48, 64)]
    found = fitted(law_facts(truth, unit="polls/s"), seed=1)

    assert found.law is None
    assert "a level here is a rate" in found.note


def test_without_scipy_the_note_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    found = enriched(simulated(TO_TWICE, 1))

    assert found.fit is None
    assert "pip install 'chatproof[capacity]'" in found.fit_note
    assert found.charts
    assert found.planning


def test_scipy_is_not_imported_with_the_package() -> None:
    loaded = importlib.import_module("subprocess").run(
        [
            sys.executable,
            "-c",
            "import chatproof.capacity_model, sys; print('scipy' in sys.modules or 'numpy' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert loaded.stdout.strip() == "False"


BAD = (0.0, -1.0, math.nan, math.inf, 1e300, 1e-300)


@pytest.mark.parametrize("bad", BAD)
def test_rungs_without_sense_never_raise(bad: float) -> None:
    truth = [(float(level), law(level, peak=20.0)) for level in (4, 8, 16, 24, 32, 48, 64)]
    for pairs in (
        [],
        [(bad, bad)],
        [(bad, 1.0)],
        [(1.0, bad)],
        [(bad, 1.0)] * 8,
        [(1.0, bad)] * 8,
        [*truth, (bad, 3.0)],
        [*truth, (40.0, bad)],
        [(level, bad) for level, _rate in truth],
    ):
        facts = enriched(law_facts(pairs, recommended=bad, capacity=bad))
        for chart in facts.charts:
            assert all(line.points for line in chart.lines)
            assert all(math.isfinite(value) for line in chart.lines for point in line.points for value in point)
        if facts.planning:
            assert facts.planning.per_replica > 0
