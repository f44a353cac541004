"""What a load run found out beside its verdicts: failures by cause, its processes, the machine."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from chatproof.load_facts import LoadError
from chatproof.metrics.groups import group, hung, main_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Health, Sample

__all__ = ["ended_early", "errors_of", "machine_of", "notes_of", "plain", "processes_of"]

_SAMPLES: Final = 3
_SLACK_SECONDS: Final = 1.0
_CHARACTERS: Final = 240
_MOST_VIOLATIONS: Final = 5


def errors_of(collected: Collected, *, scrub: Callable[[str], str]) -> tuple[LoadError, ...]:
    """Failures outside the warm-up by cause, the most frequent first, with up to three different samples each."""
    found: dict[str, list[Sample]] = {}
    for sample in collected.samples:
        if sample.cause and not sample.warm_up:
            found.setdefault(sample.cause, []).append(sample)
    errors = []
    for cause, failed in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        times = [sample.end_ns / 1e9 for sample in failed]
        different: dict[tuple[str, str], Sample] = {}
        for sample in failed:
            different.setdefault((sample.operation, sample.detail), sample)
        errors.append(
            LoadError(
                cause=cause,
                count=len(failed),
                first_seconds=round(min(times), 3),
                last_seconds=round(max(times), 3),
                samples=tuple(_told(sample, scrub) for sample in list(different.values())[:_SAMPLES]),
            )
        )
    return tuple(errors)


def processes_of(collected: Collected) -> tuple[Mapping[str, Any], ...]:
    """One mapping per process: name, state (`ended` or `lost`), samples, mean and highest CPU in shares of a core."""
    lost = set(collected.lost)
    counts: dict[str, int] = {}
    for sample in collected.samples:
        counts[sample.process] = counts.get(sample.process, 0) + 1
    health: dict[str, list[Health]] = {}
    for record in collected.health:
        health.setdefault(record.process, []).append(record)
    reasons = {record.process: record.reason for record in collected.ends}
    return tuple(
        {
            "name": name,
            "state": "lost" if name in lost else "ended",
            "samples": counts.get(name, 0),
            **_busy(health.get(name, [])),
            "reason": reasons.get(name, ""),
        }
        for name in collected.processes
    )


def machine_of(collected: Collected) -> dict[str, Any]:
    """Where the generator ran: system, cores, versions, and whether arrivals are the kernel's."""
    cores = max((record.cores for record in collected.starts), default=os.cpu_count() or 1)
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": cores,
        "python": platform.python_version(),
        "locust": _version("locust"),
        "gevent": _version("gevent"),
        "kernel_times": bool(collected.starts) and all(record.kernel for record in collected.starts),
    }


def ended_early(collected: Collected, plan: Plan) -> bool:
    """Whether the load was stopped before its time; its own budget of turns or cost is no such stop."""
    due_ns = (plan.run_time_seconds - _SLACK_SECONDS) * 1e9
    return any(
        mark.what == "interrupted" or (mark.what == "stop" and 0 < mark.at_ns < due_ns) for mark in collected.marks
    )


def notes_of(collected: Collected) -> tuple[str, ...]:
    """Sentences for the reader: what happened to the run, and what the judged streams broke."""
    marks = [mark for mark in collected.marks if mark.detail and mark.what not in {"warm", "stop"}]
    notes = [f"{_sentence(mark.detail)} ({mark.at_ns / 1e9:.1f} s)" for mark in marks]
    standing = len(hung(group(collected, main_operations(collected))))
    if standing:
        what = "1 turn or request" if standing == 1 else f"{standing:,} turns or requests"
        notes.append(f"When the run ended {what} had come to a standstill long before: failed, though we ended them.")
    lost = collected.lost
    if lost:
        notes.append(f"Lost in mid-run: {', '.join(lost)}; what they had reported is kept.")
    judged = [sample for sample in collected.samples if sample.judged]
    broken: dict[str, int] = {}
    for sample in judged:
        for violation in sample.violations:
            broken[violation] = broken.get(violation, 0) + 1
    if broken:
        most = sorted(broken.items(), key=lambda entry: (-entry[1], entry[0]))[:_MOST_VIOLATIONS]
        told = ", ".join(f"{name} ({number:,})" for name, number in most)
        notes.append(f"Of {len(judged):,} streams that were judged by the rules of `check` some broke {told}.")
    return tuple(notes)


def plain(plan: Plan) -> Mapping[str, Any]:
    """The plan as JSON values, lists for tuples."""
    document: Mapping[str, Any] = json.loads(json.dumps(plan.to_json()))
    return document


def _told(sample: Sample, scrub: Callable[[str], str]) -> str:
    """One failure in words, with its detail cut to a bounded length."""
    words = sample.detail or (f"status {sample.status}" if sample.status is not None else "no answer")
    cut = scrub(words)
    cut = cut if len(cut) <= _CHARACTERS else f"{cut[:_CHARACTERS]}..."
    return f"{sample.operation} of user {sample.user} at {sample.start_ns / 1e9:.1f} s: {cut}"


def _busy(records: list[Health]) -> dict[str, Any]:
    seconds = sum(record.seconds for record in records)
    mean = sum(record.cpu * record.seconds for record in records) / seconds if seconds else None
    return {
        "cpu": None if mean is None else round(mean, 4),
        "cpu_max": round(max(record.cpu for record in records), 4) if records else None,
        "rss_bytes": max((record.rss_bytes for record in records), default=0),
        "lag_loop_max_ms": round(max((record.lag_loop_max_ns for record in records), default=0) / 1e6, 3),
    }


def _sentence(text: str) -> str:
    cut = text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}..."
    return cut[:1].upper() + cut[1:]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
