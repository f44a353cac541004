"""The figures of all metrics as two tables: distributions with their percentiles, and single values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..quantity import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_facts import MetricFigures

__all__ = ["Distribution", "Single", "distributions", "metric_name", "singles"]

_USUAL = ("p50", "p90", "p95", "p99", "p99.9", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One metric that has percentiles: `cells` are its texts for `distributions`' head."""

    name: str
    n: int
    infinite: int
    cells: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """One metric with a single value."""

    name: str
    n: int
    value: str
    note: str


def metric_name(entry: MetricFigures) -> str:
    """`ttft`, or `ttft[memory]`."""
    return f"{entry.metric}[{entry.tag}]" if entry.tag else entry.metric


def distributions(figures: Sequence[MetricFigures]) -> tuple[tuple[str, ...], list[Distribution]]:
    """The head (`mean`, then each percentile that occurs) and a row for each metric."""
    shown = [entry for entry in figures if entry.percentiles]
    names = {name for entry in shown for name in entry.percentiles}
    head = ("mean", *(name for name in _USUAL if name in names), *sorted(names - set(_USUAL)))
    rows = [
        Distribution(
            name=metric_name(entry),
            n=entry.n,
            infinite=entry.infinite,
            cells=tuple(_cell(entry, name) for name in head),
            note=entry.note,
        )
        for entry in shown
    ]
    return head, rows


def singles(figures: Sequence[MetricFigures]) -> list[Single]:
    """The metrics without percentiles."""
    return [
        Single(name=metric_name(entry), n=entry.n, value=_value(entry), note=entry.note)
        for entry in figures
        if not entry.percentiles
    ]


def _cell(entry: MetricFigures, name: str) -> str:
    if name not in entry.percentiles and name != "mean":
        return ""
    value = entry.mean if name == "mean" else entry.percentiles[name]
    if value is not None:
        return quantity(value, entry.unit)
    return "a failure" if entry.infinite else ""


def _value(entry: MetricFigures) -> str:
    if entry.value is not None:
        core = entry.metric == "backend.cpu"
        return f"{quantity(100 * entry.value, '%')} of a core" if core else quantity(entry.value, entry.unit)
    if entry.infinite:
        return "a failure"
    return "none" if entry.n else "not observed"
