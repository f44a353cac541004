"""Numbers with their units, as people read them: `349.2 ms`, `1.234 s`, `99.31 %`, `4.2 MB`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AxisUnit", "axis_unit", "exact", "in_base", "quantity"]

_SECONDS: Mapping[str, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}
_BYTES: Mapping[str, float] = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}
_TIME_AXES = ((10_800.0, "h", 3600.0), (180.0, "min", 60.0), (1.0, "s", 1.0), (0.0, "ms", 1e-3))
_BYTE_STEPS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_MOST_DIGITS = 6
_PERCENT_EDGE = 1.0
_SMALL_MONEY = 1e-4
_SMALLEST_MONEY = 1e-12
_LONGEST_WHOLE = 1e15
_PLAIN = {"", "1"}
WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class AxisUnit:
    """The unit of an axis: a value in the data's own unit divided by `divisor` is one in the unit `name`."""

    name: str
    divisor: float


def quantity(value: float, unit: str) -> str:
    """
    The value with about four digits; times below a second in ms, bytes in powers of 1,000.

    Infinity is `a failure`, as nothing else is infinite here, and NaN is `nothing`. A unit that is not known stays.
    """
    if not math.isfinite(value):
        return "nothing" if math.isnan(value) else "a failure"
    if unit in _SECONDS:
        return _time(value * _SECONDS[unit])
    if unit in _BYTES:
        return _bytes(value * _BYTES[unit])
    if unit == "%":
        return _percent(value)
    if unit == "1/s":
        return f"{_count(value)}/s"
    money = unit == "USD" and 0 < abs(value) < _SMALL_MONEY
    text = _written_out(value) if money else _count(value)
    return text if unit in _PLAIN else f"{text} {unit}"


def exact(value: float, unit: str) -> str:
    """A declared number, such as a limit: all its digits and no zero more."""
    if not math.isfinite(value):
        return quantity(value, unit)
    if unit in _SECONDS:
        seconds = value * _SECONDS[unit]
        return f"{seconds * 1000:,.10g} ms" if abs(seconds) < 1 else f"{seconds:,.10g} s"
    if unit in _BYTES:
        size = value * _BYTES[unit]
        scale, name = _byte_step(size)
        return f"{size / scale:,.10g} {name}"
    if unit == "%":
        return f"{value:,.10g} %"
    if unit == "1/s":
        return f"{value:,.10g}/s"
    return f"{value:,.10g}" if unit in _PLAIN else f"{value:,.10g} {unit}"


def axis_unit(largest: float, unit: str) -> AxisUnit:
    """The unit in which an axis up to `largest` (in `unit`) has short labels: ms, s, min or h; kB, MB, GB."""
    if unit in _SECONDS:
        seconds = abs(largest) * _SECONDS[unit]
        name, scale = next((name, scale) for least, name, scale in _TIME_AXES if seconds >= least)
        return AxisUnit(name, scale / _SECONDS[unit])
    if unit in _BYTES:
        scale, name = _byte_step(largest * _BYTES[unit])
        return AxisUnit(name, scale / _BYTES[unit])
    return AxisUnit("" if unit in _PLAIN else unit, 1.0)


def in_base(unit: str) -> tuple[float, str]:
    """The factor that takes a value of a unit to its base unit, and the base unit: `ms` gives (0.001, `s`)."""
    if unit in _SECONDS:
        return _SECONDS[unit], "s"
    if unit in _BYTES:
        return _BYTES[unit], "B"
    return 1.0, unit


def _time(seconds: float) -> str:
    size = abs(seconds)
    rungs = ((0.001, 1000, 3, "ms"), (0.009995, 1000, 2, "ms"), (0.99995, 1000, 1, "ms"), (9.9995, 1, 3, "s"))
    if not size:
        return "0 ms"
    for below, factor, digits, name in rungs:
        if size < below:
            return f"{seconds * factor:.{digits}f} {name}"
    return f"{seconds:,.2f} s" if size < 999.95 else f"{_count(round(seconds))} s"  # noqa: PLR2004 - four digits


def _bytes(size: float) -> str:
    scale, name = _byte_step(size)
    return f"{_count(size)} B" if name == "B" else f"{size / scale:,.2f} {name}"


def _byte_step(size: float) -> tuple[float, str]:
    return next(((scale, name) for scale, name in _BYTE_STEPS if abs(size) >= scale), (1.0, "B"))


def _percent(value: float) -> str:
    """More digits near 0 and 100, where they matter; what is not all is never written as 100 %."""
    if value in {0.0, WHOLE}:
        return f"{value:.0f} %"
    digits = 3 if min(abs(value), abs(WHOLE - value)) < _PERCENT_EDGE else 2
    while digits < _MOST_DIGITS and float(f"{value:.{digits}f}") in {0.0, WHOLE}:
        digits += 1
    return f"{_count(value)} %" if abs(value) >= _LONGEST_WHOLE else f"{value:.{digits}f} %"


def _written_out(value: float) -> str:
    """Three digits without an exponent: `0.0000133`; what is nothing to pay with keeps its exponent."""
    if abs(value) < _SMALLEST_MONEY:
        return f"{value:.3g}"
    return f"{Decimal(f'{value:.3g}'):f}"


def _count(value: float) -> str:
    if abs(value) >= _LONGEST_WHOLE or 0 < abs(value) < 1e-4:  # noqa: PLR2004 - four digits say nothing there
        return f"{value:.3g}"
    if value == round(value):
        return f"{round(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - four digits
