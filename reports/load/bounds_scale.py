"""The small scale of a target: its value and bounds against the limit, places in percent of its width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..charts.scale import linear
from ..quantity import WHOLE, exact

if TYPE_CHECKING:
    from chatproof.load_facts import TargetVerdict

    from ..charts.scale import Tick

__all__ = ["BoundsScale", "bounds_scale"]

_PAD = 0.15
_ZOOM = 0.5
_OPEN = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsScale:
    """
    `limit`, `value`, `lower` and `upper` are places in percent; `value` is None for a failure.

    `open_upper` (`open_lower`) says that there is no bound on that side: the bar then runs to the end. `error_from` and
    `error_to` are where the generator's own error reaches beyond the bounds. `refused` is the span beyond the limit.
    """

    limit: float
    limit_text: str
    value: float | None
    lower: float
    upper: float
    open_lower: bool
    open_upper: bool
    error_from: float
    error_to: float
    refused: tuple[float, float]
    ticks: tuple[Tick, ...]
    unit: str


def bounds_scale(target: TargetVerdict) -> BoundsScale | None:
    """The geometry; None where nothing was measured."""
    if not target.n or (target.value is None and not target.infinite):
        return None
    if not math.isfinite(target.limit):
        return None
    known = [value for value in (target.limit, target.lower, target.upper, target.value) if _known(value)]
    low, high = _ends(target, [float(value) for value in known if value is not None])
    scale = linear(low, high, target.unit, count=4, snug=True)

    def place(value: float) -> float:
        return round(100 * scale.place(value), 2)

    value = None if target.value is None or not _known(target.value) else place(target.value)
    lower, upper = _bounds(target)
    failing = lower is None and value is None and target.verdict == "not_met"
    left = place(lower) if lower is not None else 100.0 if failing else 0.0
    right = 100.0 if upper is None else place(upper)
    limit = place(target.limit)
    below = target.comparison.startswith("<")
    return BoundsScale(
        limit=limit,
        limit_text=exact(target.limit, target.unit),
        value=value,
        lower=min(left, right),
        upper=max(left, right),
        open_lower=lower is None and not failing,
        open_upper=upper is None,
        error_from=left if lower is None else place(lower - abs(target.error)),
        error_to=right if upper is None else place(upper + abs(target.error)),
        refused=(limit, 100.0) if below else (0.0, limit),
        ticks=scale.ticks,
        unit=scale.unit,
    )


def _bounds(target: TargetVerdict) -> tuple[float | None, float | None]:
    """The bounds; of a census of the whole run, which has none, the value itself."""
    lower = target.lower if _known(target.lower) else None
    upper = target.upper if _known(target.upper) else None
    if lower is None and upper is None and _known(target.value):
        return target.value, target.value
    return lower, upper


def _ends(target: TargetVerdict, known: list[float]) -> tuple[float, float]:
    low, high = min(known) - abs(target.error), max(known) + abs(target.error)
    span = (high - low) or abs(high) or 1.0
    unbounded = target.value is None and target.unit != "%"
    if low >= 0 and (unbounded or low < _ZOOM * high):
        begin = 0.0
    else:
        begin = max(0.0, low - _PAD * span) if low >= 0 else low - _PAD * span
    end = high + (_OPEN if _bounds(target)[1] is None else _PAD) * max(span, high - begin)
    return begin, min(end, WHOLE) if target.unit == "%" and high <= WHOLE else end


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
