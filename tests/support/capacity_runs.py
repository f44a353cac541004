"""Run documents of capacity runs, made by hand: one for each outcome, with every fact that a report can show."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from chatproof.capacity_facts import CapacityFacts, Rung, Shortage
from chatproof.capacity_model import enriched
from chatproof.load_facts import TargetVerdict
from chatproof.run import Run
from support.run_documents import HOSTILE

__all__ = [
    "OUTCOMES",
    "bare_facts",
    "bare_rung",
    "capacity_facts",
    "capacity_run",
    "hostile_capacity_run",
    "law",
    "law_facts",
]

OUTCOMES = ("found", "no_failure_in_range", "no_pass_in_range", "generator_was_the_limit", "unfinished")
LIMIT = 0.35
PEAK = 75.0
_SEARCHES: dict[str, tuple[tuple[float, str], ...]] = {
    "found": (
        *((float(2**power), "doubling") for power in range(2, 8)),
        *((96.0, "bisecting"), (80.0, "bisecting"), (72.0, "bisecting"), (68.0, "bisecting"), (68.0, "repeating")),
    ),
    "no_failure_in_range": tuple((float(2**power), "doubling") for power in range(6)),
    "no_pass_in_range": ((64.0, "doubling"), (32.0, "doubling"), (16.0, "doubling")),
    "generator_was_the_limit": tuple((float(2**power), "doubling") for power in range(6)),
    "unfinished": ((4.0, "doubling"), (8.0, "doubling")),
}
_CODES = {
    "found": (0, "68 streams held within every target"),
    "no_failure_in_range": (0, "32 streams held, and no rung broke a target"),
    "no_pass_in_range": (1, "no rung held its targets"),
    "generator_was_the_limit": (3, "the generator was the limit"),
    "unfinished": (130, "interrupted"),
}
_SENTENCES = {
    "found": "The backend holds 68 streams within its targets; at 80 it does not.",
    "no_failure_in_range": "The backend holds at least 32 streams: no rung broke a target.",
    "no_pass_in_range": "The backend holds not even 16 streams within its targets.",
    "generator_was_the_limit": "The generator gave out at 32 streams; the backend holds at least 16.",
    "unfinished": "The search was interrupted; the backend holds at least 8 streams.",
}


def law(level: float, *, rate: float = 1.0, contention: float = 0.004, peak: float = PEAK) -> float:
    """The throughput of the Universal Scalability Law whose peak is at `peak`."""
    coherency = (1 - contention) / peak**2
    return rate * level / (1 + contention * (level - 1) + coherency * level * (level - 1))


def bare_rung(number: int, level: float, throughput: float, **more: Any) -> Rung:
    """A steady rung that holds, and of which only load and throughput are known."""
    told: dict[str, Any] = {"phase": "doubling", "verdict": "holds", "reason": "every target is met", **more}
    told = {"level_seen": level, "goodput": throughput, "offered": throughput, **told}
    return Rung(number=number, level=level, seconds=3.0, samples=100, throughput=throughput, error_rate=0.0, **told)


def bare_facts(**changes: Any) -> CapacityFacts:
    """What a search in streams found of which nothing else is known; not enriched."""
    told: dict[str, Any] = {
        "unit": "streams",
        "workload": "chat-turns",
        "profile": "ai-chat",
        "outcome": "found",
        "sentence": "",
        "capacity": None,
        "breaks_at": None,
        "tested_to": 200.0,
        "rungs": (),
        "limiting": (),
        "shortages": (),
        "latency_metric": "ttft",
        "headroom": 0.3,
        "recommended": None,
        **changes,
    }
    return CapacityFacts(**told)


def law_facts(pairs: list[tuple[float, float]], **changes: Any) -> CapacityFacts:
    """Facts whose rungs are these pairs of load and throughput, not yet enriched."""
    rungs = tuple(bare_rung(number, *pair) for number, pair in enumerate(pairs, 1))
    tested = max((level for level, _throughput in pairs if math.isfinite(level)), default=0.0)
    told = {"capacity": tested, "tested_to": tested, "rungs": rungs, "recommended": 0.7 * tested or None, **changes}
    return bare_facts(**told)


def capacity_facts(outcome: str = "found", **changes: Any) -> CapacityFacts:
    """What a capacity run of that outcome found out, enriched."""
    rungs = tuple(_rung(number, level, phase, outcome) for number, (level, phase) in enumerate(_SEARCHES[outcome], 1))
    holding = [rung.level for rung in rungs if rung.verdict == "holds"]
    breaking = [rung.level for rung in rungs if rung.verdict == "breaks"]
    judged = [rung.level for rung in rungs if rung.verdict != "invalid"]
    capacity = max(holding, default=None)
    told: dict[str, Any] = {
        "outcome": outcome,
        "sentence": _SENTENCES[outcome],
        "capacity": capacity,
        "breaks_at": min(breaking, default=None),
        "tested_to": max(judged),
        "rungs": rungs,
        "limiting": ("ttft.p95 < 350ms",) if breaking else (),
        "shortages": _shortages(outcome),
        "recommended": None if capacity is None else round(0.7 * capacity, 1),
        "bytes_per_stream": 18_432.0,
        "cost_per_stream": 0.0031,
        "notes": ("Each rung was judged on its last 2 s.",),
        **changes,
    }
    return enriched(bare_facts(**told))


def capacity_run(outcome: str = "found", **changes: Any) -> Run:
    """A capacity run of that outcome; `changes` are of its facts."""
    code, reason = _CODES[outcome]
    run = Run(
        command="capacity",
        version="0.1.0",
        started_at="2026-11-21T09:30:00+00:00",
        duration_seconds=49.3,
        backend={"url": "http://127.0.0.1:3000", "environment": "staging", "origins": []},
        profiles=("ai-chat",),
        strict=False,
        interrupted=outcome == "unfinished",
        exit_code=code,
        exit_reason=reason,
        verdicts=(),
        not_selected=0,
        build="4f2a9c1",
        settings={"backend": {"url": "http://loopback"}},
        fingerprint="0123456789ab",
    )
    facts = capacity_facts(outcome, **changes)
    asked, capacity = facts.at_least, facts.capacity or 0.0
    if asked is not None and capacity >= asked and outcome == "generator_was_the_limit":
        run = replace(run, exit_code=0, exit_reason=f"at least {asked:g} streams were asked for, and {capacity:g} hold")
    if asked is not None and capacity < asked:
        run = replace(run, exit_code=1, exit_reason=f"{capacity:g} streams held, and {asked:g} were asked for")
    return replace(run, capacity=facts)


def _rung(number: int, level: float, phase: str, outcome: str) -> Rung:
    wobble = 1 + 0.012 * math.sin(7.0 * number)
    throughput = round(law(level) * wobble, 3)
    p95 = (0.9 if outcome == "no_pass_in_range" else 0.18) * (1 + (level / PEAK) ** 2) * wobble
    # 18 of 1,000 streams are slow enough to fail where the backend is far beyond its peak.
    failing = level > 1.2 * PEAK
    upper = p95 * (1 + 0.4 / math.sqrt(level))
    verdict = "holds" if upper < LIMIT else "breaks" if p95 > LIMIT else "unclear"
    if outcome == "generator_was_the_limit" and level == _SEARCHES[outcome][-1][0]:
        verdict = "invalid"
    said = f"p95 of ttft is {p95 * 1000:.0f} ms, at most {upper * 1000:.0f} ms"
    target = TargetVerdict(
        target="ttft.p95 < 350ms",
        metric="ttft",
        requirement="AICHAT-PERF-01",
        limit=LIMIT,
        comparison="<",
        value=round(p95, 4),
        unit="s",
        infinite=int(failing) * 3,
        n=int(40 * throughput),
        lower=round(p95 * 0.93, 4),
        upper=round(upper, 4),
        verdict={"holds": "met", "breaks": "not_met"}.get(verdict, "inconclusive"),
        statistic="p95",
        reason=said,
    )
    goodput = throughput if verdict == "holds" else throughput * min(1.0, LIMIT / p95 * 0.9)
    reason = {
        "holds": "every target is met",
        "invalid": "the generator used 97 % of a core (limit 85 %)",
        "unclear": f"ttft.p95 < 350ms is inconclusive: {said}",
    }.get(verdict, f"ttft.p95 < 350ms is not met: {said}")
    return Rung(
        number=number,
        level=level,
        phase=phase,
        verdict=verdict,
        reason=reason,
        seconds=3.0,
        samples=int(40 * throughput),
        level_seen=round(level * 0.996, 3),
        offered=round(throughput * 1.01, 3),
        throughput=throughput,
        goodput=round(goodput, 3),
        error_rate=0.018 if failing else 0.0,
        latency={"p50": round(p95 / 1.6, 4), "p95": round(p95, 4), "p99": None if failing else round(p95 * 1.25, 4)},
        latency_upper={"p50": round(upper / 1.6, 4), "p95": round(upper, 4), "p99": None},
        little=round(1 + 0.01 * math.cos(number), 4),
        targets=(target,),
        limiting=("ttft.p95 < 350ms",) if verdict == "breaks" else (),
        backend={
            "cpu": round(min(0.99, 0.05 + 0.012 * level), 3),
            "rss": 4.1e7 + 2.1e5 * level,
            "open_files": 24 + level,
        },
        generator={
            "cpu": 0.97 if verdict == "invalid" else round(0.04 + 0.003 * level, 3),
            "send_lag_p99": round(0.0004 + 1e-6 * level, 6),
            "loop_lag_p99": round(0.0012 + 4e-6 * level, 6),
        },
        invalid_reasons=("the generator used 97 % of a core (limit 85 %)",) if verdict == "invalid" else (),
    )


def _shortages(outcome: str) -> tuple[Shortage, ...]:
    target = Shortage(
        what="target",
        evidence="ttft.p95 < 350ms was the first target to break, at 72 streams",
        remedy="look at what a turn waits for before its first token: a queue, a pool of connections, the memory",
    )
    processor = Shortage(
        what="backend CPU",
        evidence="0.99 of a core at 72 streams, where it was 0.05 of one at rest",
        remedy="run more workers, or profile a turn",
    )
    generator = Shortage(
        what="generator",
        evidence="97 % of a core at 32 streams (limit 85 %)",
        remedy="use `--processes 2`",
    )
    return {
        "found": (processor, target),
        "no_pass_in_range": (target,),
        "generator_was_the_limit": (generator,),
    }.get(outcome, ())


def hostile_capacity_run() -> Run:
    """A capacity run in which every text is hostile, and some of it a megabyte long."""
    run, facts, long = capacity_run(), capacity_facts(), "A" * 1_000_000
    rungs = tuple(
        replace(rung, phase=HOSTILE, verdict=HOSTILE, reason=HOSTILE + long, invalid_reasons=(HOSTILE,))
        for rung in facts.rungs
    )
    charts = tuple(
        replace(
            chart,
            title=HOSTILE,
            note=HOSTILE,
            x_label=HOSTILE,
            lines=tuple(replace(line, name=HOSTILE) for line in chart.lines),
            marks=tuple((HOSTILE, at) for _name, at in chart.marks),
        )
        for chart in facts.charts
    )
    assert facts.planning is not None
    evil = replace(
        facts,
        unit=HOSTILE,
        workload=HOSTILE,
        profile=HOSTILE,
        outcome=HOSTILE,
        sentence=HOSTILE + long,
        rungs=rungs,
        limiting=(HOSTILE, long),
        shortages=(Shortage(what=HOSTILE, evidence=HOSTILE + long, remedy=HOSTILE),),
        latency_metric=HOSTILE,
        fit_note=HOSTILE,
        planning=replace(facts.planning, assumptions=(HOSTILE, long)),
        charts=charts,
        notes=(HOSTILE,),
        at_least=100.0,
    )
    return replace(run, capacity=evil, backend={"url": HOSTILE}, build=HOSTILE, exit_reason=HOSTILE, crash=HOSTILE)
