"""What no run of a plan could decide is refused before it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatproof.config import PROFILES, from_table
from chatproof.load_plan import Plan, Stage
from chatproof.targets import Refusal, declared_targets, parse_target, refusals
from chatproof.workloads import WORKLOADS, heartbeat_seconds, plan_of

DECLARED: dict[str, dict[str, Any]] = {
    **{name: {} for name in PROFILES},
    "ai-chat": {"long_turn": {"message": "Tell me a long story"}},
}


def refused(expression: str, **plan: Any) -> Refusal | None:
    name, condition = expression.split(" ", 1)
    found = refusals([parse_target(name, condition)], Plan(**plan), heartbeat_seconds=10.0)
    return found[0] if found else None


@pytest.mark.parametrize("workload", WORKLOADS)
def test_no_workload_refuses_its_own_targets_by_default(workload: str) -> None:
    observe = {"pid": 1, "memory_field": "memory_ms", "retry_field": "retries"}
    config = from_table({"profiles": DECLARED, "observe": observe}, origin="a table")
    plan = plan_of(config, workload=workload)
    targets = declared_targets(config, profile=plan.profile, workload=workload)

    assert refusals(targets, plan, heartbeat_seconds=heartbeat_seconds(config, plan.profile)) == ()


@pytest.mark.parametrize(
    ("expression", "enough", "too_few"),
    [
        # 10 users, a second's pause: at most 11 turns each in 10 s, for answers may take no time.
        ("ttft.p95 < 1s", {"run_time_seconds": 15.0}, {"run_time_seconds": 9.0}),
        ("error_rate < 1%", {"users": 40}, {"users": 25}),
        ("ttft[memory].p95 < 1s", {"memory_share": 0.5}, {"memory_share": 0.1}),
        ("error_rate < 1%", {"users": 40}, {"users": 40, "max_turns": 298}),
        ("ttft.p95 < 1s", {"arrivals": "constant", "rate": 6.0}, {"arrivals": "constant", "rate": 5.0}),
        ("ttft.p95 < 1s", {"arrivals": "poisson", "rate": 6.0}, {"arrivals": "poisson", "rate": 1.0}),
        ("concurrency >= 10", {"users": 10}, {"users": 9}),
        ("concurrency > 10", {"users": 11}, {"users": 10}),
        ("heartbeat.gap.max < 9s", {"run_time_seconds": 15.1}, {"run_time_seconds": 15.0}),
        ("heartbeat.gap.max < 20s", {"run_time_seconds": 25.1}, {"run_time_seconds": 25.0}),
    ],
)
def test_a_plan_that_is_large_enough_and_one_that_is_not(
    expression: str, enough: dict[str, Any], too_few: dict[str, Any]
) -> None:
    base: dict[str, Any] = {
        "users": 10,
        "spawn_rate": 1000.0,
        "run_time_seconds": 15.0,
        "warm_up_seconds": 5.0,
        "think_seconds": (1.0, 2.0),
    }
    assert refused(expression, **{**base, **enough}) is None
    assert refused(expression, **{**base, **too_few}) is not None


SOAK = {"workload": "soak", "users": 100, "spawn_rate": 20.0, "warm_up_seconds": 0.0, "think_seconds": (0.2, 1.0)}


@pytest.mark.parametrize(
    ("expression", "plan", "refusal"),
    [
        ("survival_5m > 99%", {"run_time_seconds": 1230.0}, False),
        ("survival_5m > 99%", {"run_time_seconds": 890.0}, True),
        ("survival_5m > 99%", {"run_time_seconds": 60.0}, True),
        ("survival_5m > 99%", {"run_time_seconds": 1230.0, "stream_seconds": 200.0}, True),
        ("survival_5m > 99%", {"run_time_seconds": 60.0, "stream_seconds": 10.0, "scale": 30.0}, False),
        ("survival_5m > 99%", {"run_time_seconds": 60.0, "stream_seconds": 9.0, "scale": 30.0}, True),
        ("uptime > 99%", {"run_time_seconds": 890.0}, True),
        ("heartbeat.gap.max < 15s", {"run_time_seconds": 1230.0}, False),
        ("heartbeat.gap.max < 15s", {"run_time_seconds": 1230.0, "stream_seconds": 12.0}, True),
    ],
)
def test_soaked_streams_must_have_the_time(expression: str, plan: dict[str, Any], refusal: bool) -> None:
    assert (refused(expression, **{**SOAK, **plan}) is not None) == refusal


def test_a_refusal_says_how_many_and_which_flags() -> None:
    found = refused("error_rate < 1%", users=10, run_time_seconds=15.0, think_seconds=(1.0, 1.0), spawn_rate=1000.0)

    assert found is not None
    assert (found.reason, found.needed) == ("this run observes at most 110 requests", "at least 299 requests")
    assert "--run-time" in found.hint
    assert "--users" in found.hint
    assert "--leave-out error_rate" in found.hint
    assert str(found).startswith("error_rate < 1%: ")


def test_the_flags_of_a_refusal_do() -> None:
    plan: dict[str, Any] = {"users": 10, "run_time_seconds": 15.0, "think_seconds": (1.0, 1.0), "spawn_rate": 1000.0}
    found = refused("error_rate < 1%", **plan)
    assert found is not None
    words = found.hint.replace(",", "").replace(";", "").split()
    longer = float(words[words.index("--run-time") + 1].removesuffix("s"))
    more = int(words[words.index("--users") + 1])

    assert refused("error_rate < 1%", **{**plan, "run_time_seconds": longer}) is None
    assert refused("error_rate < 1%", **{**plan, "users": more}) is None


def test_what_no_number_shows_is_refused_with_another_limit() -> None:
    for expression in ("delivery_ratio >= 100%", "error_rate <= 0%", "survival_5m > 100%"):
        found = refused(expression, workload="fan-out", stream_seconds=300.0, run_time_seconds=600.0)

        assert found is not None
        assert "[targets]" in found.hint


def test_what_is_left_out_or_not_claimed_is_not_refused() -> None:
    plan = Plan(users=1, run_time_seconds=6.0)
    target = parse_target("ttft.p95", "< 1s")

    assert refusals([target], plan, heartbeat_seconds=None)
    assert refusals([target], replace(plan, leave_out=("ttft.p95",)), heartbeat_seconds=None) == ()
    assert refusals([replace(target, declare="memory_field = ...")], plan, heartbeat_seconds=None) == ()


@pytest.mark.parametrize("workload", [name for name in WORKLOADS if name != "bystander"])
def test_without_users_nothing_can_be_decided(workload: str) -> None:
    config = from_table({"profiles": DECLARED}, origin="a table")
    plan = plan_of(config, workload=workload, overrides={"users": 0})
    targets = [
        target
        for target in declared_targets(config, profile=plan.profile, workload=workload)
        if not target.declare and target.metric.split(".")[0] not in {"heartbeat", "resume", "generate"}
    ]

    assert {refusal.target.name for refusal in refusals(targets, plan, heartbeat_seconds=10.0)} == {
        target.name for target in targets
    }


def test_two_hundred_aborts_must_be_possible() -> None:
    target = replace(parse_target("open_files.left", "< 10"), least=200)
    plan = Plan(workload="client-aborts", users=20, spawn_rate=100.0, abort_share=0.5, think_seconds=(1.0, 1.0))

    assert refusals([target], replace(plan, run_time_seconds=30.0), heartbeat_seconds=None) == ()
    (found,) = refusals([target], replace(plan, run_time_seconds=10.0), heartbeat_seconds=None)
    assert found.needed == "at least 200 closed streams"


def test_what_only_a_schedule_shows_is_refused_in_a_closed_loop() -> None:
    refusal = refused("ttft_sched.p95 < 1s", users=40)

    assert refusal is not None
    assert "--arrivals poisson --rate 8" in refusal.hint
    assert refused("ttft_sched.p95 < 1s", users=40, arrivals="poisson", rate=8.0) is None
    assert refused("e2e_sched.max < 1s", users=40) is not None


def test_where_nothing_is_known_nothing_is_refused() -> None:
    assert refused("ttft.p99.9 < 1s", think_seconds=(0.0, 1.0), run_time_seconds=6.0) is None
    assert refused("resume.delay.p95 < 1s", workload="reconnect", run_time_seconds=6.0) is None


def test_the_users_of_all_stages_count() -> None:
    stages = (Stage(seconds=10.0, users=20), Stage(seconds=10.0, users=120), Stage(seconds=10.0, users=0))

    assert refused("concurrency >= 100", users=10, stages=stages) is None
    assert refused("concurrency >= 100", users=500, stages=stages[:1]) is not None


def test_messages_and_deliveries_are_counted_by_the_publishers_interval() -> None:
    plan = {"workload": "fan-out", "users": 100, "warm_up_seconds": 0.0, "run_time_seconds": 10.0}

    assert refused("push.p95 < 100ms", publish_interval_seconds=1.0, **plan) is None
    found = refused("push.last.p95 < 100ms", publish_interval_seconds=1.0, **plan)
    assert found is not None
    assert found.reason == "this run observes at most 11 messages"
    assert refused("heartbeat.gap.max < 5s", **{**plan, "warm_up_seconds": 5.0, "run_time_seconds": 60.0}) is not None
