"""Hand-made samples, truth and levels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from chatproof.samples.records import Pool, Sample, Start

ZERO_NS = 5_000_000_000_000
MS = 1_000_000


def sample(port: int, *, sent_ms: float = 0.0, ttft_ms: float = 150.0, **changes: Any) -> Sample:
    sent = round(sent_ms * MS)
    values: dict[str, Any] = {
        "workload": "chat-turns",
        "operation": "turn",
        "local_port": port,
        "sent_ns": sent,
        "token_ns": sent + round(ttft_ms * MS),
        "terminal_ns": sent + 2000 * MS,
        "gap_max_ns": 51 * MS,
        "beat_gap_max_ns": 400 * MS,
        "kernel": True,
    }
    return Sample(**{**values, **changes})


def row(port: int, *, receipt_ms: float = 0.0, ttft_ms: float = 150.0, **changes: Any) -> dict[str, Any]:
    receipt = ZERO_NS + round(receipt_ms * MS)
    first = receipt + round(ttft_ms * MS)
    values: dict[str, Any] = {
        "number": 0,
        "port": port,
        "end": "done",
        "receipt_ns": receipt,
        "tokens_ns": [first, first + 50 * MS, first + 101 * MS],
        "gap_max_ns": 51 * MS,
        "beats": 2,
        "beats_ns": [receipt + 400 * MS, receipt + 800 * MS],
        "beat_gap_ns": 400 * MS,
        "terminal_ns": receipt + 2000 * MS,
        "end_ns": receipt + 2001 * MS,
        "doubt_ns": 20_000,
    }
    return {**values, **changes}


def start(started_at_ns: int) -> Start:
    return Start(process="local", plan={"started_at_ns": started_at_ns})


def pools(rows: list[dict[str, Any]]) -> list[Pool]:
    """What a generator without error counts."""
    found = []
    for metric, moments in (("gap", "tokens_ns"), ("heartbeat.interval", "beats_ns")):
        counts: dict[str, int] = {}
        for one in rows:
            times = one[moments]
            for earlier, later in pairwise(times):
                step = str((later - earlier) // 100_000)
                counts[step] = counts.get(step, 0) + 1
        found.append(Pool(metric=metric, counts=counts))
    return found


def error(metric: str, error_ms: float, *, statistic: str = "p99", limit_ms: float = 2.0) -> dict[str, Any]:
    return {
        "metric": metric,
        "statistic": statistic,
        "reported_ms": 200.0 + error_ms,
        "truth_ms": 200.0,
        "error_ms": error_ms,
        "limit_ms": limit_ms,
        "n": 100,
    }


def level(streams: int, *errors: dict[str, Any], **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": f"{streams}",
        "streams": streams,
        "at_once": False,
        "forms": ["chunked"],
        "made_at": "2026-01-01T00:00:00+00:00",
        "matched": 100,
        "kernel": True,
        "valid": True,
        "reasons": [],
        "within": all(abs(entry["error_ms"]) <= entry["limit_ms"] for entry in errors),
        "errors": list(errors),
        "worst_ms": {},
    }
    return {**values, **changes}
