"""Runs of one backend over some weeks, made by hand: verdicts change, figures drift, settings differ once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.checklist_facts import Box, ChecklistFacts
from support.capacity_runs import bare_facts
from support.load_documents import load_run_document
from support.run_documents import HOSTILE, faulty_run

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["capacity_run", "check_run", "checklist_run", "hostile_runs", "load_run", "past_runs"]

FINGERPRINT = "3f2a91c07b5e"
BROKEN = ("SSE-TYPE-01", "AICHAT-HB-02")


def check_run(day: int, *, build: str = "", broken: tuple[str, ...] = (), fingerprint: str = FINGERPRINT) -> Run:
    """A check of the 1st to 28th of a month, in which just the requirements of `broken` are not met."""
    base = faulty_run()
    verdicts = tuple(
        replace(entry, verdict="not_met" if entry.requirement in broken else "met") for entry in base.verdicts
    )
    return replace(
        base,
        started_at=f"2026-11-{day:02}T09:30:00+00:00",
        verdicts=verdicts,
        build=build,
        fingerprint=fingerprint,
        exit_code=1 if broken else 0,
        exit_reason=f"{len(broken)} requirements not met" if broken else "every MUST that is claimed is met",
    )


def load_run(
    day: int, *, ttft: float, build: str = "", fingerprint: str = FINGERPRINT, users: int = 100, invalid: bool = False
) -> Run:
    """A load of a day whose first target, `ttft.p95 < 350ms`, found `ttft` seconds."""
    base = load_run_document(invalid=invalid)
    assert base.load is not None
    first = replace(
        base.targets[0],
        value=ttft,
        lower=ttft - 0.012,
        upper=ttft + 0.015,
        verdict="met" if ttft + 0.015 < base.targets[0].limit else "not_met",
    )
    return replace(
        base,
        started_at=f"2026-11-{day:02}T10:00:00+00:00",
        targets=(first, *base.targets[1:]),
        load=replace(base.load, plan={**base.load.plan, "users": users, "started_at_ns": day}),
        build=build,
        fingerprint=fingerprint,
    )


def checklist_run(day: int, *, ticked: int) -> Run:
    """A checklist with so many of ten boxes ticked, and one that is the project's own work."""
    states = ["ticked"] * ticked + ["not_ticked"] * (10 - ticked) + ["manual"]
    boxes = tuple(
        Box(id=f"box-{number}", document="guide", section="before", text="a box", state=state)
        for number, state in enumerate(states)
    )
    base = replace(check_run(day), command="checklist", exit_code=1, exit_reason="boxes not ticked")
    return replace(base, checklist=ChecklistFacts(boxes=boxes, runs=()))


def capacity_run(day: int, *, streams: float) -> Run:
    """A capacity run that found where the backend breaks."""
    facts = bare_facts(capacity=streams, breaks_at=streams * 1.1, tested_to=streams * 2, recommended=streams * 0.7)
    base = replace(check_run(day), command="capacity", verdicts=(), exit_code=0, exit_reason="found")
    return replace(base, capacity=facts)


def past_runs() -> list[Run]:
    """Twelve runs, the oldest first."""
    return [
        check_run(1, build="v1.0.0", broken=BROKEN),
        load_run(1, ttft=0.24, build="v1.0.0"),
        check_run(3, build="v1.1.0", broken=BROKEN[:1]),
        load_run(3, ttft=0.26, build="v1.1.0"),
        load_run(4, ttft=0.90, build="v1.1.0", invalid=True),
        load_run(5, ttft=0.19, build="v1.1.0", users=50),
        check_run(8, build="v1.2.0"),
        load_run(8, ttft=0.31, build="v1.2.0"),
        checklist_run(9, ticked=7),
        capacity_run(9, streams=60),
        check_run(10, build="8d1e0a7c55f2", broken=("AICHAT-EVT-02",)),
        load_run(10, ttft=0.362, build="8d1e0a7c55f2"),
    ]


def hostile_runs() -> list[Run]:
    """Runs in which every text that a backend or a user chose is hostile."""
    check = check_run(1, build=HOSTILE, broken=BROKEN)
    verdicts = tuple(replace(entry, profile=HOSTILE) for entry in check.verdicts)
    backend = {"url": HOSTILE, "environment": HOSTILE}
    load = load_run(2, ttft=0.3, build=HOSTILE)
    targets = tuple(replace(entry, tag=HOSTILE, profile=HOSTILE, target=HOSTILE) for entry in load.targets)
    return [
        replace(check, verdicts=verdicts, profiles=(HOSTILE,), backend=backend, exit_reason=HOSTILE),
        replace(load, targets=targets, profiles=(HOSTILE,), exit_reason=HOSTILE),
    ]
