from __future__ import annotations

import json
import math
import shutil
import subprocess
from dataclasses import asdict
from importlib.resources import files

import pytest

from chatproof.capacity_model import enriched
from chatproof.capacity_model.planning import PlanRow, plan_row
from chatproof.reports.capacity.plan import figure
from support.capacity_runs import OUTCOMES, bare_rung, capacity_facts, law_facts

NODE = shutil.which("node")
GIVEN = {"turns_per_hour": 12.0, "hold_seconds": 1.5, "peak_factor": 2.0, "per_replica": 40.0}
CHANGES: tuple[tuple[float, dict[str, float]], ...] = (
    (0, {}),
    (1, {}),
    (12_000, {}),
    (1e9, {}),
    (12_000, {"hold_seconds": 0.0}),
    (12_000, {"per_replica": 120.0}),
    (36_000, {"turns_per_hour": 1.0, "hold_seconds": 4.0, "peak_factor": 1.0, "per_replica": 10.0}),
    (12_000, {"per_replica": 0.0}),
    (12_000, {"per_replica": -1.0}),
    (-1, {}),
    (12_000, {"hold_seconds": -0.1}),
)
FIGURES = (
    0,
    0.004,
    0.005,
    0.125,
    0.666,
    1,
    9.994,
    9.996,
    10,
    66.25,
    66.66,
    99.96,
    100,
    999.5,
    1234.5,
    1e6,
    123456789.5,
    999_999_999_999_999,
    1e15,
    6.666666666666667e297,
)


def rows() -> list[tuple[float, dict[str, float], bool]]:
    return [(users, GIVEN | changes, decides) for users, changes in CHANGES for decides in (False, True)]


def planned(users: float, given: dict[str, float], *, decides: bool) -> PlanRow:
    return plan_row(users, arrivals_decide=decides, **given)


def test_streams_are_arrivals_by_hold_time() -> None:
    row = planned(12_000, GIVEN, decides=False)

    assert row == PlanRow(users=12_000, arrivals=80.0, streams=120.0, replicas=3, fewer=3, more=4)
    assert planned(12_000, GIVEN, decides=True).replicas == 2


def test_load_that_fits_exactly_needs_no_replica_more() -> None:
    assert planned(36_000, GIVEN | CHANGES[6][1], decides=False).replicas == 4
    assert planned(0, GIVEN, decides=False).replicas == 1


@pytest.mark.parametrize("name", [*GIVEN, "users"])
@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_numbers_without_sense_give_no_plan(name: str, bad: float) -> None:
    row = planned(bad, GIVEN, decides=False) if name == "users" else planned(10, GIVEN | {name: bad}, decides=False)

    assert (row.arrivals, row.streams, row.replicas, row.fewer, row.more) == (None,) * 5


def test_figures_have_as_many_decimals_as_they_can_bear() -> None:
    assert [figure(value) for value in (0, 0.125, 9.994, 66.25, 99.96, 1234.5, None, math.nan)] == [
        *("0", "0.13", "9.99", "66.3", "100", "1,235", "\N{EN DASH}", "\N{EN DASH}")
    ]
    assert [figure(value) for value in (9.9e14, 1e15, 2 / 3 * 1e298)] == [
        "990,000,000,000,000",
        "1.00e+15",
        "6.67e+297",
    ]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_script_of_the_page_computes_and_writes_the_same() -> None:
    names = {"turns_per_hour": "turnsPerHour", "hold_seconds": "holdSeconds", "peak_factor": "peakFactor"}
    names["per_replica"] = "perReplica"
    cases = [
        (users, {names[name]: value for name, value in given.items()} | {"arrivalsDecide": decides})
        for users, given, decides in rows()
    ]
    program = (
        "const { plan, figure } = require(process.argv[1]);"
        "const [cases, figures] = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify([cases.map(([users, given]) => plan(users, given)), figures.map(figure)]));"
    )
    script = str(files("chatproof.reports").joinpath("capacity/planning.js"))
    ran = subprocess.run(
        [str(NODE), "-e", program, script],
        input=json.dumps([cases, FIGURES]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    found, written = json.loads(ran.stdout)
    expected = [asdict(planned(users, given, decides=decides)) for users, given, decides in rows()]
    assert found == [{name: value for name, value in row.items() if name != "users"} for row in expected]
    assert written == [figure(value) for value in FIGURES]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_plan_is_made_where_there_is_an_operating_point(outcome: str) -> None:
    facts = capacity_facts(outcome)

    assert (facts.planning is None) == (facts.recommended is None)


def test_hold_time_is_that_of_the_rung_that_holds_at_the_operating_point() -> None:
    rungs = (
        bare_rung(1, 10.0, 10.0),
        bare_rung(2, 40.0, 20.0),
        bare_rung(3, 80.0, 16.0, verdict="breaks"),
        bare_rung(4, 20.0, 16.0),
    )
    plan = enriched(law_facts([], rungs=rungs, capacity=40.0, recommended=28.0)).planning

    assert plan is not None
    assert plan.hold_seconds == 2.0
    assert plan.per_replica == 28.0
    assert "Hold time: 2 s, measured at 40 streams" in plan.assumptions[1]
    assert "less 30 % headroom" in plan.assumptions[3]


def test_what_was_not_measured_is_said_to_be_assumed() -> None:
    subscribers = enriched(law_facts([(10.0, 40.0)], unit="subscribers", recommended=7.0)).planning
    polls = enriched(law_facts([(10.0, 10.0)], unit="polls/s", recommended=7.0)).planning

    assert subscribers is not None
    assert "Hold time: 1800 s. Assumed, for none was measured" in subscribers.assumptions[1]
    assert polls is not None
    assert not [text for text in polls.assumptions if "Hold time" in text]


def test_bound_of_the_range_is_not_called_a_measure_of_capacity() -> None:
    plan = capacity_facts("no_failure_in_range").planning

    assert plan is not None
    assert "what was tested, since no rung broke" in plan.assumptions[3]
