from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chatproof.config import Config, from_table
from chatproof.load_plan import Plan
from chatproof.load_run.document import load_document
from chatproof.metrics.table import METRICS
from chatproof.run import Run
from chatproof.run_json import from_json, to_json
from chatproof.samples import End, Health, Mark, Pool, Record, Start
from chatproof.samples.collected import Collected
from chatproof.targets import Target, parse_target
from support.load_samples import steady_run, turn

SECRET = "a-signing-key-that-nobody-may-see-0123456789"
PLAN = Plan(users=50, warm_up_seconds=5.0, run_time_seconds=60.0)
TARGETS = (
    parse_target("ttft.p95", "< 350ms"),
    parse_target("ttft[memory].p95", "< 500ms"),
    parse_target("error_rate", "< 1%"),
)
SOUND = tuple(steady_run(3000, users=50, seconds=60.0))


def configured() -> Config:
    return from_table(
        {
            "backend": {"url": "http://127.0.0.1:3000"},
            "auth": {"scheme": "jwt", "secret": SECRET, "claims": {"sub": "u"}},
            "profiles": {"ai-chat": {"heartbeat": "10s"}},
        },
        origin="a test",
    )


def made(records: tuple[Record, ...] = SOUND, *, targets: tuple[Target, ...] = TARGETS, **options: Any) -> Run:
    values: dict[str, Any] = {
        "plan": PLAN,
        "config": configured(),
        "proof": None,
        "started_at": "2026-11-21T09:30:00+00:00",
        "duration_seconds": 66.0,
        **options,
    }
    run = load_document(Collected(records), targets=targets, **values)
    assert from_json(json.loads(json.dumps(to_json(run)))) == run
    return run


def test_a_sound_run_meets_its_targets() -> None:
    run = made()

    assert (run.exit_code, run.command, run.profiles, run.verdicts) == (0, "load", ("ai-chat",), ())
    assert {entry.verdict for entry in run.targets} == {"met"}
    assert run.validity is not None
    assert run.validity.valid
    assert run.load is not None
    assert run.load.samples == 3000
    assert run.load.plan["users"] == 50
    assert {entry.metric for entry in run.load.figures} <= set(METRICS)
    ttft = next(entry for entry in run.load.figures if (entry.metric, entry.tag) == ("ttft", ""))
    assert ttft.unit == "s"
    assert ttft.percentiles["p50"] == pytest.approx(0.2, abs=0.02)
    tagged = {entry.tag for entry in run.load.figures if entry.metric == "ttft"}
    assert tagged == {"", "memory", "plain"}
    assert run.load.processes[0]["state"] == "ended"
    assert run.load.machine["kernel_times"] is True
    assert run.load.partial is False


def test_a_target_that_is_not_met_is_exit_code_1() -> None:
    run = made(targets=(*TARGETS, parse_target("ttft.p50", "< 100ms")))

    assert run.exit_code == 1
    assert [entry.verdict for entry in run.targets] == ["met", "met", "met", "not_met"]


def test_an_invalid_run_is_exit_code_3_whatever_its_numbers() -> None:
    busy = tuple(replace(entry, cpu=1.0) if isinstance(entry, Health) else entry for entry in SOUND)

    run = made(busy)

    assert run.exit_code == 3
    assert run.validity is not None
    assert "cpu" in run.validity.reasons[0]
    assert "cpu" in run.exit_reason


def test_nothing_measured_is_no_verdict() -> None:
    run = made(())

    assert run.exit_code == 3
    assert {entry.verdict for entry in run.targets} == {"inconclusive"}
    assert run.validity is not None
    assert run.validity.valid
    assert run.load is not None
    assert (run.load.samples, run.load.charts, run.load.figures) == (0, (), ())


def test_an_interrupted_run_and_a_crash_are_told() -> None:
    interrupted = made((*SOUND, Mark(what="interrupted", at_ns=20, detail="by Ctrl-C")), interrupted=True)
    crashed = made(crash="the load generator failed")

    assert interrupted.exit_code == 130
    assert interrupted.load is not None
    assert interrupted.load.partial
    assert "By Ctrl-C (0.0 s)" in interrupted.load.notes
    assert crashed.exit_code == 4
    assert crashed.crash == "the load generator failed"


def test_the_planned_end_is_no_early_end() -> None:
    on_time = made((*SOUND, Mark(what="stop", at_ns=60_000_000_000, detail="time")))
    early = made((*SOUND, Mark(what="stop", at_ns=30_000_000_000, detail="a target is surely not met")))

    assert on_time.load is not None
    assert (on_time.load.partial, on_time.load.notes) == (False, ())
    assert early.load is not None
    assert early.load.partial


def test_the_instruments_own_error_widens_the_bounds() -> None:
    level = {
        "streams": 100,
        "forms": ["chunked"],
        "worst_ms": {},
        "errors": [{"metric": "ttft", "statistic": "p95", "error_ms": 100.0}],
    }

    run = made(proof={"levels": [level]})

    assert run.targets[0].verdict == "inconclusive"
    assert run.targets[0].error == pytest.approx(0.1)
    assert run.load is not None
    assert run.load.verify == {"levels": [level]}


def test_targets_that_the_plan_leaves_out_are_not_judged() -> None:
    run = made(plan=replace(PLAN, leave_out=("error_rate",)))

    assert [entry.metric for entry in run.targets] == ["ttft", "ttft"]
    assert run.load is not None
    assert run.load.left_out == ("error_rate",)


def test_failures_are_grouped_with_samples_cut_and_without_secrets() -> None:
    failed = [turn(10.0, cause="status", detail=f"status 503: {SECRET} {'x' * 1000}", status=503)]
    failed += [turn(11.0 + number, cause="status", detail=f"number {number}") for number in range(4)]
    failed += [turn(9.0, cause="reset"), turn(2.0, cause="cut", warm_up=True)]

    run = made((*SOUND, *failed))

    assert run.load is not None
    status = run.load.errors[0]
    assert status.cause == "status"
    assert len(status.samples) == 3
    assert max(len(sample) for sample in status.samples) < 400
    assert [error.cause for error in run.load.errors] == ["status", "reset"]
    assert SECRET not in json.dumps(to_json(run))


def test_a_lost_process_is_named_and_what_it_told_is_kept() -> None:
    records = [entry for entry in SOUND if not isinstance(entry, End)]

    run = made(tuple(records))

    assert run.exit_code == 3
    assert run.load is not None
    assert run.load.processes[0]["state"] == "lost"
    assert run.load.samples == 3000
    assert any("Lost in mid-run: local" in note for note in run.load.notes)


def test_what_judged_streams_broke_is_a_note() -> None:
    judged = [turn(10.0, judged=True, violations=("SSE-FRAME-01",)), turn(11.0, judged=True)]

    run = made((*SOUND, *judged))

    assert run.load is not None
    assert any("Of 2 streams" in note and "SSE-FRAME-01 (1)" in note for note in run.load.notes)


def test_a_pool_alone_has_its_figures_from_steps() -> None:
    run = made((Start(process="a"), Pool(metric="gap", counts={"499": 10}), End(process="a")))

    assert run.load is not None
    (gap,) = [entry for entry in run.load.figures if entry.metric == "gap"]
    assert (gap.n, gap.mean, gap.percentiles["p95"]) == (10, 0.04995, 0.04995)
