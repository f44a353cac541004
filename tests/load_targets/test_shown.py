from __future__ import annotations

import pytest

from chatproof.targets.units import shown


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0000044, "s", "0.0044 ms"),
        (0.349, "s", "349 ms"),
        (1.25, "s", "1.25 s"),
        (0.0, "s", "0 s"),
        (999.0, "B", "999 B"),
        (1000.0, "B", "1 kB"),
        (2_500_000.0, "B", "2.5 MB"),
        (1.5, "%", "1.5 %"),
        (20.0, "1/s", "20/s"),
        (3.0, "1", "3"),
    ],
)
def test_a_value_is_shown_in_the_unit_that_people_read(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text
