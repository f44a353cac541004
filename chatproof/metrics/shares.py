"""Shares, sums and rates of streams."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chatproof.metrics.durations import PER_STREAM, column, expecting_beats, quiet_end_ns, series_of
from chatproof.metrics.groups import STREAMS, group, hung, judged_window_ns, main_operations, tagged
from chatproof.metrics.measured import Absent, Figure, Measured, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chatproof.load_plan import Plan
    from chatproof.metrics.groups import Group
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Sample
    from chatproof.targets import Target

__all__ = ["OF_STREAMS", "attainment", "good", "missed_beats", "of_streams", "sums"]

_RETRIES: Final = '[observe]\nretry_field = "provider_retry_count"'
_RISING: Final = (">", ">=")
_STALL_NS: Final = 1_000_000_000
_CLIENT_ERRORS: Final = 400
_SERVER_ERRORS: Final = 500
_OK: Final = 200
_LOST: Final = frozenset({"cut", "reset", "idle", "no_token", "no_terminal"})
"""Causes by which a stream that had begun did not come to its end."""

_PASSING: Final = frozenset({408, 425, 429})
"""Statuses of 4xx after which the same request may go well."""


def of_streams(collected: Collected, *, metric: str, tag: str) -> Measured:
    """A metric of `OF_STREAMS`."""
    return OF_STREAMS[metric](collected, tag)


def attainment(collected: Collected, plan: Plan, *, tag: str, targets: Sequence[Target], rate: bool) -> Share | Figure:
    """The streams that ended well and kept all `targets` that one stream can: their share, or how many a second."""
    found = group(collected, main_operations(collected, tag), tag)
    own = tuple(target for target in targets if target.metric in PER_STREAM and target.comparison not in _RISING)
    hits = collected.remembered(("good", tag, own), lambda: sum(good(found.well, own)))
    n = len(found.well) + len(found.failed) + len(hung(found))
    if not rate:
        return Share(hits=hits, n=n)
    begin, end = judged_window_ns(collected, plan)
    return Figure(value=hits / ((end - begin) / 1e9) if end > begin else 0.0, n=n)


def good(samples: Sequence[Sample], targets: Iterable[Target]) -> list[bool]:
    """Of each sample that ended well whether it kept all targets that speak of it; what it has no value of it keeps."""
    kept = [True] * len(samples)
    columns: dict[str, list[float | None]] = {}
    for target in targets:
        limit = math.nextafter(target.limit, math.inf) if target.comparison == "<=" else target.limit
        if target.metric not in columns:
            columns[target.metric] = column(samples, target.metric)
        values = columns[target.metric]
        if target.tag:
            values = [
                value if tagged(sample, target.tag) else None for sample, value in zip(samples, values, strict=True)
            ]
        kept = [so_far and (value is None or value < limit) for so_far, value in zip(kept, values, strict=True)]
    return kept


def sums(collected: Collected, *, metric: str, tag: str) -> Measured:
    """`tokens` or `cost` of the whole run, warm-up included: it was paid for."""
    found = [sample for sample in collected.samples if tagged(sample, tag)]
    if metric == "cost":
        costs = [sample.cost_usd for sample in found if sample.cost_usd is not None]
        return Figure(value=sum(costs), n=len(costs)) if costs else Absent(reason="no answer told its cost in `usage`")
    tokens = sum(sample.tokens if sample.tokens_out is None else sample.tokens_out for sample in found)
    return Figure(value=float(tokens), n=len(found))


def _streams(collected: Collected, tag: str) -> Group:
    return group(collected, STREAMS, tag)


def _error_rate(collected: Collected, tag: str) -> Share:
    found = group(collected, main_operations(collected, tag), tag)
    failed = len(found.failed) + len(hung(found))
    return Share(hits=failed, n=len(found.well) + len(_still_open(found)) + failed)


def _early_loss(collected: Collected, tag: str) -> Share:
    """A stream has begun with its head; one that stands still when the run ends is lost, too."""
    found = _streams(collected, tag)
    begun = [sample for sample in (*found.well, *found.failed, *hung(found), *_still_open(found)) if _begun(sample)]
    standing = {id(sample) for sample in hung(found)}
    lost = sum(id(sample) in standing or (sample.cause in _LOST and sample.terminal_ns is None) for sample in begun)
    return Share(hits=lost, n=len(begun))


def _begun(sample: Sample) -> bool:
    return sample.headers_ns is not None and sample.status == _OK


def _still_open(found: Group) -> list[Sample]:
    """Streams that are meant to stay open, and were when the run ended."""
    return [
        entry for entry in found.left if entry.censored and entry.planned_ns is not None and entry.frame_ns is not None
    ]


def _violations(collected: Collected, tag: str) -> Figure:
    judged = [sample for sample in _streams(collected, tag).well if sample.judged]
    return Figure(value=float(sum(bool(sample.violations) for sample in judged)), n=len(judged))


def _client_retries(collected: Collected, tag: str) -> Share:
    """What a client has to try again: an answer that broke off or never came, and a refusal that may pass."""
    found = group(collected, main_operations(collected, tag), tag)
    failed = [*found.failed, *hung(found)]
    hits = sum(sample.retries > 0 for sample in found.well)
    hits += sum(sample.retries > 0 or _worth_another_try(sample) for sample in failed)
    return Share(hits=hits, n=len(found.well) + len(failed))


def _worth_another_try(sample: Sample) -> bool:
    status = sample.status
    return status is None or status in _PASSING or not _CLIENT_ERRORS <= status < _SERVER_ERRORS


def _provider_retries(collected: Collected, tag: str) -> Share | Absent:
    told = [sample.provider_retries for sample in _streams(collected, tag).all if sample.provider_retries is not None]
    logged = collected.pool("retries.provider")
    if not told and not logged:
        return Absent(reason="the backend does not tell the retries of its provider", declare=_RETRIES)
    if told:
        return Share(hits=sum(number > 0 for number in told), n=len(told))
    return Share(hits=logged.total() - logged[0], n=logged.total())


def _stalls(collected: Collected, tag: str) -> Share:
    found = [sample for sample in _streams(collected, tag).all if sample.token_ns is not None]
    hits = sum(sample.stalls > 0 or quiet_end_ns(sample) > _STALL_NS for sample in found)
    return Share(hits=hits, n=len(found))


def missed_beats(collected: Collected, *, tag: str, heartbeat_seconds: float) -> Figure:
    """`heartbeat.missed`, of the streams that say something of heartbeats: short ones had none to miss."""
    found = expecting_beats(_streams(collected, tag).all, heartbeat_seconds)
    return Figure(value=float(sum(sample.beats_missed for sample in found)), n=len(found))


def _bytes_per_stream(collected: Collected, tag: str) -> Measured:
    return series_of(float(sample.bytes) for sample in _streams(collected, tag).well)


def _bytes_per_message(collected: Collected, tag: str) -> Measured:
    received: dict[tuple[str, int], int] = {}
    for entry in collected.deliveries:
        if entry.received_ns is not None:
            key = (entry.process, entry.subscriber)
            received[key] = received.get(key, 0) + 1
    found = _streams(collected, tag)
    pairs = [
        (sample.bytes, sample.tokens or received.get((sample.process, sample.user), 0))
        for sample in found.well + found.left
    ]
    return series_of(number_of_bytes / number for number_of_bytes, number in pairs if number)


OF_STREAMS: Final[Mapping[str, Callable[[Collected, str], Measured]]] = {
    "early_loss": _early_loss,
    "error_rate": _error_rate,
    "retry_rate.client": _client_retries,
    "retry_rate.provider": _provider_retries,
    "stall": _stalls,
    "violations": _violations,
    "bytes_per_stream": _bytes_per_stream,
    "bytes_per_message": _bytes_per_message,
}
"""Metrics that need nothing but streams, by name."""
