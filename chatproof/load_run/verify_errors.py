"""How far the generator's numbers are from the truth: one figure for each statistic of each metric."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from chatproof.metrics.measured import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chatproof.samples.records import Sample

__all__ = ["STATISTICS", "MetricError", "compare", "limit_seconds", "worst_errors"]

STATISTICS: Final = ("p50", "p95", "p99")
_STEP_NS: Final = 100_000
_SPREAD_SECONDS: Final = 0.002
_AT_ONCE_SECONDS: Final = 0.005
_HEARTBEAT_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricError:
    """
    One statistic as the generator reports it and as it was, in seconds, over `n` values.

    Where the generator counts in steps of 0.1 ms (`gap`, `heartbeat.interval`) half a step of the error is theirs.
    """

    metric: str
    statistic: str
    reported: float
    truth: float
    n: int

    @property
    def error(self) -> float:
        """What is reported beyond the truth."""
        return self.reported - self.truth


def limit_seconds(metric: str, *, at_once: bool) -> float:
    """The error that is accepted: 2 ms with spread starts, 5 ms where all start at once, 5 ms for heartbeats."""
    if metric.startswith("heartbeat"):
        return _HEARTBEAT_SECONDS
    return _AT_ONCE_SECONDS if at_once else _SPREAD_SECONDS


def compare(
    pairs: Sequence[tuple[Sample, Mapping[str, Any]]],
    *,
    pools: Mapping[str, Mapping[int, int]],
    rows: Iterable[Mapping[str, Any]],
) -> tuple[MetricError, ...]:
    """
    The errors of all metrics for which there is anything on both sides.

    `pairs` are samples with the truth of their streams; those that did not end well on both sides are left out.
    `pools` are the generator's counts of gaps and heartbeat intervals in steps of 0.1 ms, over all streams of the run,
    and `rows` the truth of all of them.
    """
    ended = _ended_well(pairs)
    found: list[MetricError] = []
    for metric, (ours, true) in _PER_STREAM.items():
        both = [(mine, theirs) for sample, row in ended if (mine := ours(sample)) and (theirs := true(row))]
        found += _errors(metric, [mine for mine, _ in both], [theirs for _, theirs in both])
    rows = list(rows)
    for metric, moments in (("gap", "tokens_ns"), ("heartbeat.interval", "beats_ns")):
        truth = [later - earlier for row in rows for earlier, later in pairwise(row[moments])]
        found += _errors(metric, _values(pools.get(metric, {})), truth)
    return tuple(found)


def worst_errors(pairs: Sequence[tuple[Sample, Mapping[str, Any]]]) -> dict[str, float]:
    """The largest error of a single stream, in seconds, by metric."""
    ended = _ended_well(pairs)
    found = {}
    for metric, (ours, true) in _PER_STREAM.items():
        single = [abs(mine - theirs) for sample, row in ended if (mine := ours(sample)) and (theirs := true(row))]
        if single:
            found[metric] = max(single) / 1e9
    return found


def _ended_well(pairs: Sequence[tuple[Sample, Mapping[str, Any]]]) -> list[tuple[Sample, Mapping[str, Any]]]:
    return [
        (sample, row)
        for sample, row in pairs
        if not sample.cause and not sample.censored and not sample.aborted and row["end"] == "done"
    ]


def _since_sent(sample: Sample, moment_ns: int | None) -> int:
    """From the request to a moment; 0 where either did not come."""
    return 0 if moment_ns is None or sample.sent_ns is None else moment_ns - sample.sent_ns


_PER_STREAM: Final[Mapping[str, tuple[Callable[[Sample], int], Callable[[Mapping[str, Any]], int]]]] = {
    "ttft": (
        lambda sample: _since_sent(sample, sample.token_ns),
        lambda row: row["tokens_ns"][0] - row["receipt_ns"] if row["tokens_ns"] else 0,
    ),
    "e2e": (
        lambda sample: _since_sent(sample, sample.terminal_ns),
        lambda row: row["terminal_ns"] - row["receipt_ns"],
    ),
    "gap.worst": (lambda sample: sample.gap_max_ns or 0, lambda row: row["gap_max_ns"]),
    "heartbeat.gap": (
        lambda sample: sample.beat_gap_max_ns or 0,
        lambda row: row["beat_gap_ns"] if row["beats"] else 0,
    ),
}
"""What both sides know of one stream, in nanoseconds; 0 where they do not."""


def _errors(metric: str, reported: Iterable[float], truth: Iterable[float]) -> list[MetricError]:
    ours, true = Series(values=tuple(sorted(reported))), Series(values=tuple(sorted(truth)))
    if not ours.n or not true.n:
        return []
    return [
        MetricError(
            metric=metric,
            statistic=name,
            reported=ours.percentile(float(name[1:])) / 1e9,
            truth=true.percentile(float(name[1:])) / 1e9,
            n=min(ours.n, true.n),
        )
        for name in STATISTICS
    ]


def _values(counts: Mapping[int, int]) -> list[float]:
    """The values of a pool: each stands for the middle of its step."""
    return [(step + 0.5) * _STEP_NS for step, number in sorted(counts.items()) for _ in range(number)]
