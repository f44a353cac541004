"""Lines of a chart against load: rungs of the same level are drawn as one point, with a band between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chatproof.load_facts import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatproof.capacity_facts import Rung

__all__ = ["finite", "level_of", "line", "values_by_level"]


def line(
    name: str,
    rungs: Iterable[Rung],
    value: Callable[[Rung], float | None],
    *,
    at: Callable[[Rung], float] | None = None,
) -> Line:
    """
    The mean of a value at each level where it is known, and a band from the least to the greatest where levels repeat.

    `at` is where on the axis a rung lies, if not at its level.
    """
    found = values_by_level(rungs, value, at=at)
    several = any(len(values) > 1 for values in found.values())
    return Line(
        name=name,
        points=tuple((place, sum(values) / len(values)) for place, values in found.items()),
        band=tuple((place, min(values), max(values)) for place, values in found.items()) if several else (),
    )


def values_by_level(
    rungs: Iterable[Rung], value: Callable[[Rung], float | None], *, at: Callable[[Rung], float] | None = None
) -> dict[float, list[float]]:
    """The values of rungs of the same level, by the mean of where those lie on the axis, rising."""
    groups: dict[float, list[Rung]] = {}
    for rung in rungs:
        if math.isfinite(rung.level):
            groups.setdefault(rung.level, []).append(rung)
    found: dict[float, list[float]] = {}
    for level in sorted(groups):
        pairs = [((at or level_of)(rung), value(rung)) for rung in groups[level]]
        known = [(place, number) for place, number in pairs if math.isfinite(place) and finite(number) is not None]
        if known:
            place = sum(place for place, _number in known) / len(known)
            found[place] = [number for _place, number in known if number is not None]
    return found


def level_of(rung: Rung) -> float:
    """The level of load that was asked for."""
    return rung.level


def finite(value: float | None) -> float | None:
    """The value where it is a finite number, else None."""
    return value if value is not None and math.isfinite(value) else None
