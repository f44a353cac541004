from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.load_plan import Plan
from chatproof.metrics.measured import Share, Spread
from chatproof.metrics.survival import Life, curve
from chatproof.metrics.values import measure
from chatproof.samples import Sample
from chatproof.samples.collected import Collected
from support.load_samples import ns, turn

PLAN = Plan(workload="soak")
LIVES = st.lists(st.builds(Life, st.integers(0, 12), st.booleans()), max_size=30)


def soaked(lasts: float, **fields: object) -> Sample:
    return turn(10.0, operation="subscription", ttft=None, lasts=lasts, planned_ns=ns(300.0), **fields)


@given(LIVES)
def test_the_curve_is_the_product_over_all_moments(found: list[Life]) -> None:
    share = 1.0
    expected = {0: 1.0}
    for age in range(10):
        at_risk = sum(life.age_ns >= age for life in found)
        failed = sum(life.failed and life.age_ns == age for life in found)
        if failed:
            share *= 1 - failed / at_risk
            expected[age] = share

    steps = curve(found, 10)

    assert {step.age_ns: step.share for step in steps} == pytest.approx(expected)
    assert all(step.lower - 1e-12 <= step.share <= step.upper + 1e-12 for step in steps if step.at_risk)


def test_the_band_is_greenwoods_where_streams_failed_and_exact_where_none_did() -> None:
    found = [Life(4, failed=True), *[Life(10, failed=False)] * 99]

    first, second = curve(found, 10)

    assert first.lower == pytest.approx(0.05 ** (1 / 100))  # Clopper and Pearson: none of 100 failed
    assert (second.share, second.at_risk) == (0.99, 100)
    width = 1.6448536 * math.sqrt(1 / (100 * 99)) / abs(math.log(0.99))
    assert second.lower == pytest.approx(0.99 ** math.exp(width))
    assert second.upper == pytest.approx(0.99 ** math.exp(-width))


def test_streams_that_we_ended_before_are_left_out_and_no_survivors() -> None:
    samples = [
        soaked(300.0),
        soaked(301.0, cause="reset"),  # it failed after its five minutes
        soaked(200.0, cause="cut"),
        soaked(299.0, censored=True),
        soaked(120.0, aborted=True),
        soaked(300.0, warm_up=True),
        turn(lasts=400.0),  # never planned to stay open
        turn(lasts=60.0, planned_ns=ns(60.0)),  # planned for one minute
    ]

    assert measure(Collected(samples), PLAN, metric="survival_5m") == Share(hits=2, n=3)


def test_five_minutes_are_shorter_in_scaled_time() -> None:
    plan = Plan(workload="soak", scale=50.0)
    samples = [turn(lasts=6.1, planned_ns=ns(6.0)), turn(lasts=4.0, planned_ns=ns(6.0), cause="cut")]

    assert measure(Collected(samples), plan, metric="survival_5m") == Share(hits=1, n=2)
    assert measure(Collected(samples), PLAN, metric="survival_5m") == Share(hits=0, n=0)


def test_uptime_is_the_part_of_the_planned_time() -> None:
    samples = [
        soaked(310.0),
        soaked(150.0, cause="cut"),
        soaked(30.0, cause="refused", headers_ns=None),
        soaked(100.0, censored=True),
    ]

    assert measure(Collected(samples), PLAN, metric="uptime") == Spread(values=(1.0, 0.5, 0.0))
