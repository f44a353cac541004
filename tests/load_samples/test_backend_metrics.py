from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.load_plan import Plan
from chatproof.metrics.backend import slope
from chatproof.metrics.measured import Absent, Figure
from chatproof.metrics.values import measure
from chatproof.samples import Reading
from chatproof.samples.collected import Collected
from support.load_samples import turn

PLAN = Plan()
MB = 1_000_000


def reading(at: float, rss: int | None, phase: str = "load", **fields: Any) -> Reading:
    return Reading(at_ns=round(at * 1e9), rss_bytes=rss, phase=phase, **fields)


def found(records: list[Any], metric: str) -> Any:
    return measure(Collected(records), PLAN, metric=metric)


def test_the_most_under_load_and_what_is_left_after_it() -> None:
    records = [
        reading(-1.0, 90 * MB, "before", open_files=10),
        reading(5.0, 95 * MB, cpu=0.2, open_files=60),
        reading(3.0, 120 * MB, cpu=0.4, open_files=110),
        reading(20.0, 200 * MB, "after", open_files=40),
        reading(25.0, 91 * MB, "after", open_files=12),
    ]

    assert found(records, "backend.rss") == Figure(value=120.0 * MB, n=2)
    assert found(records, "backend.open_files") == Figure(value=110.0, n=2)
    cpu = found(records, "backend.cpu")
    assert (cpu.value, cpu.n) == (pytest.approx(0.3), 2)
    assert found(records, "rss.left") == Figure(value=1.0 * MB, n=2)
    assert found(records, "open_files.left") == Figure(value=2.0, n=2)


def test_what_is_not_observed_names_the_line_that_would() -> None:
    for metric in ("backend.rss", "backend.cpu", "backend.open_files", "rss_per_connection", "rss.left"):
        absent = found([turn()], metric)
        assert isinstance(absent, Absent)
        assert "[observe]" in absent.declare
    untold = found([reading(1.0, None)], "backend.rss")
    assert isinstance(untold, Absent)


def test_memory_per_connection_is_the_slope_over_open_streams() -> None:
    streams = [turn(float(number), lasts=100.0) for number in range(20)]
    rising = [reading(number + 0.5, 50 * MB + 70_000 * (number + 1)) for number in range(20)]
    after = [reading(200.0, 99 * MB, "after")]

    slope_found = found([*streams, *rising, *after], "rss_per_connection")

    assert isinstance(slope_found, Figure)
    assert slope_found.value == pytest.approx(70_000)
    assert isinstance(found([*streams[:5], *rising], "rss_per_connection"), Absent)
    assert isinstance(found([*streams, *rising[:4]], "rss_per_connection"), Absent)


def test_the_backends_own_count_of_connections_goes_first() -> None:
    records = [reading(float(number), 10 * MB + 500 * number * 10, connections=number * 10) for number in range(9)]

    value = found(records, "rss_per_connection").value

    assert value == pytest.approx(500.0)


def test_memory_per_slow_reader_counts_slow_readers_alone() -> None:
    streams = [turn(float(number), lasts=100.0, tags=("slow",)) for number in range(20)]
    others = [turn(0.0, lasts=100.0) for _ in range(50)]
    readings = [reading(number + 0.5, 50 * MB + 9000 * (number + 1), connections=70) for number in range(20)]

    assert found([*streams, *others, *readings], "rss_per_slow_reader").value == pytest.approx(9000)
    assert isinstance(found([*others, *readings], "rss_per_slow_reader"), Absent)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.sets(st.integers(0, 1000), min_size=2, max_size=20))
def test_the_slope_of_a_line_is_its_own(rise: int, start: int, where: set[int]) -> None:
    assert slope([(float(x), float(start + rise * x)) for x in where]) == pytest.approx(rise, abs=1e-6)


def test_a_slope_over_one_place_is_none() -> None:
    assert slope([(3.0, 1.0), (3.0, 2.0)]) is None
    assert slope([]) is None
