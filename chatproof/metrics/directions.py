"""Which way is better: what of each metric two runs are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DIRECTIONS", "Direction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """
    How a metric is compared.

    `better` is the way that is better. `statistics` are those of a series, empty for a share or a figure. `by_tag` are
    those of its samples with one tag. `compares` is `ratio`, or `difference` for what is often zero.
    """

    better: Literal["lower", "higher"]
    statistics: tuple[str, ...] = ()
    by_tag: tuple[str, ...] = ()
    compares: Literal["ratio", "difference"] = "ratio"


_WHOLE: Final = ("p50", "p95", "p99")
_TAIL: Final = ("p50", "p95")
_SLOW: Final = ("p95",)

DIRECTIONS: Final[Mapping[str, Direction]] = {
    "ttft": Direction(better="lower", statistics=_WHOLE, by_tag=_TAIL),
    "ttft_sched": Direction(better="lower", statistics=_WHOLE),
    "e2e": Direction(better="lower", statistics=_WHOLE, by_tag=_SLOW),
    "e2e_sched": Direction(better="lower", statistics=_WHOLE),
    "headers": Direction(better="lower", statistics=_TAIL),
    "first_frame": Direction(better="lower", statistics=_TAIL),
    "tpot": Direction(better="lower", statistics=_TAIL),
    "gap": Direction(better="lower", statistics=_TAIL),
    "gap.worst": Direction(better="lower", statistics=_SLOW),
    "silence_max": Direction(better="lower", statistics=_SLOW),
    "heartbeat.gap": Direction(better="lower", statistics=_SLOW),
    "heartbeat.jitter": Direction(better="lower", statistics=_SLOW),
    "push": Direction(better="lower", statistics=_WHOLE),
    "push.last": Direction(better="lower", statistics=_TAIL),
    "resume.delay": Direction(better="lower", statistics=_TAIL),
    "resume.catch_up": Direction(better="lower", statistics=_TAIL),
    "poll": Direction(better="lower", statistics=_WHOLE),
    "session": Direction(better="lower", statistics=_WHOLE),
    "refresh": Direction(better="lower", statistics=_TAIL),
    "token": Direction(better="lower", statistics=_WHOLE),
    "generate": Direction(better="lower", statistics=_TAIL),
    "probe": Direction(better="lower", statistics=_TAIL),
    "memory": Direction(better="lower", statistics=_TAIL),
    "bytes_per_stream": Direction(better="lower", statistics=("p50",)),
    "bytes_per_message": Direction(better="lower", statistics=("p50",)),
    "error_rate": Direction(better="lower", by_tag=("",), compares="difference"),
    "early_loss": Direction(better="lower", compares="difference"),
    "violations": Direction(better="lower", compares="difference"),
    "retry_rate.client": Direction(better="lower", compares="difference"),
    "retry_rate.provider": Direction(better="lower", compares="difference"),
    "stall": Direction(better="lower", compares="difference"),
    "burst_ratio": Direction(better="lower", compares="difference"),
    "survival_5m": Direction(better="higher", compares="difference"),
    "uptime": Direction(better="higher", compares="difference"),
    "attainment": Direction(better="higher", compares="difference"),
    "delivery_ratio": Direction(better="higher", compares="difference"),
    "goodput": Direction(better="higher"),
    "concurrency": Direction(better="higher"),
    "concurrency.mean": Direction(better="higher"),
    "heartbeat.missed": Direction(better="lower", compares="difference"),
    "push.doubles": Direction(better="lower", compares="difference"),
    "push.reorders": Direction(better="lower", compares="difference"),
    "resume.missing": Direction(better="lower", compares="difference"),
    "resume.doubles": Direction(better="lower", compares="difference"),
    "resume.reorders": Direction(better="lower", compares="difference"),
    "backend.rss": Direction(better="lower"),
    "backend.cpu": Direction(better="lower"),
    "backend.open_files": Direction(better="lower"),
    "rss_per_connection": Direction(better="lower"),
    "rss_per_slow_reader": Direction(better="lower"),
}
"""
The metrics that two runs are compared by, in the order in which they are listed.

Left out is what says nothing of the backend (`lag.*`), what has no better way (`heartbeat.interval`), what a plan that
counts time and not turns decides (`tokens`, `cost`), what `push` and `push.last` say too (`push.first` and others), and
what is seen once in a run of its own kind (`rss.left`, `open_files.left`).
"""
