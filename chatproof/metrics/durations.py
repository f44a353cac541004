"""Series of one duration per stream or request."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from chatproof.metrics.groups import REQUESTS, STREAMS, group
from chatproof.metrics.measured import Absent, Measured, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.load_plan import Plan
    from chatproof.metrics.groups import Group
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Sample

__all__ = ["PER_STREAM", "column", "durations", "expecting_beats", "no_interval", "quiet_end_ns", "series_of", "unseen"]

_TURNS: Final = ("turn",)
_BETWEEN: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "headers": ("sent_ns", "headers_ns", STREAMS),
    "first_frame": ("sent_ns", "frame_ns", STREAMS),
    "ttft": ("sent_ns", "token_ns", _TURNS),
    "ttft_sched": ("scheduled_ns", "token_ns", _TURNS),
    "e2e": ("sent_ns", "terminal_ns", _TURNS),
    "e2e_sched": ("scheduled_ns", "terminal_ns", _TURNS),
    **{name: ("sent_ns", "end_ns", (name,)) for name in REQUESTS},
}
_SEEN: Final[Mapping[str, str]] = {
    "silence_max": "silence_max_ns",
    "gap.worst": "gap_max_ns",
    "heartbeat.gap": "beat_gap_max_ns",
}
PER_STREAM: Final = frozenset({*_BETWEEN, *_SEEN, "tpot"})
"""The metrics that one stream or request alone has a value of: a target on them is kept or not by each."""

_LASTING: Final = frozenset({"e2e", "e2e_sched"})
_HUNG: Final = 2
_HUNG_NS: Final = 1_000_000_000


def durations(collected: Collected, plan: Plan, *, metric: str, tag: str, heartbeat_seconds: float | None) -> Measured:
    """The series of a metric of `PER_STREAM`."""
    if metric in _SEEN:
        return _seen(collected, plan, metric=metric, tag=tag, heartbeat_seconds=heartbeat_seconds)
    if metric == "tpot":
        found = group(collected, _TURNS, tag)
        per_token = (_per_token(sample) for sample in found.well)
        return series_of((value for value in per_token if value is not None), infinite=len(found.failed))
    if _BETWEEN[metric][0] == "scheduled_ns" and plan.arrivals == "closed" and not plan.weights:
        return Absent(
            reason="in a closed loop nothing is scheduled: a turn starts when the last has ended",
            declare='[load]\narrivals = "poisson"\nrate = 20',
        )
    values, infinite, _left_out = _known(collected, metric, tag)
    return series_of(values, infinite=infinite)


def unseen(collected: Collected, *, metric: str, tag: str) -> int:
    """How many streams the metric leaves out, because we ended them before they showed it."""
    if metric not in _BETWEEN:
        return 0
    return _known(collected, metric, tag)[2]


def column(samples: Sequence[Sample], metric: str) -> list[float | None]:
    """What each of the samples says to a metric of `PER_STREAM`, None where one says nothing."""
    if metric == "tpot":
        return [_per_token(sample) for sample in samples]
    if metric in _SEEN:
        return list(map(attrgetter(_SEEN[metric]), samples))
    first, last, operations = _BETWEEN[metric]
    moments = map(attrgetter(first, last, "operation"), samples)
    return [
        None if begin is None or end is None or operation not in operations else end - begin
        for begin, end, operation in moments
    ]


def series_of(values: Iterable[float], *, infinite: int = 0) -> Series:
    """The values, sorted."""
    return Series(values=tuple(sorted(values)), infinite=infinite)


def _seen(
    collected: Collected, plan: Plan, *, metric: str, tag: str = "", heartbeat_seconds: float | None = None
) -> Measured:
    """The longest silence of one kind per stream: also a stream that failed counts, with what was seen of it."""
    samples = group(collected, STREAMS, tag).all
    if metric == "heartbeat.gap":
        if heartbeat_seconds is None and not any(sample.beats for sample in samples):
            return no_interval(plan)
        samples = expecting_beats(samples, heartbeat_seconds)
        return series_of(_without_beat(sample) for sample in samples)
    if metric == "gap.worst":
        return series_of(value * 1.0 for value in map(_worst_gap_ns, samples) if value is not None)
    return series_of(value * 1.0 for value in map(attrgetter(_SEEN[metric]), samples) if value is not None)


def quiet_end_ns(sample: Sample) -> int:
    """How long a turn whose answer was never complete had been without a token when it ended; 0 for all others."""
    if sample.last_ns is None or sample.terminal_ns is not None or sample.planned_ns is not None or sample.aborted:
        return 0
    return sample.end_ns - sample.last_ns if sample.cause or sample.censored else 0


def _worst_gap_ns(sample: Sample) -> int | None:
    """The longest time between two tokens; the next one had not come for so long where a stream failed or hung."""
    if sample.gap_max_ns is None and not sample.cause:
        return None
    quiet = quiet_end_ns(sample)
    return max(sample.gap_max_ns or 0, quiet) if quiet else sample.gap_max_ns


def no_interval(plan: Plan) -> Absent:
    """No interval of heartbeats is declared."""
    return Absent(
        reason="no interval of heartbeats is declared", declare=f'[profiles.{plan.profile}]\nheartbeat = "10s"'
    )


def expecting_beats(samples: Iterable[Sample], heartbeat_seconds: float | None) -> tuple[Sample, ...]:
    """The streams that say something of heartbeats: they had one, or were open for longer than an interval."""
    least_ns = math.inf if heartbeat_seconds is None else heartbeat_seconds * 1e9
    return tuple(
        sample
        for sample in samples
        if sample.headers_ns is not None and (sample.beats or sample.end_ns - sample.headers_ns > least_ns)
    )


def _without_beat(sample: Sample) -> float:
    """The longest time without a heartbeat; all of the time where nobody accounted for them."""
    if sample.beat_gap_max_ns is not None:
        return float(sample.beat_gap_max_ns)
    return float(sample.end_ns - (sample.headers_ns or sample.end_ns))


def _known(collected: Collected, metric: str, tag: str) -> tuple[list[float], int, int]:
    operations = _BETWEEN[metric][2]
    return collected.remembered(("between", metric, tag), lambda: _between(group(collected, operations, tag), metric))


def _between(found: Group, metric: str) -> tuple[list[float], int, int]:
    """The values, how many are infinite, and how many are left out."""
    first, last = (attrgetter(name) for name in _BETWEEN[metric][:2])
    pairs = zip(map(first, found.well), map(last, found.well), strict=True)
    values = [(end - begin) * 1.0 for begin, end in pairs if begin is not None and end is not None]
    infinite = len(found.failed)
    if len(values) < len(found.well):
        infinite += sum(_owed(sample, first(sample), last(sample)) for sample in found.well)
    left_out = 0
    hung_ns = max(_HUNG_NS, _HUNG * max(values)) if values and found.left else None
    for sample in found.left:
        begin, end = first(sample), last(sample)
        if begin is None:
            left_out += 1
        elif end is not None and sample.operation in STREAMS:
            values.append((end - begin) * 1.0)
        elif hung_ns is not None and sample.censored and sample.end_ns - begin >= hung_ns:
            # It had waited far longer than any that came: this is no end of the run, it hangs. A long answer may still
            # come to its end, but has taken so long already.
            if metric in _LASTING:
                values.append((sample.end_ns - begin) * 1.0)
            else:
                infinite += 1
        else:
            left_out += 1
    return values, infinite, left_out


def _owed(sample: Sample, begin: int | None, end: int | None) -> bool:
    """Whether a stream that is said to be well should have had this moment: one that was to stay open has no end."""
    return begin is not None and end is None and sample.planned_ns is None


def _per_token(sample: Sample) -> float | None:
    number = sample.tokens_out or sample.tokens
    if sample.token_ns is None or sample.last_ns is None or number < 2:  # noqa: PLR2004 - between two
        return None
    return (sample.last_ns - sample.token_ns) / (number - 1)
