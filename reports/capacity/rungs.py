"""The rungs of a capacity run as rows of a table: numbers with their units, and why each verdict is what it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.capacity_model.planning import by_arrivals

from ..quantity import quantity
from .outcome import level, rung_class

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.capacity_facts import CapacityFacts, Rung

__all__ = ["COLUMNS", "RungRow", "rung_rows"]

COLUMNS = (
    *("n", "p50", "p95", "p99", "failed", "Little"),
    *("under way", "offered", "ended", "in targets", "backend", "generator"),
)
"""The names of the cells of a row."""

_UNBROKEN = "\N{NO-BREAK SPACE}"
_UNSTEADY = "steady state"
_PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRow:
    """
    One rung in texts: `cells` are in the order of the columns that the table shows, empty where nothing is known.

    `tone` is the class that colours the verdict, `why` one sentence.
    """

    number: int
    level: str
    phase: str
    verdict: str
    tone: str
    why: str
    cells: tuple[str, ...]


def rung_rows(facts: CapacityFacts) -> tuple[tuple[str, ...], list[RungRow]]:
    """The names of the columns in which something is known, and a row for each rung in the order of the search."""
    every = [_cells(rung, facts.unit) for rung in facts.rungs]
    kept = [index for index in range(len(COLUMNS)) if any(cells[index] for cells in every)]
    rows = [
        RungRow(
            number=rung.number,
            level=level(rung.level, facts.unit),
            phase=rung.phase,
            verdict=rung.verdict,
            tone=rung_class(rung),
            why=_why(rung),
            cells=tuple(cells[index] for index in kept),
        )
        for rung, cells in zip(facts.rungs, every, strict=True)
    ]
    return tuple(COLUMNS[index] for index in kept), rows


def _cells(rung: Rung, unit: str) -> Sequence[str]:
    return (
        f"{rung.samples:,}",
        *(_latency(rung, name) for name in _PERCENTILES),
        _known(100 * rung.error_rate, "%"),
        "" if rung.little is None or not math.isfinite(rung.little) else f"{rung.little:.3f}",
        "" if by_arrivals(unit) else _known(rung.level_seen, "1"),
        _known(rung.offered, "1/s"),
        _known(rung.throughput, "1/s"),
        _known(rung.goodput, "1/s"),
        _process(rung.backend, ("cpu", "rss", "open_files")),
        _process(rung.generator, ("cpu", "send_lag_p99", "loop_lag_p99")),
    )


def _latency(rung: Rung, name: str) -> str:
    if name not in rung.latency:
        return ""
    value, upper = rung.latency[name], rung.latency_upper.get(name)
    if value is None:
        return "a failure"
    if upper is None or not math.isfinite(upper):
        return quantity(value, "s")
    bound = f"(≤ {quantity(upper, 's')})".replace(" ", _UNBROKEN)
    return f"{quantity(value, 's')} {bound}"


def _process(seen: Mapping[str, float], names: Sequence[str]) -> str:
    return ", ".join(_part(name, seen[name]) for name in names if name in seen)


_PARTS = {
    "cpu": ("1", "{} cores"),
    "rss": ("B", "{}"),
    "open_files": ("1", "{} files"),
    "send_lag_p99": ("s", "sends {} late"),
    "loop_lag_p99": ("s", "loop {} late"),
}


def _part(name: str, value: float) -> str:
    unit, said = _PARTS[name]
    return said.format(quantity(value, unit))


def _known(value: float, unit: str) -> str:
    return quantity(value, unit) if math.isfinite(value) else ""


def _why(rung: Rung) -> str:
    told = rung.reason or "; ".join(rung.invalid_reasons)
    unsteady = "" if rung.steady or _UNSTEADY in told else f"there was no {_UNSTEADY}"
    return "; ".join(part for part in (told, unsteady) if part)
