from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from chatproof.load_plan import Plan, Stage
from chatproof.loading import load
from chatproof.samples.records import Sample

schedule = load("load", "runtime.schedule").schedule
stages = load("load", "runtime.stages")
budget = load("load", "runtime.budget")


def due(plan: Plan, **place: int) -> list[float]:
    return [at / 1e9 for _, at in schedule(plan, **place)]


def plan(**fields: Any) -> Plan:
    return Plan(**{"arrivals": "constant", "rate": 10.0, "run_time_seconds": 2.0, **fields})


def test_constant_arrivals_are_evenly_spread() -> None:
    assert due(plan()) == pytest.approx([0.05 + number / 10 for number in range(20)])


@pytest.mark.parametrize("arrivals", ["poisson", "constant"])
@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_workers_together_follow_the_schedule_of_one(arrivals: str, workers: int) -> None:
    wanted = plan(arrivals=arrivals, rate=50.0)
    alone = list(schedule(wanted))
    shares = [list(schedule(wanted, worker=worker, workers=workers)) for worker in range(workers)]
    assert sorted(entry for share in shares for entry in share) == alone
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert list(schedule(wanted, worker=workers, workers=workers)) == []


def test_a_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    assert due(plan(arrivals="poisson", seed=1)) == due(plan(arrivals="poisson", seed=1))
    assert due(plan(arrivals="poisson", seed=1)) != due(plan(arrivals="poisson", seed=2))


def test_poisson_arrivals_have_the_rate_and_exponential_distances() -> None:
    times = due(plan(arrivals="poisson", rate=100.0, run_time_seconds=200.0))
    distances = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(distances) / len(distances)
    spread = (sum((distance - mean) ** 2 for distance in distances) / len(distances)) ** 0.5
    assert mean == pytest.approx(0.01, rel=0.03)
    assert spread == pytest.approx(mean, rel=0.03)
    assert len(times) == pytest.approx(20_000, rel=0.03)


def test_the_rate_of_stages_is_followed() -> None:
    ramp = (Stage(seconds=10, rate=20), Stage(seconds=0, rate=0), Stage(seconds=5, rate=0), Stage(seconds=0, rate=4))
    times = due(plan(stages=ramp, run_time_seconds=20.0))
    within = [sum(low <= at < low + 5 for at in times) for low in (0, 5, 10, 15)]
    assert within == [25, 75, 0, 20]
    assert times == sorted(times)


def test_no_rate_no_starts() -> None:
    assert due(plan(rate=0.0)) == []


def test_levels_of_users() -> None:
    ramp = (Stage(seconds=10, users=20), Stage(seconds=0, users=50), Stage(seconds=5, users=50))
    pieces = stages.pieces_of(plan(stages=ramp, run_time_seconds=30.0), "users")
    assert [stages.level_at(pieces, at) for at in (0, 5, 9.999, 10, 14, 29, 30)] == pytest.approx(
        [0, 10, 19.998, 50, 50, 50, 0]
    )
    assert stages.level_at(stages.pieces_of(plan(users=7), "users"), 1.0) == 7


def test_a_run_that_is_shorter_than_its_stages_cuts_them() -> None:
    pieces = stages.pieces_of(plan(stages=(Stage(seconds=10, rate=20),), run_time_seconds=5.0), "rate")
    assert [(piece.end, piece.high) for piece in pieces] == [(5.0, 10.0)]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_parts_of_a_budget_add_up(workers: int) -> None:
    parts = [budget.Budget(Plan(max_turns=7), worker=worker, workers=workers) for worker in range(workers + 1)]
    for part in parts:
        while part.may_start():
            part.begin(Sample(workload="w", operation="poll"))
            part.begin(Sample(workload="w", operation="turn"))
    assert sum(part.begun for part in parts) == 7
    assert parts[-1].begun == 0


def test_without_a_limit_turns_go_on_until_the_run_says_no() -> None:
    part = budget.Budget(Plan())
    for _ in range(1000):
        part.begin(Sample(workload="w", operation="turn"))
    assert part.may_start()
    part.over = True
    assert not part.may_start()


def test_what_is_spent_is_said() -> None:
    spending = budget.Spending(Plan(max_turns=3, max_cost_usd=1.0))
    spending.add(2, 0.5)
    assert spending.spent == ""
    spending.add(0, 0.5)
    assert "USD" in spending.spent
    spending.add(1, 0.0)
    assert spending.spent.startswith("3 turns")
    assert budget.Spending(Plan()).spent == ""
