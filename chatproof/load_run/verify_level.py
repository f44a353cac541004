"""One level of the proof: so many streams at once, and what the generator told of them beside what was true."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from chatproof.load_run.verify_errors import compare, limit_seconds, worst_errors
from chatproof.load_run.verify_match import match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.samples.collected import Collected

__all__ = ["CHUNKED", "FORMS", "Level", "made_at", "measure_level"]

CHUNKED: Final = ("chunked",)
FORMS: Final = ("chunked", "close", "length", "split", "crlf", "coalesced", "bytes")
"""All forms of the wire that the ground-truth server knows."""

_EVENTS: Final = 30
_MOST_STREAMS: Final = 5000
_LARGEST_LOSS: Final = 0.01
_LEAST_PEAK: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """
    So many streams at once for so many seconds, their starts spread over half of them or all `at_once`.

    All at once each user does one turn only. Streams take `forms` of the wire in turn, each with
    so many `events` and a heartbeat every `beat_seconds`. `core` pins the server.
    """

    streams: int
    at_once: bool = False
    forms: tuple[str, ...] = CHUNKED
    seconds: float = 6.0
    events: int = _EVENTS
    beat_seconds: float = 0.4
    core: int | None = None

    @property
    def name(self) -> str:
        """Such as `100`, `100@once`, `21@forms`."""
        if len(self.forms) > 1:
            return f"{self.streams}@forms"
        return f"{self.streams}@once" if self.at_once else f"{self.streams}"

    @classmethod
    def named(cls, name: str) -> Level:
        """The level of such a name; ValueError for what is none."""
        number, at, kind = name.partition("@")
        if not (number.isascii() and number.isdecimal()) or (kind if at else "once") not in {"once", "forms"}:
            raise ValueError(f"{name!r} is no level")
        if not 1 <= int(number) <= _MOST_STREAMS:
            raise ValueError(f"{name!r} is not between 1 and {_MOST_STREAMS} streams")
        return cls(streams=int(number), at_once=kind == "once", forms=FORMS if kind == "forms" else CHUNKED)


def measure_level(
    level: Level, *, collected: Collected, rows: Sequence[Mapping[str, Any]], trouble: Sequence[str] = ()
) -> dict[str, Any]:
    """
    One level as JSON values: how many streams were open at once, what was matched, the error of each statistic and the
    worst of a single stream, in ms.

    `valid` says that the run can be judged, `reasons` why not; `trouble` are reasons that are known already.
    """
    matched = match(collected.samples, rows, zero_ns=_zero_ns(collected))
    pools = {name: collected.pool(name) for name in ("gap", "heartbeat.interval")}
    found = compare(matched.pairs, pools=pools, rows=rows)
    errors: list[dict[str, Any]] = [
        {
            "metric": entry.metric,
            "statistic": entry.statistic,
            "reported_ms": round(entry.reported * 1e3, 4),
            "truth_ms": round(entry.truth * 1e3, 4),
            "error_ms": round(entry.error * 1e3, 4),
            "limit_ms": limit_seconds(entry.metric, at_once=level.at_once) * 1e3,
            "n": entry.n,
        }
        for entry in found
    ]
    failed = [sample for sample in collected.samples if sample.cause and not sample.censored]
    reasons = list(trouble)
    if not any(entry["metric"] == "ttft" for entry in errors):
        reasons.append("no stream ended well")
    if failed:
        reasons.append(f"{len(failed)} streams failed, such as {failed[0].cause}: {failed[0].detail}")
    peak = _peak(rows)
    if errors and peak < _LEAST_PEAK * level.streams:
        reasons.append(f"only {peak} of {level.streams} streams were open at once: measure for a longer time")
    lonely = len(matched.samples) + len(matched.rows)
    if lonely > _LARGEST_LOSS * max(1, len(rows)):
        reasons.append(f"{lonely} streams are known to one side only")
    return {
        "name": level.name,
        "streams": level.streams,
        "at_once": level.at_once,
        "forms": list(level.forms),
        "seconds": level.seconds,
        "made_at": made_at(),
        "peak": peak,
        "matched": len(matched.pairs),
        "lonely": lonely,
        "kernel": all(sample.kernel for sample, _ in matched.pairs) and bool(matched.pairs),
        "cpu": max((entry.cpu for entry in collected.health), default=0.0),
        "valid": not reasons,
        "reasons": reasons,
        "within": all(abs(entry.error) <= limit_seconds(entry.metric, at_once=level.at_once) for entry in found),
        "errors": errors,
        "worst_ms": {name: round(worst * 1e3, 4) for name, worst in worst_errors(matched.pairs).items()},
        "doubt_ms": round(max((row["doubt_ns"] for row in rows), default=0) / 1e6, 4),
    }


def _peak(rows: Sequence[Mapping[str, Any]]) -> int:
    """How many streams were open at once at the most, by the server."""
    changes = [(row["receipt_ns"], 1) for row in rows] + [(row["end_ns"], -1) for row in rows if row["end_ns"]]
    return max(accumulate(change for _, change in sorted(changes)), default=0)


def _zero_ns(collected: Collected) -> int:
    """The run's zero on the monotonic clock of this machine, as near as two readings of the clocks are."""
    offset = time.time_ns() - time.monotonic_ns()
    started = next((int(start.plan.get("started_at_ns") or 0) for start in collected.starts), 0)
    return started - offset


def made_at() -> str:
    """The date and time now, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
