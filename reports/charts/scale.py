"""Scales of a chart: where a value lies between the two ends of an axis, and where its ticks are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..quantity import axis_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Scale", "Tick", "linear", "logarithmic", "nice_step", "tail"]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_PERCENTILES = (0.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999, 99.9999)
_MINOR_PERCENTILES = {0.0, 75.0, 95.0}
_BEYOND = 0.22
_ALL = 100.0
_ROUNDING = 1e-9
_MOST_TICKS = 12
_FEW_DECADES = 2.5


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: its place from 0 to 1 and its text; a `minor` one has no text where there is little room."""

    place: float
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    One axis from `low` to `high`: `kind` is `linear`, `log` or `tail` (percentiles, by how few lie above).

    `unit` is what the texts of the ticks count in; it may be larger or smaller than the data's own.
    """

    kind: str
    low: float
    high: float
    unit: str
    ticks: tuple[Tick, ...]

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1; what lies outside the axis is put at its end."""
        low, high = _along(self.kind, self.low), self.high if self.kind == "tail" else _along(self.kind, self.high)
        if self.kind == "tail" and value >= _ALL:
            return 1.0
        if self.kind == "log" and value <= 0:
            return 0.0
        return min(1.0, max(0.0, (_along(self.kind, value) - low) / (high - low)))


def linear(low: float, high: float, unit: str, *, count: int = 5, snug: bool = False, whole: bool = False) -> Scale:
    """
    Round numbers in a unit that fits; the axis is widened to whole steps unless it shall be `snug`.

    `whole` numbers have no ticks between them.
    """
    if not high > low:
        pad = abs(low) * 0.1 or 1.0
        low, high = low - pad if low else 0.0, high + pad
    shown = axis_unit(max(abs(low), abs(high)), unit)
    step = nice_step((high - low) / shown.divisor, count)
    if whole and step % 1:
        step = max(1.0, 2 * step)
    first = low / shown.divisor / step
    last = high / shown.divisor / step
    begin = math.ceil(first - _ROUNDING) if snug else math.floor(first + _ROUNDING)
    end = math.floor(last + _ROUNDING) if snug else math.ceil(last - _ROUNDING)
    numbers = [index * step for index in range(begin, min(end, begin + 4 * _MOST_TICKS) + 1)]
    if not snug and numbers:
        low, high = numbers[0] * shown.divisor, numbers[-1] * shown.divisor
    places = [(number * shown.divisor - low) / (high - low) for number in numbers]
    ticks = [
        Tick(min(1.0, max(0.0, place)), _label(number, step), minor=index % 2 == 1)
        for index, (place, number) in enumerate(zip(places, numbers, strict=True))
    ]
    return Scale(kind="linear", low=low, high=high, unit=shown.name, ticks=tuple(ticks))


def logarithmic(low: float, high: float, unit: str) -> Scale:
    """Powers of ten between two positive ends, with 2 and 5 between them where there are few."""
    shown = axis_unit(high, unit)
    bottom, top = math.log10(low / shown.divisor), math.log10(high / shown.divisor)
    begin, end = math.floor(bottom + _ROUNDING), math.ceil(top - _ROUNDING)
    every = max(1, math.ceil((end - begin) / _MOST_TICKS))
    factors = (1, 2, 5) if top - bottom <= _FEW_DECADES else (1,)
    numbers = [factor * 10.0**power for power in range(begin, end + 1, every) for factor in factors]
    inside = [number for number in numbers if bottom - _ROUNDING <= math.log10(number) <= top + _ROUNDING]
    ticks = tuple(
        Tick((math.log10(number) - bottom) / (top - bottom), f"{number:,.10g}", minor=index % 2 == 1)
        for index, number in enumerate(inside)
    )
    return Scale(kind="log", low=low, high=high, unit=shown.name, ticks=ticks)


def tail(percentiles: Iterable[float]) -> Scale:
    """Percentiles p on the scale of 1/(1-p), up to the largest below 100 and a little beyond, where 100 stands."""
    below = [value for value in percentiles if value < _ALL]
    high = max([_along("tail", 90.0), *(_along("tail", value) for value in below)]) + _BEYOND
    low = _along("tail", max(0.0, min(below, default=0.0)))
    ticks = tuple(
        Tick((_along("tail", value) - low) / (high - low), f"{value:g}", minor=value in _MINOR_PERCENTILES)
        for value in _PERCENTILES
        if low <= _along("tail", value) <= high
    )
    return Scale(kind="tail", low=max(0.0, min(below, default=0.0)), high=high, unit="%", ticks=ticks)


def nice_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that divides a span into at most so many steps."""
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    return next((power * step for step in _STEPS if power * step >= rough * (1 - _ROUNDING)), power * _STEPS[-1])


def _along(kind: str, value: float) -> float:
    if kind == "linear":
        return value
    if kind == "log":
        return math.log10(value)
    return -math.log10(1 - min(value, _ALL - 1e-7) / _ALL)


def _label(number: float, step: float) -> str:
    if not number:
        return "0"
    size = max(abs(number), step)
    if size >= 1e7 or size < 1e-4:  # noqa: PLR2004 - longer labels have no room
        return f"{number:.3g}"
    digits = max(0, -math.floor(math.log10(step) + _ROUNDING))
    digits += round(step * 10**digits, 6) % 1 != 0
    return f"{number:,.{digits}f}"
