"""Load figures of two runs: better, worse, or no difference shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.comparison.band import band
from chatproof.comparison.facts import FigureChange
from chatproof.comparison.resampling import change_of, fewest, interval
from chatproof.comparison.values import figures_of, varying
from chatproof.metrics.directions import DIRECTIONS
from chatproof.metrics.timed import is_timed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.comparison.values import Given, Key, Value, Varying
    from chatproof.run import Run

__all__ = [
    "BETTER",
    "CONFIDENCE",
    "NO_DIFFERENCE",
    "WORSE",
    "Figures",
    "Rules",
    "figure_changes",
    "margin_of",
    "verdict_of",
]

WORSE: Final = "worse"
BETTER: Final = "better"
NO_DIFFERENCE: Final = "no difference shown"
CONFIDENCE: Final = 0.95
"""That of all intervals of a comparison together."""

_FEWEST_REPLICATES: Final = 2000
_MOST_REPLICATES: Final = 20_000
_IN_A_TAIL: Final = 10
_POINTS: Final = 10.0
_ORDER: Final = (WORSE, BETTER, NO_DIFFERENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What figures are judged by.

    `tolerance` is the least relevant change of a ratio (0.02: 2 %); of a share it is a tenth of that, in points.
    `unbanded` is that of what depends on times where no A/A runs say how far runs of one build differ: identical code
    was seen to differ by 26 % between two CI machines.
    """

    tolerance: float = 0.02
    unbanded: float = 0.25
    seed: int = 1
    confidence: float = CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The changes, the worst first; how many intervals share the confidence, and of how many replicates each is."""

    changes: tuple[FigureChange, ...]
    judged: int
    replicates: int


def figure_changes(base: Given, run: Given, *, pairs: Sequence[tuple[Run, Run]] = (), rules: Rules) -> Figures:
    """
    Every figure that both runs have.

    A figure is worse (or better) where its whole interval lies beyond the tolerance and beyond the A/A band. The
    intervals hold together: each is that much wider than one alone would be (Bonferroni's correction).
    """
    before, after = figures_of(base.run), figures_of(run.run)
    twins = [(figures_of(first), figures_of(second)) for first, second in pairs]
    shared = {
        key: (varying(base, key, before[key], beside=run), varying(run, key, after[key], beside=base))
        for key in before
        if key in after
    }
    tail = (1 - rules.confidence) / 2 / max(1, _sharing(shared, 1 - rules.confidence))
    replicates = min(_MOST_REPLICATES, max(_FEWEST_REPLICATES, math.ceil(_IN_A_TAIL / tail)))
    found = [
        _figure(
            key,
            (before[key], after[key]),
            sides,
            twins=twins,
            error=max(_error(base.run, key), _error(run.run, key)),
            tail=tail,
            replicates=replicates,
            rules=rules,
        )
        for key, sides in shared.items()
    ]
    judged = sum(entry.interval for entry in found)
    return Figures(changes=tuple(sorted(found, key=_rank)), judged=judged, replicates=replicates if judged else 0)


def _sharing(shared: Mapping[Key, tuple[Varying, Varying]], alpha: float) -> int:
    """
    How many figures have an interval, where as many share the confidence.

    The more share it, the more streams each takes; so it is the smallest number that is not exceeded. It follows from
    the numbers of streams alone, and from nothing that they showed.
    """
    for number in range(1, len(shared) + 1):
        if sum(not _unable(key, sides, alpha / 2 / number) for key, sides in shared.items()) <= number:
            return number
    return 0


def _figure(
    key: Key,
    values: tuple[Value, Value],
    sides: tuple[Varying, Varying],
    *,
    twins: Sequence[tuple[Mapping[Key, Value], Mapping[Key, Value]]],
    error: float,
    tail: float,
    replicates: int,
    rules: Rules,
) -> FigureChange:
    direction = DIRECTIONS[key.metric]
    base, run = values
    change = change_of(base.value, run.value, direction.compares)
    tolerance = rules.unbanded if is_timed(key.metric) and not twins else rules.tolerance
    margin = margin_of(direction.compares, base.unit, tolerance)
    noise = band(
        [(one[key].value, other[key].value) for one, other in twins if key in one and key in other], direction.compares
    )
    found: tuple[float, float] | None = None
    reason = _unable(key, sides, tail)
    if not reason and sides[0].draw is not None and sides[1].draw is not None:
        seed = f"{rules.seed} {key.name}"
        found = interval(
            sides[0].draw, sides[1].draw, compares=direction.compares, replicates=replicates, tail=tail, seed=seed
        )
        verdict, reason = verdict_of(found, margin=margin, noise=noise, better=direction.better, aa=bool(twins))
        apart = abs(run.value - base.value)
        least = max(error, sides[0].step, sides[1].step)
        if verdict != NO_DIFFERENCE and apart <= least:
            verdict, reason = NO_DIFFERENCE, "the change is within what the instrument can tell apart"
    else:
        verdict = NO_DIFFERENCE
    return FigureChange(
        name=key.name,
        metric=key.metric,
        tag=key.tag,
        statistic=key.statistic,
        unit=base.unit,
        better=direction.better,
        compares=direction.compares,
        base=_finite(base.value),
        run=_finite(run.value),
        base_n=base.n,
        run_n=run.n,
        change=_finite(change),
        lower=_finite(found[0]) if found else None,
        upper=_finite(found[1]) if found else None,
        interval=found is not None,
        band_lower=_finite(noise[0]) if noise else None,
        band_upper=_finite(noise[1]) if noise else None,
        margin_lower=margin[0],
        margin_upper=margin[1],
        verdict=verdict,
        reason=reason,
    )


def _unable(key: Key, sides: tuple[Varying, Varying], tail: float) -> str:
    """Why there is no interval; empty where there is one."""
    for which, side in zip(("base", "run"), sides, strict=True):
        if side.draw is None:
            return side.reason if sides[0].reason == sides[1].reason else f"{which}: {side.reason}"
        least = fewest(float(key.statistic[1:]), tail) if key.statistic else 1
        if side.units < least:
            return f"{which}: {key.statistic} of {side.units:,} streams has no bounds: it takes {least:,}"
    return ""


def verdict_of(
    found: tuple[float, float], *, margin: tuple[float, float], noise: tuple[float, float] | None, better: str, aa: bool
) -> tuple[str, str]:
    """
    The word for an interval, and why it is that.

    `margin` is what is no relevant change, `noise` the A/A band; `aa` says that there are A/A runs.
    """
    if aa and noise is None:
        return NO_DIFFERENCE, "the A/A runs do not have this figure"
    low, high = min(margin[0], (noise or margin)[0]), max(margin[1], (noise or margin)[1])
    lower, upper = found
    if lower > high:
        return (WORSE if better == "lower" else BETTER), _beyond(noise)
    if upper < low:
        return (BETTER if better == "lower" else WORSE), _beyond(noise)
    if lower > margin[1] or upper < margin[0]:
        return NO_DIFFERENCE, "the interval reaches into what runs of one build differ by"
    if margin[0] <= lower and upper <= margin[1]:
        return NO_DIFFERENCE, "the whole interval lies within the tolerance"
    return NO_DIFFERENCE, "the interval reaches into what is no relevant change"


def _beyond(noise: tuple[float, float] | None) -> str:
    beyond = "the tolerance" if noise is None else "the tolerance and beyond what runs of one build differ by"
    return f"the whole interval lies beyond {beyond}"


def margin_of(compares: str, unit: str, tolerance: float) -> tuple[float, float]:
    """What is no relevant change: of a ratio, or of a difference in `unit`."""
    if compares == "ratio":
        return 1 / (1 + tolerance), 1 + tolerance
    reach = _POINTS * tolerance if unit == "%" else 0.0
    return -reach, reach


def _error(run: Run, key: Key) -> float:
    """The instrument's own error of a metric, as the verdicts of its targets tell it, in their unit."""
    return max((entry.error for entry in run.targets if entry.metric == key.metric), default=0.0)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _rank(change: FigureChange) -> tuple[int, float, int, str]:
    """Worse first, and of those the largest change; what was not judged last."""
    size = math.inf if change.change is None else abs(change.change)
    if change.compares == "ratio" and change.change:
        size = abs(math.log(change.change))
    order = list(DIRECTIONS).index(change.metric)
    moved = change.verdict != NO_DIFFERENCE
    return _ORDER.index(change.verdict), (-size if moved else float(not change.interval)), order, change.name
