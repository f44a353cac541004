"""What the intervals of figures are made of: who shares the confidence, how much is drawn, and what is added."""

from __future__ import annotations

import math
from random import Random

import pytest

from chatproof.comparison.figures import Rules, _sharing, figure_changes, margin_of
from chatproof.comparison.resampling import fewest, of_mean, of_percentile, of_rate, of_total
from chatproof.comparison.values import Key, Varying
from chatproof.metrics.measured import Series
from support.compared_runs import loaded, turns

ALPHA = 0.05
TIMES = [0.2 + 0.0001 * number for number in range(500)]


class Asked(Random):
    """A source of chance that keeps what it is asked for."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked: list[tuple[float, float]] = []

    def betavariate(self, alpha: float, beta: float) -> float:
        self.asked.append((alpha, beta))
        return 0.5

    def gammavariate(self, alpha: float, beta: float) -> float:
        self.asked.append((alpha, beta))
        return alpha * beta


def sharing(*streams: tuple[str, int]) -> int:
    """How many of these figures share the confidence, each a percentile of so many streams."""
    sides = {
        Key("ttft", str(place), statistic): (Varying(draw=Random.random, units=units),) * 2
        for place, (statistic, units) in enumerate(streams)
    }
    return _sharing(sides, ALPHA)


def test_each_figure_that_shares_the_confidence_takes_more_streams() -> None:
    least = [fewest(95.0, ALPHA / 2 / number) for number in (1, 2, 3)]

    assert least == [72, 86, 94]
    assert sharing() == 0
    assert sharing(("p95", 72)) == 1
    assert sharing(*[("p95", 86)] * 2) == 2
    assert sharing(*[("p95", 94)] * 3) == 3
    assert sharing(("p95", 94), ("p95", 94), ("p95", 71)) == 2


def test_a_figure_without_an_interval_costs_the_others_nothing() -> None:
    """Of three figures two share the confidence: 90 streams then bound a p95, and 320 are too few for a p99."""
    assert fewest(95.0, ALPHA / 2 / 2) <= 90 < fewest(95.0, ALPHA / 2 / 3)
    assert fewest(99.0, ALPHA) <= 320 < fewest(99.0, ALPHA / 2)

    assert sharing(("p50", 100), ("p95", 90), ("p99", 320)) == 2
    assert sharing(*[("p95", 100)] * 4, ("p95", 96)) == 4


@pytest.mark.parametrize(("base", "run"), [(500, 71), (71, 500)])
def test_one_side_that_is_too_small_leaves_no_interval(base: int, run: int) -> None:
    found = figure_changes(*(loaded(turns(TIMES[:number]), only=("ttft",)) for number in (base, run)), rules=Rules())

    assert {entry.name: entry.interval for entry in found.changes} == {
        "ttft.p50": True,
        "ttft.p95": False,
        "ttft.p99": False,
    }
    assert found.judged == 1


def test_ten_replicates_lie_in_every_tail_and_there_are_two_thousand_at_least() -> None:
    few, many = (
        figure_changes(loaded(turns(TIMES), only=only), loaded(turns(TIMES), only=only), rules=Rules())
        for only in (("ttft",), ())
    )

    assert few.judged <= 5
    assert few.replicates == 2000
    assert many.judged > 5
    assert many.replicates == 10 * 2 * many.judged / ALPHA


def test_without_other_wish_the_first_seed_and_95_percent_are_taken() -> None:
    assert (Rules().seed, Rules().confidence, Rules().tolerance) == (1, 0.95, 0.02)


@pytest.mark.parametrize(
    ("compares", "unit", "margin"),
    [
        ("ratio", "s", (1 / 1.02, 1.02)),
        ("ratio", "%", (1 / 1.02, 1.02)),
        ("difference", "%", (-0.2, 0.2)),
        ("difference", "1", (0.0, 0.0)),
    ],
)
def test_of_a_number_of_events_every_change_is_relevant(compares: str, unit: str, margin: tuple[float, float]) -> None:
    assert margin_of(compares, unit, 0.02) == pytest.approx(margin, abs=1e-12)


@pytest.mark.parametrize(
    ("total", "n", "asked"), [(0, 200, (0.5, 200.5)), (200, 200, (200.5, 0.5)), (3.5, 10, (4.0, 7.0))]
)
def test_half_a_case_is_added_on_both_sides_of_a_mean(total: float, n: float, asked: tuple[float, float]) -> None:
    chance = Asked()

    assert of_mean(total, n)(chance) == 0.5
    assert chance.asked == [asked]


@pytest.mark.parametrize(("count", "drawn"), [(0.0, 0.05), (1.0, 0.15), (400.0, 40.05)])
def test_half_an_event_is_added_to_a_rate(count: float, drawn: float) -> None:
    chance = Asked()

    assert of_rate(count, 10.0)(chance) == pytest.approx(drawn)
    assert chance.asked == [(count + 0.5, 1.0)]


def test_a_rate_of_nothing_can_be_drawn() -> None:
    draw, chance = of_rate(0.0, 10.0), Random(1)  # noqa: S311 - samples that can be repeated

    assert all(0 <= draw(chance) < math.inf for _ in range(1000))


@pytest.mark.parametrize(
    ("percent", "n", "asked"),
    [(95.0, 200, (190.0, 11.0)), (99.0, 200, (198.0, 3.0)), (50.0, 5, (3.0, 3.0)), (0.1, 10, (1.0, 10.0))],
)
def test_a_percentile_is_drawn_at_its_nearest_rank(percent: float, n: int, asked: tuple[float, float]) -> None:
    chance = Asked()
    of_percentile(Series(values=[float(value) for value in range(n)]), percent)(chance)

    assert chance.asked == [asked]


@pytest.mark.parametrize(
    ("percent", "units", "asked"), [(95.0, 100, (95.5, 5.5)), (50.0, 100, (50.5, 50.5)), (99.0, 10, (10.4, 0.6))]
)
def test_many_values_of_few_streams_are_drawn_as_of_the_streams(
    percent: float, units: int, asked: tuple[float, float]
) -> None:
    chance = Asked()
    of_percentile(Series(values=[float(value) for value in range(1000)]), percent, units=units)(chance)

    assert chance.asked == [pytest.approx(asked)]


@pytest.mark.parametrize(("parts", "squares"), [(0.0, 0.0), (1e-200, 0.0), (0.0, 1.0)])
def test_a_total_of_parts_too_small_to_be_squared_is_nothing(parts: float, squares: float) -> None:
    assert of_total(parts, squares, 10.0)(Asked()) == 0.0


def test_a_total_is_drawn_with_its_mean_and_its_spread() -> None:
    chance = Asked()

    assert of_total(0.5, 0.5, 10.0)(chance) == pytest.approx(0.05)
    assert chance.asked == [(0.5, 1.0)]
