"""The size of a smoke load: by workload, by flags, and by what of `[load]` holds."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.cli.gate_plan import plan_words, smoke_plan, smoke_profile
from chatproof.config import Config, from_table
from chatproof.config.profile_keys import PROFILES
from chatproof.targets import parse_target
from chatproof.targets.floors import floor_of
from chatproof.targets.possible import possible
from chatproof.workloads import PlanError

URL = "http://127.0.0.1:3000"
REQUIRED: dict[str, dict[str, Any]] = {"stream-chat": {}, "hybrid": {}}


def config(*profiles: str, **load: Any) -> Config:
    tables: dict[str, Any] = {"backend": {"url": URL}, "profiles": {name: {} for name in profiles or ("ai-chat",)}}
    return from_table({**tables, "load": load}, origin="test")


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_has_a_smoke_load_that_can_decide_an_error_rate(profile: str) -> None:
    plan = smoke_plan(config(profile))
    target = parse_target("error_rate", "< 1%")
    needed, most = floor_of(target, kind="share"), possible(target, plan)
    assert plan.profile == profile
    assert plan.run_time_seconds == 20
    assert needed == 299
    assert most is not None
    assert most > needed


def test_ai_chat_goes_first_and_a_choice_before_it() -> None:
    assert smoke_profile(config("hybrid", "ai-chat")) == "ai-chat"
    assert smoke_profile(config("hybrid", "stream-chat")) == "hybrid"


def test_flags_change_the_size() -> None:
    plan = smoke_plan(config(), users=7, run_time=4.0, max_turns=9)
    assert (plan.users, plan.run_time_seconds, plan.max_turns, plan.warm_up_seconds) == (7, 4.0, 9, 1.0)


def test_what_load_says_of_its_own_size_is_not_for_a_gate() -> None:
    usual = smoke_plan(config())
    other = config(
        workload="soak", users=900, run_time="20m", stages=["30s 50"], judged_share=0.1, processes=2, abort_share=0.5
    )
    assert smoke_plan(other) == usual
    assert usual.judged_share == 1.0


def test_bounds_and_leave_out_of_load_hold() -> None:
    plan = smoke_plan(config(max_users=30, max_turns=400, max_cost_usd=2.5, seed=5, leave_out=["violations"]))
    assert (plan.users, plan.max_turns, plan.max_cost_usd, plan.seed) == (30, 400, 2.5, 5)
    assert plan.leave_out == ("violations",)
    assert smoke_plan(config(max_turns=40_000)).max_turns == usual_turns()


def usual_turns() -> int:
    return smoke_plan(config()).max_turns


def test_more_than_is_allowed_is_refused_by_the_flag() -> None:
    with pytest.raises(PlanError, match="--users"):
        smoke_plan(config(max_users=30), users=31)


def test_what_will_be_sent_at_the_most_is_said() -> None:
    assert "60 users for 20 s, at most 1000 turns" in plan_words(smoke_plan(config()), URL)
    polls = smoke_plan(config("hybrid"))
    words = plan_words(polls, URL)
    assert "polling on hybrid" in words
    assert "streams or requests" in words
