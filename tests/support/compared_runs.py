"""Runs to be compared, made by hand: loads of turns with given latencies, and checks with given verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatproof.comparison.compared import compared, side_of
from chatproof.comparison.figures import Rules
from chatproof.comparison.values import Given
from chatproof.load_facts import LoadFacts, TargetVerdict, Validity
from chatproof.load_plan import Plan
from chatproof.load_run.figures import figures
from chatproof.run import RequirementVerdict, Run
from chatproof.run_json import to_json
from chatproof.samples.codec import encode
from chatproof.samples.collected import Collected
from chatproof.samples.file import SampleWriter
from support.capacity_runs import bare_facts
from support.load_samples import turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from chatproof.comparison.facts import Comparison
    from chatproof.samples import Record

__all__ = ["PLAN", "checked", "compare", "loaded", "searched", "target", "turns", "verdict", "written"]

PLAN = Plan(users=20, warm_up_seconds=0.0, run_time_seconds=100.0)
SETTINGS = {"backend": {"url": "http://loopback"}, "profiles": {"ai-chat": {"heartbeat": 10.0}}}


def turns(latencies: Iterable[float], *, failed: int = 0) -> list[Record]:
    """A turn for each time to the first token in seconds, and so many that failed; all within the run."""
    records: list[Record] = [
        turn(1.0 + 0.01 * number, ttft=ttft, lasts=2.0 + ttft, tags=("plain",)) for number, ttft in enumerate(latencies)
    ]
    records += [turn(1.0 + 0.01 * number, ttft=None, cause="status", status=503) for number in range(failed)]
    return records


def loaded(
    records: Sequence[Record], *, only: Sequence[str] = (), plan: Plan = PLAN, tags: Sequence[str] = (), **fields: Any
) -> Given:
    """A load run of these records with its samples; `only` leaves its figures those of some metrics."""
    collected = Collected(records)
    made = figures(collected, plan, heartbeat_seconds=10.0, tags=tags)
    facts = LoadFacts(
        plan=json.loads(json.dumps(plan.to_json())),
        workload=plan.workload,
        seconds=plan.run_time_seconds,
        samples=len(collected.samples),
        figures=tuple(entry for entry in made if not only or entry.metric in only),
        charts=(),
        errors=(),
        processes=(),
        machine={"system": "Linux", "cores": 2},
        samples_file="samples.jsonl.gz",
    )
    return Given(
        run=_run("load", **{"load": facts, "validity": Validity(valid=True, reasons=()), **fields}), collected=collected
    )


def checked(*verdicts: RequirementVerdict, **fields: Any) -> Run:
    """A check with these verdicts."""
    return _run("check", verdicts=verdicts, **fields)


def compare(
    base: Given | Run,
    run: Given | Run,
    *,
    pairs: Sequence[tuple[Given, Given]] = (),
    rules: Rules | None = None,
    strict: bool = False,
) -> Comparison:
    """The two compared as `base.json` and `run.json`, and those of the A/A pairs as `1.json` and `2.json`."""
    one, other = (entry if isinstance(entry, Given) else Given(run=entry) for entry in (base, run))
    return compared(
        one,
        other,
        names=(side_of(one, "base.json"), side_of(other, "run.json")),
        pairs=pairs,
        pair_names=[(side_of(first, "1.json"), side_of(second, "2.json")) for first, second in pairs],
        rules=rules or Rules(),
        strict=strict,
    )


def searched(capacity: float | None, breaks_at: float | None, *, unit: str = "streams") -> Run:
    """A search for the capacity that ended between these two levels."""
    return replace(
        checked(), command="capacity", capacity=bare_facts(unit=unit, capacity=capacity, breaks_at=breaks_at)
    )


def verdict(requirement: str, word: str, *, level: str = "MUST", **fields: Any) -> RequirementVerdict:
    """One verdict."""
    values: dict[str, Any] = {"profile": "ai-chat", "clause": "sse/framing", "statement": "A block ends.", **fields}
    return RequirementVerdict(requirement=requirement, level=level, verdict=word, **values)


def target(word: str, *, limit: float = 0.35, error: float = 0.0) -> TargetVerdict:
    """The verdict of `ttft.p95`."""
    return TargetVerdict(
        target=f"ttft.p95 < {limit * 1000:g}ms",
        metric="ttft",
        statistic="p95",
        requirement="",
        limit=limit,
        comparison="<",
        value=0.2,
        unit="s",
        infinite=0,
        n=500,
        lower=0.19,
        upper=0.21,
        verdict=word,
        error=error,
        profile="ai-chat",
    )


def written(given: Given, folder: Path, *, samples: bool = True) -> Path:
    """The run as a report folder, with the samples beside its document."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(to_json(given.run)), "utf-8")
    if samples and given.collected is not None:
        writer = SampleWriter(folder / "samples.jsonl.gz")
        writer.write(map(encode, given.collected.samples))
        writer.close()
    return folder


def _run(command: str, **fields: Any) -> Run:
    values: dict[str, Any] = {
        "version": "0.1.0",
        "started_at": "2026-11-21T09:30:00+00:00",
        "duration_seconds": 60.0,
        "backend": {"url": "http://127.0.0.1:3000"},
        "profiles": ("ai-chat",),
        "strict": False,
        "interrupted": False,
        "exit_code": 0,
        "exit_reason": "every MUST that is claimed is met",
        "verdicts": (),
        "not_selected": 0,
        "settings": SETTINGS,
        **fields,
    }
    return Run(command=command, **values)
