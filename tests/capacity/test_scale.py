"""What a level is, by workload, and the load that it makes."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.capacity.judged import left_out_in_words, targets_of_rungs
from chatproof.capacity.scale import SCALES, ScaleError, plan_at, rung_seconds, scale_of
from chatproof.config import Config, from_table
from chatproof.workloads import WORKLOADS


def configured(profile: str = "ai-chat", **tables: Any) -> Config:
    document = {"backend": {"url": "http://127.0.0.1:3000"}, "profiles": {profile: {}}, **tables}
    return from_table(document, origin="test")


def plan(
    workload: str, level: float, *, rate: bool = False, profile: str = "ai-chat", hold: float = 0.0, **load: Any
) -> Any:
    return plan_at(
        configured(profile, load=load),
        workload=workload,
        profile=profile,
        scale=scale_of(workload, rate=rate),
        level=level,
        seconds=10.0,
        hold_seconds=hold,
        overrides={"seed": 7},
    )


def test_a_level_of_streams_is_so_many_users_who_never_think() -> None:
    found = plan("chat-turns", 48.0, think_min="1s", stages=["30s 50"])
    assert (found.users, found.arrivals, found.think_seconds, found.stages) == (48, "closed", (0.0, 0.0), ())
    assert found.retry_seconds > 0
    assert found.users / found.spawn_rate < found.warm_up_seconds < found.run_time_seconds == 10.0
    assert found.seed == 7


def test_the_warm_up_outlasts_a_stream_where_there_is_time() -> None:
    assert plan("chat-turns", 8.0, hold=3.0).warm_up_seconds == pytest.approx(3.6)
    assert plan("chat-turns", 8.0, hold=30.0).warm_up_seconds == 5.0
    streams, polls = scale_of("chat-turns", rate=False), scale_of("polling", rate=False)
    assert rung_seconds(2.0, hold_seconds=0.3, level=20.0, scale=streams) == 2.0
    assert rung_seconds(2.0, hold_seconds=5.0, level=20.0, scale=streams) == pytest.approx(16.0)
    assert rung_seconds(2.0, hold_seconds=5.0, level=5.0, scale=streams) == pytest.approx(36.0)
    assert rung_seconds(2.0, hold_seconds=0.1, level=5.0, scale=polls) == pytest.approx(30 / 5 / 0.7)
    assert rung_seconds(2.0, hold_seconds=0.1, level=50.0, scale=polls) == 2.0
    subscribers = scale_of("fan-out", rate=False)
    assert rung_seconds(2.0, hold_seconds=0.0, level=1.0, scale=subscribers) == 2.0


def test_a_rate_is_an_open_loop_with_users_for_all_who_wait() -> None:
    found = plan("chat-turns", 20.0, rate=True, hold=5.0)
    assert (found.arrivals, found.rate) == ("poisson", 20.0)
    assert found.users >= 20 * 5
    assert scale_of("chat-turns", rate=True).unit == "turns/s"


@pytest.mark.parametrize(
    ("workload", "profile", "unit"),
    [
        ("polling", "hybrid", "polls/s"),
        ("token-storm", "stream-chat", "tokens/s"),
        ("fan-out", "agent-stream", "subscribers"),
    ],
)
def test_each_workload_counts_what_it_is_about(workload: str, profile: str, unit: str) -> None:
    scale = scale_of(workload, rate=False)
    assert scale.unit == unit
    found = plan(workload, 30.0, profile=profile)
    assert (found.rate if scale.rate else found.users) == 30.0


@pytest.mark.parametrize("workload", sorted(set(WORKLOADS) - set(SCALES)))
def test_a_workload_without_a_level_is_refused_with_a_hint(workload: str) -> None:
    with pytest.raises(ScaleError, match="hint: choose one of chat-turns"):
        scale_of(workload, rate=False)


def test_a_subscription_has_no_rate() -> None:
    with pytest.raises(ScaleError, match="hint: drop --rate"):
        scale_of("fan-out", rate=True)


def test_rungs_are_judged_by_what_some_seconds_can_decide() -> None:
    config = configured(
        targets={"concurrency": ">= 100", "e2e.p99": "< 5s", "e2e_sched.p99": "< 5s", "retry_rate.client": "off"}
    )
    judged, left = targets_of_rungs(
        config, profile="ai-chat", workload="chat-turns", rate=False, leave_out=("ttft[memory].p95",)
    )
    assert [target.name for target in judged] == ["ttft.p95", "error_rate", "e2e.p99"]
    words = left_out_in_words(left)
    for part in ("memory.p95 < 200ms (not observed)", "concurrency >= 100 (asks for a level", "left out as asked"):
        assert part in words
    open_loop, _ = targets_of_rungs(config, profile="ai-chat", workload="chat-turns", rate=True)
    assert "e2e_sched.p99" in {target.name for target in open_loop}
