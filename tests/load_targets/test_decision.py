"""The four verdicts of a target, at and beside each of its edges."""

from __future__ import annotations

import math

import pytest

from chatproof.metrics.measured import Absent, Figure, Measured, Series, Share, Spread
from chatproof.targets import decide, parse_target
from chatproof.targets.expression import Target

MS = 1_000_000


def series(*groups: tuple[int, float], infinite: int = 0, step: float = 0.0) -> Series:
    """So many values of so many milliseconds."""
    return Series(
        values=tuple(sorted(at * MS for count, at in groups for _ in range(count))), infinite=infinite, step=step
    )


def target(expression: str) -> Target:
    name, comparison, number = expression.split(" ", 2)
    return parse_target(name, f"{comparison} {number}")


@pytest.mark.parametrize(
    ("expression", "measured", "word"),
    [
        ("ttft.p95 < 350ms", series((58, 100)), "inconclusive"),
        ("ttft.p95 < 350ms", series((59, 100)), "met"),
        ("ttft.p95 < 350ms", series((59, 350)), "not_met"),
        ("ttft.p95 <= 350ms", series((59, 350)), "met"),
        ("ttft.p95 < 350ms", series((850, 200), (150, 349)), "met"),
        ("ttft.p95 < 350ms", series((850, 200), (150, 351)), "not_met"),
        ("ttft.p95 < 350ms", series((950, 200), (50, 351)), "inconclusive"),
        ("ttft.p95 < 350ms", series((1000, 200), infinite=20), "met"),
        ("ttft.p95 < 350ms", series((1000, 200), infinite=200), "not_met"),
        ("ttft.p95 < 350ms", series(infinite=100), "not_met"),
        ("ttft.p95 < 350ms", series(), "inconclusive"),
        ("ttft.p5 > 10ms", series((59, 20)), "met"),
        ("ttft.p5 > 10ms", series((59, 10)), "not_met"),
        ("ttft.p5 >= 10ms", series((59, 10)), "met"),
        ("ttft.p5 > 10ms", series((58, 20)), "inconclusive"),
        ("heartbeat.gap.max < 15s", series((1, 14_000)), "met"),
        ("heartbeat.gap.max < 15s", series((400, 10_000), (1, 15_000)), "not_met"),
        ("heartbeat.gap.max < 15s", series((400, 10_000), infinite=1), "not_met"),
        ("heartbeat.gap.max < 15s", series(), "inconclusive"),
        ("ttft.min > 10ms", series((1, 11), (5, 100)), "met"),
        ("error_rate < 1%", Share(hits=0, n=298), "inconclusive"),
        ("error_rate < 1%", Share(hits=0, n=299), "met"),
        ("error_rate < 1%", Share(hits=1, n=472), "inconclusive"),
        ("error_rate < 1%", Share(hits=1, n=473), "met"),
        ("error_rate < 1%", Share(hits=5, n=100), "not_met"),
        ("error_rate < 1%", Share(hits=0, n=0), "inconclusive"),
        ("survival_5m > 99%", Share(hits=299, n=299), "met"),
        ("survival_5m > 99%", Share(hits=298, n=298), "inconclusive"),
        ("survival_5m > 99%", Share(hits=380, n=400), "not_met"),
        ("survival_5m > 99%", Share(hits=0, n=0), "inconclusive"),
        ("delivery_ratio >= 100%", Share(hits=9, n=9), "inconclusive"),
        ("uptime > 99%", Spread(values=(1.0,) * 299), "met"),
        ("uptime > 99%", Spread(values=(1.0,) * 298), "inconclusive"),
        ("uptime > 99%", Spread(values=(0.9,) * 300), "not_met"),
        ("uptime > 99%", Spread(values=()), "inconclusive"),
        ("concurrency >= 100", Figure(value=100, n=400), "met"),
        ("concurrency >= 100", Figure(value=99, n=400), "not_met"),
        ("concurrency >= 100", Figure(value=0, n=0), "inconclusive"),
        ("concurrency >= 100", Figure(value=math.nan, n=3), "inconclusive"),
        ("push.doubles <= 0", Figure(value=0, n=10), "met"),
        ("push.doubles <= 0", Figure(value=1, n=10), "not_met"),
        ("cost < 2 USD", Figure(value=math.inf, n=1), "not_met"),
        ("memory.p95 < 200ms", Absent(reason="nobody tells"), "not_claimed"),
    ],
)
def test_the_verdict(expression: str, measured: Measured, word: str) -> None:
    found = decide(target(expression), measured)

    assert found.verdict == word
    assert found.reason
    assert bool(found.missing) == (word == "inconclusive")


