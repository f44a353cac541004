from __future__ import annotations

import math

import pytest

from chatproof.reports.quantity import axis_unit, exact, in_base, quantity


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.3492, "s", "349.2 ms"),
        (0.349, "s", "349.0 ms"),
        (0.00049, "s", "0.490 ms"),
        (0.0012, "s", "1.20 ms"),
        (0.0, "s", "0 ms"),
        (0.99996, "s", "1.000 s"),
        (1.2344, "s", "1.234 s"),
        (12.345, "s", "12.35 s"),
        (300.1, "s", "300.10 s"),
        (12_345.6, "s", "12,346 s"),
        (349.2, "ms", "349.2 ms"),
        (349_200_000, "ns", "349.2 ms"),
        (97.3, "%", "97.30 %"),
        (99.75, "%", "99.750 %"),
        (99.99996, "%", "99.99996 %"),
        (100.0, "%", "100 %"),
        (0.0, "%", "0 %"),
        (100.0, "1", "100"),
        (1240.0, "1", "1,240"),
        (1.0041, "1", "1.004"),
        (4210.0, "B", "4.21 kB"),
        (17.0, "B", "17 B"),
        (96.5, "MB", "96.50 MB"),
        (0.01234, "USD", "0.01234 USD"),
        (1.3333e-05, "USD", "0.0000133 USD"),
        (2e-05, "USD", "0.00002 USD"),
        (1e-15, "USD", "1e-15 USD"),
        (12.4, "1/s", "12.4/s"),
        (1e30, "1", "1e+30"),
        (math.inf, "s", "a failure"),
        (-math.inf, "%", "a failure"),
        (math.nan, "s", "nothing"),
        (3.0, "widgets", "3 widgets"),
    ],
)
def test_numbers_are_said_with_about_four_digits(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.35, "s", "350 ms"),
        (10.0, "s", "10 s"),
        (0.0012, "s", "1.2 ms"),
        (99.0, "%", "99 %"),
        (100.0, "1", "100"),
        (5e6, "B", "5 MB"),
        (0.5, "1/s", "0.5/s"),
        (2.5, "USD", "2.5 USD"),
        (math.inf, "s", "a failure"),
    ],
)
def test_declared_numbers_have_no_zero_more(value: float, unit: str, text: str) -> None:
    assert exact(value, unit) == text


def test_units_of_axes_and_bases() -> None:
    assert axis_unit(0.5, "s").name == "ms"
    assert axis_unit(120_000, "ms").name == "s"
    assert axis_unit(5e9, "B").name == "GB"
    assert axis_unit(7, "%").name == "%"
    assert in_base("ms") == (0.001, "s")
    assert in_base("kB") == (1000.0, "B")
    assert in_base("%") == (1.0, "%")
