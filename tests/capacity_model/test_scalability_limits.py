"""Where a fit is given and where it is refused, and numbers that do not exist."""

from __future__ import annotations

import importlib
import math
import random
import sys
from types import ModuleType
from typing import Any

import pytest

from chatproof.capacity_facts import CapacityFacts
from chatproof.capacity_model import scalability
from chatproof.capacity_model.scalability import MISSING, fitted
from support.capacity_runs import law, law_facts

LEVELS = (4, 6, 9, 14, 21, 32, 49, 74, 112, 140, 170, 198)
PEAK = 99.0


def simulated(*, levels: tuple[float, ...] = LEVELS, noise: float = 0.0, seed: int = 1) -> CapacityFacts:
    """Rungs of a law with a peak at 99, each off by chance."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    pairs = [(float(level), law(level, rate=10.0, contention=0.02, peak=PEAK)) for level in levels]
    return law_facts([(level, rate * math.exp(chance.gauss(0, noise))) for level, rate in pairs])


@pytest.fixture
def numpy() -> Any:
    return importlib.import_module("numpy")


@pytest.fixture
def tools(numpy: Any) -> scalability._Tools:
    return scalability._Tools(numpy=numpy, nnls=importlib.import_module("scipy.optimize").nnls)


def solved_by(solve: Any) -> ModuleType:
    """A `scipy.optimize` with another solver."""
    made = ModuleType("scipy.optimize")
    made.nnls = solve  # type: ignore[attr-defined]  # a module made by hand
    return made


def test_scatter_is_told_for_each_rung_and_not_added_up() -> None:
    """A tenth of scatter on every rung is a tenth, of few rungs as of many."""
    for levels in (LEVELS[::2], LEVELS):
        notes = [fitted(simulated(levels=levels, noise=0.1, seed=seed), seed=1).note for seed in range(8)]
        assert not any("does not describe this backend" in note for note in notes)


@pytest.mark.parametrize(
    ("tested", "told"),
    [
        (0.5, "at least 0.5 streams tested"),
        (1.0, "at least 1 streams tested"),
        (1200.0, "at least 1,200 streams tested"),
        (0.0, "no streams tested"),
        (-1.0, "no streams tested"),
        (math.inf, "no streams tested"),
        (math.nan, "no streams tested"),
    ],
)
def test_a_refusal_tells_how_far_was_tested_where_that_is_a_number(tested: float, told: str) -> None:
    assert told in fitted(law_facts([(1.0, 1.0)], tested_to=tested), seed=1).note


@pytest.mark.parametrize("error", [RuntimeError("Maximum number of iterations reached."), ValueError("not finite")])
def test_rungs_that_cannot_be_solved_are_refused(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def unsolved(*_rest: object) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "scipy.optimize", solved_by(unsolved))
    found = fitted(simulated(), seed=1)
    assert (found.law, found.curve) == (None, ())
    assert "the rungs do not follow the law" in found.note


def test_a_replicate_that_cannot_be_solved_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tools: scalability._Tools
) -> None:
    calls = 0

    def seldom(columns: Any, held: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 10 == 0:
            raise RuntimeError("Maximum number of iterations reached.")
        return tools.nnls(columns, held)

    monkeypatch.setitem(sys.modules, "scipy.optimize", solved_by(seldom))
    found = fitted(simulated(noise=0.02), seed=1)
    assert found.law is not None
    given = int(found.note.partition("95 % of ")[2].partition(" bootstrap")[0])
    assert 0.5 * scalability.REPLICATES < given < scalability.REPLICATES


@pytest.mark.parametrize(
    ("solution", "known"),
    [((0.0, 0.0, 1.0), False), ((0.0, 1.0, 0.0), True), ((1.0, 0.0, 0.0), True), ((0.0, 0.0, 0.0), False)],
)
def test_a_law_without_a_rate_is_none(numpy: Any, solution: tuple[float, float, float], known: bool) -> None:
    """The rate is 1 / (a + b); where both are 0 there is none."""
    tools = scalability._Tools(numpy=numpy, nnls=lambda *_rest: (numpy.array(solution), 0.0))
    at = numpy.array([2.0, 4.0, 8.0])

    found = scalability._coefficients(tools, at, at)
    assert (found is not None) is known
    if found is not None:
        assert all(math.isfinite(value) for value in scalability._parameters(found))


def test_rungs_that_only_get_slower_are_refused() -> None:
    found = fitted(law_facts([(float(level), 60.0 / (level - 1)) for level in LEVELS]), seed=1)

    assert found.law is None
    assert "No peak of throughput is given" in found.note


@pytest.mark.parametrize(
    ("coefficients", "peak"),
    [((1.0, 0.5, 0.25), 2.0), ((0.0, 1.0, 1.0), None), ((1.0, 1.0, 0.0), None), ((1e300, 0.0, 1e-300), None)],
)
def test_a_peak_is_a_number_or_none(coefficients: tuple[float, float, float], peak: float | None) -> None:
    assert scalability._peak(coefficients) == peak


@pytest.mark.parametrize("shift", [-0.3, 0.0, 0.3])
def test_what_all_rungs_are_off_by_is_no_scatter(numpy: Any, tools: scalability._Tools, shift: float) -> None:
    at = numpy.array([float(level) for level in LEVELS])
    truth = (0.1, 0.002, 0.0001)
    expected = scalability._held(truth, at)

    found = scalability._replicates(tools, at, expected, numpy.full(len(at), shift), 1)
    assert len(found) == scalability.REPLICATES
    for entry in found:
        assert scalability._held(entry, at) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([], (0.0, math.inf)),
        ([7.0], (7.0, 7.0)),
        ([2.0, 1.0], (1.0, 2.0)),
        ([float(value) for value in range(9, -1, -1)], (0.0, 9.0)),
        ([float(value) for value in range(100)], (2.0, 97.0)),
        ([*map(float, range(400))], (10.0, 390.0)),
        ([*map(float, range(98)), math.inf, math.inf], (2.0, 97.0)),
        ([*map(float, range(97)), math.inf, math.inf, math.inf], (2.0, math.inf)),
    ],
)
def test_a_range_leaves_out_a_fortieth_on_either_side(values: list[float], bounds: tuple[float, float]) -> None:
    assert scalability._range(values) == bounds


def test_the_fall_must_be_seen_a_fifth_beyond_the_peak() -> None:
    def to(highest: float) -> CapacityFacts:
        return simulated(levels=(5.0, 10.0, 20.0, 40.0, 80.0, 99.0, highest))

    assert "not clearly seen to fall" in fitted(to(1.15 * PEAK), seed=1).note
    assert fitted(to(1.25 * PEAK), seed=1).law is not None


def test_the_curve_leads_from_the_lowest_level_to_the_highest() -> None:
    curve = fitted(simulated(noise=0.02), seed=1).curve
    loads = [load for load, _low, _fit, _high in curve]

    assert (loads[0], loads[-1]) == (4.0, 198.0)
    assert loads == sorted(loads)
    assert len(set(loads)) == len(loads) > 50
    assert all(low <= fit <= high for _load, low, fit, high in curve)


def test_without_special_functions_there_is_no_fit_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)

    assert fitted(law_facts([(level, 60.0) for level in map(float, LEVELS)]), seed=1).note == MISSING
