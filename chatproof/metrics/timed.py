"""Which metrics depend on times, which the generator and the machine have a part in."""

from __future__ import annotations

from typing import Final

from chatproof.metrics.table import METRICS

__all__ = ["is_timed"]

_TIMED: Final = frozenset(
    {
        *("stall", "burst_ratio", "goodput", "attainment", "survival_5m", "uptime", "heartbeat.missed"),
        *("backend.cpu", "concurrency", "concurrency.mean"),
    }
)
"""Metrics that have no unit of time, and depend on times all the same."""


def is_timed(metric: str) -> bool:
    """Whether a metric of the table depends on times; KeyError for one that is not there."""
    return METRICS[metric].unit == "ns" or metric in _TIMED
