"""What a gate judges: errors, losses and correctness; times only with a proof; nothing that it can never decide."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.cli.gate_plan import smoke_plan
from chatproof.cli.gate_targets import OWN_TARGETS, SmokeTargets, proved, smoke_targets
from chatproof.config import from_table
from chatproof.metrics.table import METRICS
from chatproof.metrics.timed import is_timed

PROOF = {"within": True}


def chosen(
    profile: str = "ai-chat", *, proof: Any = None, load: Any = None, settings: Any = None, **flags: Any
) -> SmokeTargets:
    targets = flags.pop("targets", {})
    tables: dict[str, Any] = {
        "backend": {"url": "http://127.0.0.1:3000"},
        "profiles": {profile: settings or {}},
        "targets": targets,
        "load": load or {},
    }
    config = from_table(tables, origin="test")
    return smoke_targets(config, smoke_plan(config, **flags), proof=proof)


def names(found: SmokeTargets) -> set[str]:
    return {target.name for target in found.judged}


def left(found: SmokeTargets) -> dict[str, str]:
    return {entry.target.name: entry.instead for entry in found.not_judged}


def test_without_a_proof_no_time_is_judged() -> None:
    found = chosen(targets={"e2e.p99": "< 2s", "goodput": "> 5/s", "cost": "< 1USD"})
    assert {"error_rate", "early_loss", "violations", "cost"} <= names(found)
    assert not any(is_timed(target.metric) for target in found.judged)
    assert {"ttft.p95", "ttft[memory].p95", "e2e.p99", "goodput"} <= set(left(found))
    assert left(found)["ttft.p95"] == "chatproof verify"


def test_with_a_proof_times_are_judged() -> None:
    found = chosen(targets={"e2e.p99": "< 2s"}, proof=PROOF)
    assert {"error_rate", "early_loss", "violations", "ttft.p95", "ttft[memory].p95", "e2e.p99"} <= names(found)
    assert found.not_judged == ()


@pytest.mark.parametrize("proof", [None, {}, {"within": False}, {"within": "yes"}])
def test_a_proof_that_did_not_pass_is_none(proof: Any) -> None:
    assert not proved(proof)


def test_what_a_smoke_load_cannot_decide_is_left_to_a_load() -> None:
    found = chosen(targets={"ttft.p99.9": "< 2s", "cost": "< 1USD"}, proof=PROOF)
    assert left(found)["ttft.p99.9"] == "chatproof load"
    assert "20 s cannot decide it" in found.not_judged[0].reason


def test_streams_of_five_minutes_are_never_judged() -> None:
    found = chosen(targets={"survival_5m": "> 99%", "uptime": "> 99%"}, proof=PROOF)
    assert not {"survival_5m", "uptime"} & names(found)


def test_the_user_says_another_limit_or_off() -> None:
    found = chosen(targets={"error_rate": "< 3%", "early_loss": "off"})
    (rate,) = (target for target in found.judged if target.name == "error_rate")
    assert rate.limit == pytest.approx(0.03)
    assert rate.requirement == "AICHAT-PERF-06"
    assert "early_loss" not in names(found)


def test_left_out_by_load_is_not_judged() -> None:
    assert "early_loss" not in names(chosen(load={"leave_out": ["early_loss"]}))


@pytest.mark.parametrize(
    ("profile", "own"),
    [
        ("ai-chat", {"error_rate", "early_loss", "violations"}),
        ("agent-stream", {"error_rate", "early_loss", "delivery_ratio", "push.doubles"}),
        ("stream-chat", {"error_rate"}),
        ("chatkit", {"error_rate"}),
        ("hybrid", {"error_rate"}),
    ],
)
def test_own_targets_are_those_that_the_workload_measures(profile: str, own: set[str]) -> None:
    found = chosen(profile)
    assert names(found) & set(OWN_TARGETS) == own
    assert found.refused == ()


def test_a_load_that_can_never_decide_is_refused_with_what_it_needs() -> None:
    found = chosen(users=2, run_time=3.0)
    refused = {entry.target.name: entry for entry in found.refused}
    assert {"error_rate", "early_loss"} <= set(refused)
    assert "299" in refused["error_rate"].needed
    assert "--users" in refused["error_rate"].hint


def test_its_own_targets_are_metrics() -> None:
    assert set(OWN_TARGETS) <= set(METRICS)