@pytest.mark.parametrize(
    ("expression", "at", "error", "word"),
    [
        ("ttft.p95 < 350ms", 347, 0.002, "met"),
        ("ttft.p95 < 350ms", 348, 0.002, "inconclusive"),
        ("ttft.p95 < 350ms", 351, 0.002, "inconclusive"),
        ("ttft.p95 < 350ms", 352, 0.002, "not_met"),
        ("heartbeat.gap.max < 350ms", 349, 0.002, "inconclusive"),
        ("heartbeat.gap.max < 350ms", 352, 0.002, "not_met"),
        ("ttft.p5 > 350ms", 351, 0.002, "inconclusive"),
        ("ttft.p5 > 350ms", 353, 0.002, "met"),
    ],
)
def test_the_generators_own_error_decides_nothing(expression: str, at: float, error: float, word: str) -> None:
    found = decide(target(expression), series((200, at)), error_seconds=error)

    assert found.verdict == word
    assert found.error == pytest.approx(error)
    if word == "inconclusive":
        assert found.missing == "a smaller error of the generator"


def test_an_error_in_seconds_is_none_of_a_share_or_count() -> None:
    assert decide(target("error_rate < 1%"), Share(hits=0, n=299), error_seconds=9).error == 0
    assert decide(target("concurrency >= 100"), Figure(value=100, n=1), error_seconds=9).verdict == "met"


def test_values_that_were_counted_in_steps_are_off_by_half_a_step() -> None:
    found = decide(target("gap.p95 < 350ms"), series((200, 349.96), step=100_000))

    assert (found.verdict, found.error) == ("inconclusive", 0.00005)
    assert decide(target("gap.p95 < 350ms"), series((200, 349.94), step=100_000)).verdict == "met"


def test_figures_are_in_the_units_of_the_verdict() -> None:
    found = decide(target("ttft.p95 < 350ms"), series((850, 200), (150, 351), infinite=2), error_seconds=0.001)

    assert (found.target, found.metric, found.statistic) == ("ttft.p95 < 350ms", "ttft", "p95")
    assert (found.limit, found.unit, found.comparison) == (0.35, "s", "<")
    assert (found.value, found.lower, found.upper, found.n, found.infinite) == (0.351, 0.351, 0.351, 1002, 2)

    share = decide(target("survival_5m > 99%"), Share(hits=380, n=400))
    assert (share.limit, share.value, share.unit) == (99.0, 95.0, "%")
    assert share.lower is not None
    assert share.upper is not None
    assert 92 < share.lower < 95 < share.upper < 97


def test_what_is_infinite_or_unknown_is_no_number() -> None:
    failed = decide(target("ttft.p95 < 350ms"), series(infinite=100))
    few = decide(target("ttft.p95 < 350ms"), series((10, 100)))
    none = decide(target("error_rate < 1%"), Share(hits=0, n=0))
    census = decide(target("concurrency >= 100"), Figure(value=120, n=9))

    assert (failed.value, failed.lower, failed.upper, failed.infinite) == (None, None, None, 100)
    assert (few.value, few.upper) == (0.1, None)
    assert (none.value, none.lower, none.upper, none.n) == (None, None, None, 0)
    assert (census.value, census.lower, census.upper) == (120, None, None)


def test_what_is_not_claimed_names_the_line_that_would_claim_it() -> None:
    absent = decide(target("memory.p95 < 200ms"), Absent(reason="nobody tells", declare="memory_field = ..."))

    assert (absent.reason, absent.declare) == ("nobody tells", "memory_field = ...")
