from __future__ import annotations

from typing import Any

import pytest

from chatproof.checklist.documents import documents
from chatproof.checklist.loads import own_loads
from chatproof.config import Config, from_table
from chatproof.targets.possible import possible
from support.checklist_parts import box

AI_CHAT = documents()[0].boxes
LONG_TURN = {"message": "Tell me a long story"}
MEMORY = "memory.p95 < 200ms"


def config(**more: Any) -> Config:
    table: dict[str, Any] = {
        "backend": {"url": "http://127.0.0.1:3000"},
        "profiles": {"ai-chat": {"long_turn": LONG_TURN}},
    }
    return from_table(table | more, origin="x")


def test_the_guide_s_boxes_need_one_short_load_that_can_decide_them() -> None:
    (load,), unable = own_loads(AI_CHAT, config())

    assert (load.plan.workload, load.plan.run_time_seconds, unable) == ("chat-turns", 20.0, {})
    names = {target.name for target in load.targets}
    assert names == {
        *("ttft.p95", "ttft[memory].p95", "memory.p95", "error_rate"),
        *("retry_rate.client", "retry_rate.provider"),
    }
    assert all((possible(target, load.plan) or 0) >= 299 for target in load.targets)


def test_full_adds_the_soak_in_its_own_time() -> None:
    loads, unable = own_loads(AI_CHAT, config(), full=True)

    soak = next(load for load in loads if load.plan.workload == "soak")
    assert unable == {}
    assert (soak.plan.run_time_seconds, soak.plan.stream_seconds, soak.plan.scale) == (1230.0, 300.0, 1.0)
    assert {target.name for target in soak.targets} == {"survival_5m", "uptime", "concurrency", "heartbeat.gap.max"}


def test_scaled_time_is_kept_in_the_plan() -> None:
    loads, _unable = own_loads(
        AI_CHAT, config(profiles={"ai-chat": {"heartbeat": "100ms", "long_turn": LONG_TURN}}), full=True, scale=100.0
    )

    soak = loads[-1].plan
    assert (soak.scale, soak.stream_seconds) == (100.0, 3.0)
    assert soak.run_time_seconds == pytest.approx(12.3)


def test_the_limit_is_that_of_the_configuration() -> None:
    (load,), _unable = own_loads(AI_CHAT, config(targets={"error_rate": "< 5%"}))

    assert next(target.text for target in load.targets if target.name == "error_rate") == "error_rate < 5%"


def test_a_target_that_is_off_is_not_judged_and_the_line_is_named() -> None:
    (load,), unable = own_loads(AI_CHAT, config(targets={"error_rate": "off"}))

    assert "error_rate" not in {target.name for target in load.targets}
    assert unable == {"error_rate < 1%": '"error_rate" is off under [targets]: delete that line'}


def test_a_target_that_the_load_can_never_decide_is_left_out_with_the_reason() -> None:
    loads, unable = own_loads(AI_CHAT, config(load={"max_turns": 100}))

    assert "at most 100 requests" in unable["error_rate < 1%"]
    assert "error_rate" not in {target.name for target in loads[0].targets}
    assert loads[0].plan.max_turns == 100


def test_no_load_is_sent_to_a_host_that_nobody_allowed() -> None:
    table = config(backend={"url": "http://192.0.2.1:3000"})

    loads, unable = own_loads(AI_CHAT, table)

    assert loads == ()
    assert all("allow_hosts" in why for why in unable.values())
    allowed = config(backend={"url": "http://192.0.2.1:3000"}, load={"allow_hosts": ["192.0.2.1"]})
    assert len(own_loads(AI_CHAT, allowed)[0]) == 1


def test_the_size_of_load_runs_is_not_the_checklist_s() -> None:
    shaped = config(load={"users": 3, "run_time": "5m", "stages": ["30s 50"], "workload": "soak", "seed": 7})

    (load,), _unable = own_loads(AI_CHAT, shaped)

    assert (load.plan.users, load.plan.run_time_seconds, load.plan.stages, load.plan.seed) == (60, 20.0, (), 7)
    assert own_loads(AI_CHAT, config(load={"max_users": 5}))[0][0].plan.users == 5


def test_a_user_s_own_box_brings_its_target_along() -> None:
    mine = box(id="own-a", targets=("e2e.p95 < 8s",), own=True)

    (load,), _unable = own_loads([mine], config(targets={"e2e.p95": "< 60s"}))

    assert [target.text for target in load.targets] == ["e2e.p95 < 8s"]


def test_other_profiles_are_loaded_by_their_own_workload() -> None:
    mine = box(id="own-a", targets=("poll.p95 < 500ms",), own=True, profile="")
    table = config(profiles={"ai-chat": {}, "hybrid": {}})

    (load,), _unable = own_loads([mine], table)

    assert (load.plan.profile, load.plan.workload) == ("hybrid", "polling")


def test_boxes_without_targets_need_no_load() -> None:
    assert own_loads([box(requirements=("A",)), box(manual="m")], config()) == ((), {})
