"""
The Universal Scalability Law, fitted to the rungs of a capacity run, with bounds from a bootstrap.

The law is X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), N being what is under way and X what ends in a
second. Turned over it is linear: N / X = a + b N + c N (N - 1), with lambda = 1 / (a + b), sigma = b lambda,
kappa = c lambda. With a, b, c >= 0 that holds 0 <= sigma <= 1 and kappa >= 0, and least squares have one best answer
that needs no first guess.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from chatproof.capacity_facts import ScalabilityFit

from .planning import by_arrivals
from .steady import steady_rungs

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts, Rung

__all__ = ["CurvePoint", "Fitted", "fitted"]

REPLICATES: Final = 400
LEAST_RUNGS: Final = 6
LEAST_LEVELS: Final = 4
FARTHEST: Final = 2.0
"""How many times the highest tested load the upper bound of the peak may be: what lies beyond was not seen."""
BEYOND: Final = 1.2
"""How many times the peak the highest tested load must be, so that the fall is seen and not guessed."""
WORST_SPREAD: Final = 0.25
MISSING: Final = "No fit, for SciPy is not installed. To get it: `pip install 'chatproof[capacity]'`."
_NO_LAW: Final = (
    "No fit: the Universal Scalability Law speaks of what is under way at once, and a level here is a rate."
)
_CURVE_POINTS: Final = 60
_REWEIGHTINGS: Final = 3
_RANGE: Final = (2.5, 97.5)
_PARAMETERS: Final = 3

Coefficients = tuple[float, float, float]
"""a, b and c of N / X = a + b N + c N (N - 1)."""

CurvePoint = tuple[float, float, float, float]
"""What is under way, and the throughput there: the lower bound, the fit, the upper bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The law with its 95 % ranges and its curve, or None and no curve; `note` says why, or how far to trust it."""

    law: ScalabilityFit | None
    note: str
    curve: tuple[CurvePoint, ...] = ()


def fitted(facts: CapacityFacts, *, seed: int) -> Fitted:
    """
    The law fitted to the steady rungs of a run; rungs of the same level are kept as replicates.

    It is given only where the rungs show it: six or more of them, on both sides of the peak, and the peak bounded.
    """
    if by_arrivals(facts.unit):
        return Fitted(law=None, note=_NO_LAW)
    rungs = steady_rungs(facts)
    levels = {rung.level for rung in rungs}
    if len(rungs) < LEAST_RUNGS or len(levels) < LEAST_LEVELS:
        return _refused(
            facts,
            f"a fit needs {LEAST_RUNGS} steady rungs on {LEAST_LEVELS} levels ({len(rungs)} on {len(levels)} here)",
        )
    try:
        tools = _Tools(numpy=importlib.import_module("numpy"), nnls=importlib.import_module("scipy.optimize").nnls)
        tools.widening(len(rungs))
    except ImportError:
        return Fitted(law=None, note=MISSING)
    with tools.numpy.errstate(all="ignore"):  # what is not finite is looked for in the results
        return _judged(facts, rungs, tools, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tools:
    """The parts of NumPy and SciPy that a fit uses; they are an extra, and have no types here."""

    numpy: Any
    nnls: Any

    def widening(self, rungs: int) -> float:
        """How much wider than the normal range the 95 % range of so few residuals is (Student's t)."""
        student = importlib.import_module("scipy.special").stdtrit(rungs - _PARAMETERS, 0.975)
        return float(student) / 1.959964


def _judged(facts: CapacityFacts, rungs: list[Rung], tools: _Tools, seed: int) -> Fitted:
    numpy = tools.numpy
    at = numpy.array([rung.level_seen for rung in rungs])
    held = at / numpy.array([rung.throughput for rung in rungs])
    best = _coefficients(tools, at, held)
    if best is None:
        return _refused(facts, "the rungs do not follow the law")
    expected = _held(best, at)
    ratios = numpy.log(held / expected)
    spread = math.sqrt(float((ratios**2).sum()) / max(1, len(rungs) - _PARAMETERS))
    if spread > WORST_SPREAD:
        return _refused(facts, f"the rungs lie {100 * spread:.0f} % off the law, which does not describe this backend")
    peak = _peak(best)
    highest, lowest = float(at.max()), float(at.min())
    if peak is None or highest < BEYOND * peak:
        return _refused(facts, "throughput was not clearly seen to fall")
    if peak <= lowest:
        return _refused(facts, "throughput was not seen to rise")
    replicates = _replicates(tools, at, expected, ratios, seed)
    peaks = [_peak(entry) or math.inf for entry in replicates]
    low, high = _range(peaks)
    if not math.isfinite(high) or high > FARTHEST * highest:
        return _refused(facts, "its upper bound is not finite within reach of what was tested")
    law = _law(best, replicates, peak=(peak, low, high), rungs=len(rungs))
    note = (
        f"Fitted to {len(rungs)} steady rungs, which lie {100 * spread:.1f} % off the curve; ranges are the 95 % of "
        f"{len(replicates)} bootstrap replicates. The peak is where throughput is greatest, not where targets are met."
    )
    return Fitted(law=law, note=note, curve=_curve(best, replicates, lowest, highest))


def _refused(facts: CapacityFacts, why: str) -> Fitted:
    tested = f"{facts.tested_to:,.6g}" if math.isfinite(facts.tested_to) and facts.tested_to > 0 else "no"
    seen = f"at least {tested}" if tested != "no" else tested
    return Fitted(law=None, note=f"No peak of throughput is given: {seen} {facts.unit} tested, and {why}.")


def _coefficients(tools: _Tools, at: Any, held: Any) -> Coefficients | None:
    """a, b, c of N / X, by least squares of relative deviations: each is weighed by what the fit before expected."""
    numpy = tools.numpy
    scale = max(1.0, float(at.max()))
    columns = numpy.column_stack([numpy.ones_like(at), at / scale, at * (at - 1) / scale**2])
    weights = 1 / held
    found = numpy.zeros(_PARAMETERS)
    for _ in range(_REWEIGHTINGS):
        try:
            found, _rest = tools.nnls(columns * weights[:, None], held * weights)
        except (RuntimeError, ValueError):
            return None
        expected = columns @ found
        if not (numpy.isfinite(expected).all() and (expected > 0).all()):
            return None
        weights = 1 / expected
    a, b, c = float(found[0]), float(found[1]) / scale, float(found[2]) / scale**2
    return (a, b, c) if a + b > 0 else None


def _held(coefficients: Coefficients, at: Any) -> Any:
    a, b, c = coefficients
    return a + b * at + c * at * (at - 1)


def _parameters(coefficients: Coefficients) -> tuple[float, float, float]:
    """The law's lambda, sigma and kappa."""
    a, b, c = coefficients
    return 1 / (a + b), b / (a + b), c / (a + b)


def _peak(coefficients: Coefficients) -> float | None:
    a, _b, c = coefficients
    return math.sqrt(a / c) if a > 0 and c > 0 and math.isfinite(a / c) else None


def _replicates(tools: _Tools, at: Any, expected: Any, ratios: Any, seed: int) -> list[Coefficients]:
    """
    Fits to the law with resampled deviations, which few rungs make too small.

    They are widened by what the parameters took up, and by Student's t in place of the normal range.
    """
    numpy = tools.numpy
    number = len(at)
    widening = math.sqrt(number / max(1, number - _PARAMETERS)) * tools.widening(number)
    centred = (ratios - ratios.mean()) * widening
    draws = numpy.random.default_rng(seed).choice(centred, size=(REPLICATES, number))
    found = (_coefficients(tools, at, expected * numpy.exp(draw)) for draw in draws)
    return [entry for entry in found if entry is not None]


def _range(values: list[float]) -> tuple[float, float]:
    """The 95 % range by order statistics: an infinite value makes no other one infinite, as interpolation would."""
    if not values:
        return 0.0, math.inf
    ordered = sorted(values)
    below, above = (min(len(ordered) - 1, int(len(ordered) * part / 100)) for part in _RANGE)
    return float(ordered[below]), float(ordered[above])


def _law(
    best: Coefficients,
    replicates: list[Coefficients],
    *,
    peak: tuple[float, float, float],
    rungs: int,
) -> ScalabilityFit:
    rate, contention, coherency = _parameters(best)
    several = [_parameters(entry) for entry in replicates]
    ranges = [_range([entry[index] for entry in several]) for index in range(_PARAMETERS)]
    return ScalabilityFit(
        rate_per_unit=rate,
        contention=contention,
        coherency=coherency,
        peak=peak[0],
        rate_interval=ranges[0],
        contention_interval=ranges[1],
        coherency_interval=ranges[2],
        peak_low=peak[1],
        peak_high=peak[2],
        rungs=rungs,
    )


def _curve(
    best: Coefficients,
    replicates: list[Coefficients],
    lowest: float,
    highest: float,
) -> tuple[CurvePoint, ...]:
    points = []
    for step in range(_CURVE_POINTS + 1):
        load = lowest + (highest - lowest) * step / _CURVE_POINTS
        low, high = _range([load / _held(entry, load) for entry in replicates])
        points.append((load, low, load / _held(best, load), high))
    return tuple(points)
