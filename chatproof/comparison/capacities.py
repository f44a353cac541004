"""The capacities that two runs found: better, worse, or no difference shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chatproof.comparison.band import band
from chatproof.comparison.facts import FigureChange
from chatproof.comparison.figures import NO_DIFFERENCE, margin_of, verdict_of
from chatproof.comparison.resampling import change_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.comparison.figures import Rules
    from chatproof.run import Run

__all__ = ["capacity_changes"]

_RATIO = "ratio"


def capacity_changes(
    base: Run, run: Run, *, pairs: Sequence[tuple[Run, Run]] = (), rules: Rules
) -> tuple[FigureChange, ...]:
    """
    The one figure of a capacity run: the highest level that holds.

    The truth lies between that and the lowest level that breaks, and so the ratio of two truths between the ratios of
    these. A run that did not find its capacity on either side has no such interval.
    """
    before, after = base.capacity, run.capacity
    if before is None or after is None or before.capacity is None or after.capacity is None:
        return ()
    change = change_of(before.capacity, after.capacity, _RATIO)
    margin = margin_of(_RATIO, "1", rules.tolerance)
    found = [(one.capacity, other.capacity) for one, other in pairs]
    known = [
        (one.capacity, other.capacity)
        for one, other in found
        if one is not None and other is not None and one.capacity is not None and other.capacity is not None
    ]
    noise = band(known, _RATIO)
    interval: tuple[float, float] | None = None
    if before.breaks_at and after.breaks_at:
        interval = after.capacity / before.breaks_at, after.breaks_at / before.capacity
        verdict, reason = verdict_of(interval, margin=margin, noise=noise, better="higher", aa=bool(pairs))
    else:
        verdict, reason = NO_DIFFERENCE, "a run that found no level that breaks says only how much is held at least"
    figure = FigureChange(
        name=f"capacity in {after.unit}",
        metric="capacity",
        tag="",
        statistic="",
        unit="1",
        better="higher",
        compares=_RATIO,
        base=before.capacity,
        run=after.capacity,
        base_n=len(before.rungs),
        run_n=len(after.rungs),
        change=change if math.isfinite(change) else None,
        lower=interval[0] if interval else None,
        upper=interval[1] if interval else None,
        interval=interval is not None,
        band_lower=noise[0] if noise else None,
        band_upper=noise[1] if noise and math.isfinite(noise[1]) else None,
        margin_lower=margin[0],
        margin_upper=margin[1],
        verdict=verdict,
        reason=reason,
    )
    return (figure,)
