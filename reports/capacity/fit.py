"""The fitted law of a capacity run in rows: each parameter, its 95 % range, and what it means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..quantity import quantity

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts

__all__ = ["FIT_HEAD", "fit_rows"]

FIT_HEAD = ("parameter", "value", "95 % range", "meaning")


def fit_rows(facts: CapacityFacts) -> list[tuple[str, str, str, str]]:
    """The parameters of the fit; empty where there is none."""
    law = facts.fit
    if law is None:
        return []
    rows = [
        ("λ", law.rate_per_unit, law.rate_interval, "what one alone gets done in a second"),
        (
            "\N{GREEK SMALL LETTER SIGMA}",
            law.contention,
            law.contention_interval,
            "contention: the share that is done one after another",
        ),
        ("κ", law.coherency, law.coherency_interval, "coherency: what each two cost one another"),
    ]
    found = [(name, _number(value), _range(*interval), meaning) for name, value, interval, meaning in rows]
    meaning = "where throughput is greatest, by what is under way"
    return [
        ("N*", "not bounded" if law.peak is None else _number(law.peak), _range(law.peak_low, law.peak_high), meaning),
        *found,
    ]


def _range(low: float | None, high: float | None) -> str:
    if low is None or not math.isfinite(low):
        return "none"
    return (
        f"{_number(low)} to {_number(high)}" if high is not None and math.isfinite(high) else f"{_number(low)} or more"
    )


def _number(value: float) -> str:
    """Three digits that say something, whatever the size."""
    return quantity(float(f"{value:.3g}"), "1") if abs(value) >= 1 or not value else f"{value:.3g}"
