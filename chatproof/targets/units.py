"""The units in which a limit may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.metrics.table import Metric

__all__ = ["shown", "units_of"]

_SECOND = 1_000_000_000
_DURATIONS = {
    "s": _SECOND,
    "ms": _SECOND // 1000,
    "us": _SECOND // 1_000_000,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_BYTES = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_UNITS: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "ns": ("s", _DURATIONS),
    "%": ("%", {"%": 0.01}),
    "B": ("B", _BYTES),
    "USD": ("USD", {"USD": 1.0}),
    "1/s": ("1/s", {"/s": 1.0, "1/s": 1.0}),
    "1": ("1", {"": 1.0}),
}


def units_of(metric: Metric) -> tuple[str, Mapping[str, float]]:
    """The unit of a metric's verdict, and how many base units each unit that may be written holds."""
    if metric.kind in {"share", "spread"}:
        return _UNITS["%"]
    return _UNITS.get(metric.unit, _UNITS["1"])


def shown(value: float, unit: str) -> str:
    """A value in its verdict's unit for people: `0.349 s` as `349 ms`."""
    if unit == "s" and 0 < value < 1:
        return f"{value * 1e3:.4g} ms"
    if unit == "B" and value >= 1000:  # noqa: PLR2004 - a kilobyte
        return f"{value / 1000**2:.4g} MB" if value >= 1000**2 else f"{value / 1000:.4g} kB"
    return f"{value:.4g}" + {"1": "", "%": " %", "1/s": "/s"}.get(unit, f" {unit}")
