"""The plan: upper bounds and the expected time, before anything is sent."""

from __future__ import annotations

import pytest

from chatproof.config import Config
from chatproof.recorder import LeftOut, plan, summary_of
from chatproof.run import PlanSummary
from chatproof.scenario import Cost, Scenario, ScenarioSet
from support.raw_server import config, control, scenario, scenario_set

REMOTE = "https://chat.example.com"


def cost(requests: int, turns: int, seconds: float, expected_seconds: float = 0.5) -> Cost:
    return Cost(requests=requests, turns=turns, seconds=seconds, expected_seconds=expected_seconds)


KNOWN = scenario_set(
    scenario("turn", control, cost=cost(2, 2, 4.0, 0.25)),
    scenario("quick", control, cost=cost(1, 0, 30.0)),
    scenario("slow_one", control, cost=cost(1, 1, 9.0, 8.0)),
    scenario("fuzz", control, cost=cost(500, 0, 5.0, 2.0), alone=True, intrusive=True),
    scenario("rate", control, cost=cost(30, 0, 3.0), alone=True, means=("rate_limit",)),
    scenario("idle", control, cost=cost(1, 1, 200.0), slow=lambda _settings: True),
    scenario("after", control, cost=cost(1, 1, 2.0), last=True),
)
EVERYTHING = tuple(KNOWN.scenarios)


def names(entries: object) -> list[str]:
    return [entry.scenario.name for entry in entries]  # type: ignore[attr-defined]  # planned scenarios


def test_the_steps_and_their_bounds() -> None:
    found = plan(KNOWN, EVERYTHING, config("http://127.0.0.1"), slow=False, fuzz_examples=100)
    assert found.control is not None
    assert found.control.scenario.name == "turn"
    assert (names(found.together), names(found.alone), names(found.last)) == (
        ["slow_one", "quick"],
        ["fuzz"],
        ["after"],
    )
    assert [left.scenario for left in found.left_out] == ["idle", "rate"]
    assert (found.requests, found.turns) == (2 + 1 + 1 + 500 + 1, 2 + 1 + 1)
    assert found.paced_seconds == 2 / 400
    assert found.seconds == 4.0 + max(30.0, 9.0) + 2 / 400 + 5.0 + 2.0
    assert found.expected_seconds == 0.25 + max(0.5, 8.0) + 2.0 + 0.5
    assert found.longest == "slow_one"


def test_requests_side_by_side_take_as_long_as_their_pace() -> None:
    declared = config("http://127.0.0.1", max_rps=0.2)
    found = plan(KNOWN, ["quick", "slow_one"], declared, slow=False, fuzz_examples=100)
    assert found.paced_seconds == 2 / 0.2
    assert found.expected_seconds == 0.25 + 10.0
    assert found.seconds == 4.0 + 30.0 + 10.0
    assert plan(KNOWN, ["turn"], declared, slow=False, fuzz_examples=100).paced_seconds == 0


def test_the_summary_of_a_run_document() -> None:
    found = plan(KNOWN, ["rate", "quick"], config("http://127.0.0.1"), slow=False, fuzz_examples=100)
    declare = "rate_limit = { burst = 30 }  # in [profiles.ai-chat]"
    left = {"profile": "ai-chat", "scenario": "rate", "reason": "no rate limit is declared", "declare": declare}
    summary = PlanSummary(
        requests=3,
        turns=2,
        seconds=4.0 + 30.0 + 1 / 400,
        expected_seconds=0.25 + 0.5,
        longest="quick",
        scenarios=2,
        left_out=(left,),
    )
    assert found.summary() == summary
    both = summary_of([found, found])
    assert (both.requests, both.turns, both.scenarios, len(both.left_out)) == (6, 4, 4, 2)
    assert (both.seconds, both.expected_seconds, both.longest) == (2 * summary.seconds, 1.5, "quick")


def test_slow_scenarios_when_asked_for() -> None:
    found = plan(KNOWN, ["idle"], config("http://127.0.0.1"), slow=True, fuzz_examples=100)
    assert (names(found.together), found.seconds, found.longest) == (["idle"], 204.0 + 1 / 400, "idle")


@pytest.mark.parametrize(
    ("url", "intrusive", "runs"),
    [
        ("http://localhost:3000", False, True),
        ("http://[::1]:1", False, True),
        (REMOTE, False, False),
        (REMOTE, True, True),
    ],
)
def test_intrusive_scenarios_on_another_host(url: str, intrusive: bool, runs: bool) -> None:
    found = plan(KNOWN, ["fuzz"], config(url, intrusive=intrusive), slow=False, fuzz_examples=100)
    assert names(found.alone) == (["fuzz"] if runs else [])
    if not runs:
        reason = "`fuzz` fuzzes, trips rate limits or spends many turns, and the backend is not on this machine"
        assert found.left_out == (LeftOut("fuzz", reason, "intrusive = true  # in [backend]"),)


def test_costs_are_computed_from_what_is_declared() -> None:
    seen: list[tuple[object, ...]] = []

    def costs(settings: Config, profile: object, examples: int) -> Cost:
        seen.append((settings, profile, examples))
        return Cost()

    settings = config("http://127.0.0.1")
    known = ScenarioSet("ai-chat", "turn", {"turn": Scenario(name="turn", run=control, cost=costs)})
    plan(known, ["turn"], settings, slow=False, fuzz_examples=7)
    assert seen == [(settings, settings.profiles["ai-chat"], 7)]


def test_nothing_needed_nothing_planned() -> None:
    found = plan(KNOWN, [], config("http://127.0.0.1"), slow=False, fuzz_examples=100)
    assert found.summary() == PlanSummary(
        requests=0, turns=0, seconds=0.0, expected_seconds=0.0, longest="", scenarios=0
    )
    assert found.longest == ""


def test_a_profile_that_is_not_declared() -> None:
    with pytest.raises(ValueError, match="'ai-chat' is not declared"):
        plan(KNOWN, ["turn"], Config(), slow=False, fuzz_examples=1)


def test_a_scenario_that_nobody_knows() -> None:
    with pytest.raises(KeyError, match="nope"):
        plan(KNOWN, ["nope"], config("http://127.0.0.1"), slow=False, fuzz_examples=1)
