"""Parts that checklists are judged by, made by hand: runs of a check, of loads and of searches for the capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.capacity_facts import Rung
from chatproof.checklist.definition import BoxDefinition, is_target
from chatproof.checklist.target_findings import target_of
from chatproof.load_facts import LoadFacts, MetricFigures, TargetVerdict, Validity
from chatproof.run import RequirementVerdict, Run
from chatproof.settings import fingerprint
from support.capacity_runs import bare_facts

if TYPE_CHECKING:
    from chatproof.targets.expression import Target

__all__ = [
    "FINGERPRINT",
    "box",
    "capacity_run",
    "check_run",
    "load_run",
    "requirements_of",
    "rung",
    "target",
    "verdict",
]

SETTINGS: dict[str, Any] = {
    "backend": {"url": "http://loopback"},
    "profiles": {"ai-chat": {"path": "/api/v1/chat", "heartbeat": 10.0}},
}
FINGERPRINT = fingerprint(SETTINGS)


def box(**more: Any) -> BoxDefinition:
    """A box of the AI chat guide."""
    return BoxDefinition(
        **{"id": "a-box", "document": "a guide", "section": "s", "text": "t", "profile": "ai-chat"} | more
    )


def requirements_of(entry: BoxDefinition) -> tuple[str, ...]:
    """Every requirement that a box names, the essential ones first."""
    return (*entry.requirements, *(name for name in entry.also if not is_target(name)))


def verdict(requirement: str, word: str, **more: Any) -> RequirementVerdict:
    told: dict[str, Any] = {
        "level": "MUST",
        "profile": "ai-chat",
        "clause": "sse",
        "statement": f"{requirement} holds.",
        "found": "this" if word == "not_met" else "",
        "expected": "that" if word == "not_met" else "",
        "remedy": "Mend it." if word in {"not_met", "not_testable"} else "",
        "reason": {
            "waived": "waived until 2027-03-01 by platform: later",
            "not_claimed": "no means are declared",
            "not_testable": "the scenario was left early",
        }.get(word, ""),
        "declare": '[profiles.ai-chat]\nlong_turn = { message = "x" }' if word == "not_claimed" else "",
    }
    return RequirementVerdict(requirement=requirement, verdict=word, **(told | more))


def target(text: str, word: str, **more: Any) -> TargetVerdict:
    """The verdict on a target as it is written, with the limit that its text says."""
    wanted = target_of(text)
    told: dict[str, Any] = {
        "requirement": "",
        "limit": float(f"{wanted.limit / wanted.per_unit:.12g}"),
        "comparison": wanted.comparison,
        "value": _within(wanted),
        "unit": wanted.unit,
        "infinite": 0,
        "n": 400,
        "lower": None,
        "upper": None,
        "profile": "ai-chat",
        "reason": "from 400 streams",
        "missing": "199 more streams" if word == "inconclusive" else "",
        "declare": "[observe]\npid = 4711" if word == "not_claimed" else "",
    }
    return TargetVerdict(target=text, metric=wanted.metric, tag=wanted.tag, verdict=word, **(told | more))


def _within(wanted: Target) -> float:
    """A value that keeps the limit of a target, in its unit."""
    limit = float(f"{wanted.limit / wanted.per_unit:.12g}")
    return limit * (1.001 if wanted.comparison.startswith(">") else 0.999)


def check_run(*verdicts: RequirementVerdict, **more: Any) -> Run:
    return _run("check", verdicts=verdicts, **more)


def load_run(*targets: TargetVerdict, at_once: float = 100.0, plan: dict[str, Any] | None = None, **more: Any) -> Run:
    """A valid load, with so many streams at once, in real time."""
    facts = LoadFacts(
        plan={"workload": "soak", "stream_seconds": 300.0, "scale": 1.0, **(plan or {})},
        workload="soak",
        seconds=60.0,
        samples=400,
        figures=(MetricFigures(metric="concurrency", tag="", unit="1", n=400, infinite=0, value=at_once),),
        charts=(),
        errors=(),
        processes=(),
        machine={},
    )
    return _run("load", **({"targets": targets, "load": facts, "validity": Validity(valid=True, reasons=())} | more))


def rung(level: float, word: str = "holds", **more: Any) -> Rung:
    """A rung of so many streams that was judged by what a document says of their turns."""
    judged = "not_met" if word == "breaks" else "met"
    told: dict[str, Any] = {
        "number": 1,
        "phase": "doubling",
        "reason": "every target is met",
        "seconds": 10.0,
        "samples": 500,
        "level_seen": level - 0.4,
        "offered": 50.0,
        "throughput": 50.0,
        "goodput": 50.0,
        "error_rate": 0.0,
        "targets": (target("error_rate < 1%", "met"), target("ttft.p95 < 350ms", judged)),
    }
    return Rung(level=level, verdict=word, **(told | more))


def capacity_run(
    outcome: str = "found", capacity: float | None = 120.0, breaks_at: float | None = 140.0, **more: Any
) -> Run:
    found = [rung(capacity, number=1)] if capacity else []
    found += [rung(breaks_at, "breaks", number=2)] if breaks_at else []
    facts = bare_facts(
        unit=more.pop("unit", "streams"),
        outcome=outcome,
        sentence="a sentence of the search",
        capacity=capacity,
        breaks_at=breaks_at,
        tested_to=max(capacity or 0.0, breaks_at or 0.0),
        rungs=more.pop("rungs", tuple(found)),
    )
    return _run("capacity", capacity=facts, **more)


def _run(command: str, **more: Any) -> Run:
    told: dict[str, Any] = {
        "version": "0.1.0",
        "started_at": "2026-11-21T09:30:00+00:00",
        "duration_seconds": 11.4,
        "backend": {"url": "http://127.0.0.1:3000"},
        "profiles": ("ai-chat",),
        "strict": False,
        "interrupted": False,
        "exit_code": 0,
        "exit_reason": "all is well",
        "verdicts": (),
        "not_selected": 0,
        "build": "4f2c1e9",
        "settings": SETTINGS,
    }
    told |= more
    return Run(command=command, **({"fingerprint": fingerprint(told["settings"])} | told))
