"""The proof of the instrument: how far its numbers were from the truth on this machine, kept for reports to cite."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PROOF_SCHEMA", "error_of", "latest_proof", "machine_facts", "merged", "proof_path", "store_proof"]

PROOF_SCHEMA: Final = 1
_MOST_BYTES: Final = 4 * 1024 * 1024

_MEASURED_AS: Final = {
    "e2e_sched": "e2e",
    "session": "e2e",
    "tpot": "gap",
    "silence_max": "gap.worst",
    "heartbeat.jitter": "heartbeat.interval",
    **dict.fromkeys(("headers", "first_frame", "ttft_sched"), "ttft"),
    **dict.fromkeys(("push", "push.first", "push.median", "push.last", "push.spread"), "ttft"),
    **dict.fromkeys(("resume.delay", "resume.catch_up"), "ttft"),
    **dict.fromkeys(("poll", "refresh", "token", "generate", "probe"), "ttft"),
}
"""Metrics that are made of the same moments, in the same way, as one whose error is measured."""

_LONGEST: Final = ("gap.worst", "heartbeat.gap")


def machine_facts() -> dict[str, Any]:
    """What a proof holds for: cores, processor, system, Python, chatproof; `id` tells machines of one kind apart."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "cpu": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "chatproof": version("chatproof"),
        "id": _machine_id(),
    }


def proof_path() -> Path:
    """Where the latest proof is kept."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    return base / "chatproof" / "verify.json"


def store_proof(document: Mapping[str, Any]) -> Path:
    """Keeps a proof as the latest one, whole or not at all; OSError where that is not possible."""
    path = proof_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def latest_proof() -> Mapping[str, Any] | None:
    """The latest proof, if it is of this machine and this version and can be read; else None."""
    try:
        with proof_path().open("rb") as file:
            document = json.loads(file.read(_MOST_BYTES))
    except (OSError, RuntimeError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("schema") != PROOF_SCHEMA:
        return None
    levels = document.get("levels")
    if document.get("machine") != machine_facts() or not isinstance(levels, list) or not levels:
        return None
    return document


def merged(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> dict[str, Any]:
    """A new proof with the levels that only the older one has; each level keeps its own date, `within` is of all."""
    names = {level["name"] for level in new["levels"]}
    kept = [level for level in (old or {}).get("levels", ()) if level["name"] not in names]
    levels = sorted([*new["levels"], *kept], key=lambda level: (len(level["forms"]), level["streams"], level["name"]))
    return {**new, "levels": levels, "within": new["within"] and all(level["within"] for level in kept)}


def error_of(proof: Mapping[str, Any] | None, metric: str, streams: int) -> float:
    """
    The instrument's own error of a metric with so many streams at once, in seconds.

    It is the largest that was seen for any percentile at the nearest level that is not below (else at the highest); for
    what is the longest of a stream, that of a single stream. A metric that is made of the same moments as one that was
    measured has that one's error. 0.0 without a proof, and for what is no duration.
    """
    if proof is None:
        return 0.0
    measured = _MEASURED_AS.get(metric, metric)
    levels = [level for level in proof["levels"] if len(level["forms"]) == 1] or list(proof["levels"])
    not_below = [level["streams"] for level in levels if level["streams"] >= streams]
    nearest = min(not_below) if not_below else max(level["streams"] for level in levels)
    return max((abs(error) for error in _errors(levels, nearest, measured)), default=0.0) / 1e3


def _errors(levels: Iterable[Mapping[str, Any]], streams: int, metric: str) -> Iterable[float]:
    """The errors of a metric at the levels of so many streams, in milliseconds."""
    for level in levels:
        if level["streams"] == streams:
            yield from (entry["error_ms"] for entry in level["errors"] if entry["metric"] == metric)
            if metric in _LONGEST:
                yield level["worst_ms"].get(metric, 0.0)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[0] if names else platform.machine()


def _machine_id() -> str:
    """Some digits made of the machine's id, which is not told itself; empty where it has none."""
    try:
        text = Path("/etc/machine-id").read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
    return hashlib.sha256(f"chatproof {text}".encode()).hexdigest()[:12] if text else ""
