"""The plan of a run: the workload's values, `[load]` over them, flags over both; and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import ConfigError, from_table
from chatproof.load_plan import Plan, Stage
from chatproof.workloads import WORKLOADS, PlanError, heartbeat_seconds, plan_of

LONG: dict[str, dict[str, Any]] = {"ai-chat": {"long_turn": {"message": "Tell me a long story"}}}


def plan(load: dict[str, Any] | None = None, *, profiles: tuple[str, ...] = ("ai-chat",), **options: Any) -> Plan:
    config = from_table(
        {"profiles": {name: LONG.get(name, {}) for name in profiles}, "load": load or {}}, origin="a table"
    )
    return plan_of(config, **options)


def test_without_a_word_the_workloads_own_values_hold() -> None:
    for name, entry in WORKLOADS.items():
        made = plan(workload=name, profiles=entry.profiles[:1])

        assert (made.workload, made.profile) == (name, entry.profiles[0])
        assert {field: getattr(made, field) for field in entry.defaults} == dict(entry.defaults)


def test_the_default_workload_is_that_of_the_first_profile() -> None:
    assert plan().workload == "chat-turns"
    assert plan(profiles=("hybrid", "ai-chat")).workload == "polling"
    assert plan({"workload": "soak"}, profiles=("hybrid", "ai-chat")).profile == "ai-chat"
    assert plan({"workload": "soak"}, workload="chat-turns").workload == "chat-turns"


def test_the_table_goes_over_the_workload_and_flags_over_the_table() -> None:
    load = {"users": 30, "run_time": "2m", "warm_up": "3s", "think_min": "1s", "think_max": "2s", "seed": 7}
    made = plan(load, overrides={"users": 40, "run_time_seconds": None})

    assert (made.users, made.run_time_seconds, made.warm_up_seconds) == (40, 120.0, 3.0)
    assert (made.think_seconds, made.seed) == ((1.0, 2.0), 7)


def test_every_key_of_the_table_reaches_the_plan() -> None:
    load: dict[str, Any] = {
        "users": 3,
        "spawn_rate": 2.0,
        "run_time": 9.0,
        "warm_up": 1.0,
        "arrivals": "constant",
        "rate": 4.0,
        "memory_share": 0.25,
        "stream_time": 8.0,
        "scale": 2.0,
        "abort_share": 0.1,
        "drop_share": 0.2,
        "slow_share": 0.3,
        "publish_interval": 0.5,
        "poll_interval": 0.6,
        "probe_interval": 0.7,
        "judged_share": 0.9,
        "keep_alive": False,
        "max_turns": 5,
        "max_cost_usd": 1.5,
        "leave_out": ["ttft.p95"],
        "processes": 2,
        "seed": 9,
    }
    made = plan(load)
    expected = {
        **load,
        "run_time_seconds": 9.0,
        "warm_up_seconds": 1.0,
        "stream_seconds": 8.0,
        "publish_interval_seconds": 0.5,
        "poll_interval_seconds": 0.6,
        "probe_interval_seconds": 0.7,
        "leave_out": ("ttft.p95",),
    }
    for key in ("run_time", "warm_up", "stream_time", "publish_interval", "poll_interval", "probe_interval"):
        del expected[key]

    assert {field: getattr(made, field) for field in expected} == expected


def test_stages_are_read_and_give_the_run_time() -> None:
    made = plan({"stages": ["30s 50", "0s 100", "1m 100"]})

    assert made.stages == (Stage(seconds=30, users=50), Stage(seconds=0, users=100), Stage(seconds=60, users=100))
    assert made.run_time_seconds == 90
    assert plan({"stages": ["30s 20/s"]}).arrivals == "poisson"
    assert plan({"stages": ["30s 2.5 /s"]}).stages == (Stage(seconds=30, rate=2.5),)


def test_a_rate_alone_means_poisson_arrivals() -> None:
    assert plan(overrides={"rate": 5.0}).arrivals == "poisson"
    assert plan({"arrivals": "constant"}, overrides={"rate": 5.0}).arrivals == "constant"


def test_many_users_start_within_ten_seconds_and_a_short_run_has_a_short_warm_up() -> None:
    assert plan(overrides={"users": 2000}).spawn_rate == 200
    assert plan(overrides={"users": 2000, "spawn_rate": 5.0}).spawn_rate == 5
    assert plan(overrides={"run_time_seconds": 4.0}).warm_up_seconds == 1
    assert plan(overrides={"run_time_seconds": 40.0}).warm_up_seconds == 5


def test_one_bound_of_the_pause_moves_the_other_where_it_must() -> None:
    assert plan({"think_min": "3s"}).think_seconds == (3.0, 3.0)
    assert plan({"think_max": "100ms"}).think_seconds == (0.1, 0.1)
    assert plan(overrides={"think_seconds": (0, 0.5)}).think_seconds == (0, 0.5)


@pytest.mark.parametrize("load", [{"workload": "soak"}, {"workload": "mixed", "weights": {"soak": 1}}])
def test_a_soak_needs_a_turn_that_stays_open(load: dict[str, Any]) -> None:
    config = from_table({"profiles": {"ai-chat": {}}, "load": load}, origin="a table")

    with pytest.raises(PlanError, match="long_turn = "):
        plan_of(config)


def test_a_mixed_load_has_the_default_workload_of_every_profile_unless_it_says_more() -> None:
    both = ("ai-chat", "hybrid")

    assert plan(workload="mixed", profiles=both).weights == {"chat-turns": 1.0, "polling": 1.0}
    assert plan({"weights": {"soak": 3, "polling": 1}}, workload="mixed", profiles=both).weights == {
        "soak": 3.0,
        "polling": 1.0,
    }


@pytest.mark.parametrize(
    ("load", "options", "said"),
    [
        ({}, {"workload": "sok"}, "--workload: found `sok`; expected the name of a workload; did you mean `soak`?"),
        ({}, {"workload": "polling"}, "--workload: found `polling`; expected a workload of ai-chat"),
        ({}, {"profile": "hybrid"}, "--profile: found `hybrid`; expected a profile of the configuration"),
        ({}, {"overrides": {"users": 5001}}, "--users: found 5001; expected at most 5000"),
        ({"users": 5001}, {}, "[load] users: found 5001; expected at most 5000"),
        ({"stages": ["10s 6000"]}, {}, "found 6000; expected at most 5000"),
        ({"max_rate": 10, "rate": 11}, {}, "[load] rate: found 11; expected at most 10"),
        ({"stages": ["10s 3000/s"]}, {}, "found 3000; expected at most 2000"),
        ({"max_run_time": "30s"}, {}, "found 60 s; expected at most 30 s"),
        ({"arrivals": "poisson"}, {}, "found poisson arrivals without a rate"),
        ({"arrivals": "closed", "rate": 3}, {}, "found a rate in a closed loop"),
        ({}, {"overrides": {"abort_share": 1.5}}, "--abort-share: found 1.5; expected a share between 0 and 1"),
        ({}, {"overrides": {"memory_share": -0.5}}, "expected a share between 0 and 1"),
        ({}, {"overrides": {"spawn_rate": 0.0}}, "--spawn-rate: found 0; expected more than 0"),
        ({}, {"overrides": {"think_seconds": (2.0, 1.0)}}, "found 2 s to 1 s; expected a pause"),
        ({"weights": {"chat-turn": 1}}, {"workload": "mixed"}, "did you mean `chat-turns`?"),
        ({"weights": {"polling": 1}}, {"workload": "mixed"}, "found `polling`; expected workloads of ai-chat"),
        ({"weights": {"mixed": 1}}, {"workload": "mixed"}, "found `mixed`; expected the name of a workload"),
        ({"weights": {"soak": 0}}, {"workload": "mixed"}, "no weight above 0"),
        ({"warm_up": "60s"}, {}, "expected a warm-up shorter than the run"),
        ({"leave_out": ["survival_6m"]}, {}, "did you mean `survival_5m`?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(load: dict[str, Any], options: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan(load, **options)

    assert said in str(caught.value)
    assert "\nhint: " in str(caught.value)
    assert isinstance(caught.value, ConfigError)


def test_a_field_that_no_plan_has_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="a plan has no 'user'"):
        plan(overrides={"user": 3})


def test_the_heartbeat_is_the_profiles() -> None:
    config = from_table({"profiles": {"ai-chat": {"heartbeat": "2s"}, "hybrid": {}}}, origin="a table")

    assert heartbeat_seconds(config, "ai-chat") == 2.0
    assert heartbeat_seconds(config, "hybrid") is None
