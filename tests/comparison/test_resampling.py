from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatproof.comparison.resampling import change_of, fewest, interval, of_mean, of_percentile, of_rate, of_total
from chatproof.metrics.measured import Series

NO_CHANGE = {"ratio": 1.0, "difference": 0.0}


def series(values: list[float], infinite: int = 0) -> Series:
    return Series(values=tuple(sorted(values)), infinite=infinite)


@pytest.mark.parametrize("percent", [50.0, 95.0])
def test_a_drawn_percentile_is_distributed_as_that_of_streams_drawn_again(percent: float) -> None:
    chance = Random(7)  # noqa: S311 - samples that can be repeated
    seen = series([chance.lognormvariate(0, 0.5) for _ in range(60)], infinite=1)
    every = [seen.at(rank) for rank in range(1, seen.n + 1)]
    resampled = sorted(
        series([value for value in again if value < math.inf], infinite=again.count(math.inf)).percentile(percent)
        for again in (chance.choices(every, k=seen.n) for _ in range(3000))
    )
    draw = of_percentile(seen, percent)
    drawn = sorted(draw(chance) for _ in range(3000))

    for value in sorted(set(every)):  # the greatest distance between the two distributions
        shares = [sum(entry <= value for entry in made) / 3000 for made in (resampled, drawn)]
        assert abs(shares[0] - shares[1]) < 0.05


def test_several_values_of_one_stream_tell_no_more_than_one() -> None:
    many = Series(values=tuple(float(value) for value in range(1, 10_001)))
    widths = []
    for units in (None, 100):
        draw = of_percentile(many, 50.0, units=units)
        chance = Random(1)  # noqa: S311 - samples that can be repeated
        made = sorted(draw(chance) for _ in range(2000))
        widths.append(made[1900] - made[100])

    assert widths[1] > 8 * widths[0]


@settings(max_examples=25)
@given(
    st.lists(st.floats(0.001, 10.0), min_size=5, max_size=60),
    st.lists(st.floats(0.001, 10.0), min_size=5, max_size=60),
    st.integers(0, 4),
    st.sampled_from(["ratio", "difference"]),
)
def test_the_exchanged_runs_give_the_mirror_image(
    first: list[float], second: list[float], failed: int, compares: str
) -> None:
    one, other = of_percentile(series(first, failed), 90.0), of_percentile(series(second), 90.0)

    there = interval(one, other, compares=compares, replicates=400, tail=0.01, seed="s")
    back = interval(other, one, compares=compares, replicates=400, tail=0.01, seed="s")

    for end, mirrored in zip(there, reversed(back), strict=True):
        if compares == "difference":
            assert end == -mirrored
        elif math.isinf(end) or math.isinf(mirrored):
            assert {end, mirrored} == {0.0, math.inf}
        else:
            assert end == pytest.approx(1 / mirrored)


@settings(max_examples=25)
@given(
    st.lists(st.floats(0.001, 10.0), min_size=2, max_size=60),
    st.integers(0, 4),
    st.sampled_from(["ratio", "difference"]),
)
def test_a_run_with_itself_holds_no_change(values: list[float], failed: int, compares: str) -> None:
    draw = of_percentile(series(values, failed), 95.0)

    lower, upper = interval(draw, draw, compares=compares, replicates=400, tail=0.01, seed="s")

    assert lower <= NO_CHANGE[compares] <= upper


def test_the_same_seed_gives_the_same_interval() -> None:
    draw, other = of_mean(3, 200), of_mean(9, 200)
    made = [interval(draw, other, compares="difference", replicates=500, tail=0.01, seed=name) for name in "aab"]

    assert made[0] == made[1] != made[2]


def test_nothing_of_many_is_not_never() -> None:
    lower, upper = interval(
        of_mean(0, 200), of_mean(0, 200), compares="difference", replicates=2000, tail=0.01, seed=""
    )

    assert -0.05 < lower < 0 < upper < 0.05


def test_a_rate_varies_with_the_root_of_its_count() -> None:
    chance = Random(3)  # noqa: S311 - samples that can be repeated
    few, many = (sorted(of_rate(count, 10.0)(chance) for _ in range(2000)) for count in (100, 10_000))

    assert few[1000] == pytest.approx(10.0, rel=0.03)
    assert (few[1900] - few[100]) / few[1000] == pytest.approx(10 * (many[1900] - many[100]) / many[1000], rel=0.15)


def test_a_total_of_parts_keeps_its_mean_and_its_spread() -> None:
    chance, draw = Random(3), of_total(400.0, 1600.0, 10.0)  # noqa: S311 - samples that can be repeated
    made = [draw(chance) for _ in range(4000)]
    mean = sum(made) / len(made)

    assert mean == pytest.approx(40.0, rel=0.02)
    assert math.sqrt(sum((value - mean) ** 2 for value in made) / len(made)) == pytest.approx(4.0, rel=0.1)
    assert of_total(0.0, 0.0, 10.0)(chance) == 0.0


@pytest.mark.parametrize(("percent", "tail", "least"), [(95.0, 0.025, 72), (99.0, 0.025, 368), (50.0, 0.025, 6)])
def test_the_fewest_streams_bound_a_percentile_on_both_sides(percent: float, tail: float, least: int) -> None:
    share = percent / 100

    assert fewest(percent, tail) == least
    assert max(share, 1 - share) ** least <= tail < max(share, 1 - share) ** (least - 1)


@pytest.mark.parametrize(
    ("base", "run", "ratio", "difference"),
    [
        (2.0, 3.0, 1.5, 1.0),
        (0.0, 0.0, 1.0, 0.0),
        (0.0, 1.0, math.inf, 1.0),
        (math.inf, math.inf, 1.0, 0.0),
        (math.inf, 1.0, 0.0, -math.inf),
        (1.0, math.inf, math.inf, math.inf),
    ],
)
def test_changes_of_what_is_nothing_or_a_failure(base: float, run: float, ratio: float, difference: float) -> None:
    assert change_of(base, run, "ratio") == ratio
    assert change_of(base, run, "difference") == difference
