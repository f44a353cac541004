from __future__ import annotations

import pytest

from chatproof.checklist.judge import ticked
from chatproof.run import Run
from support.checklist_parts import box, capacity_run, load_run, target

HUNDRED = box(targets=("concurrency >= 100",), capacity=100, needs="needs a hundred")
ERRORS = box(targets=("error_rate < 1%",), needs="needs a load")


def test_a_lower_limit_of_what_should_be_high_is_looser() -> None:
    runs = [load_run(target("concurrency >= 50", "met"))]

    assert ticked(HUNDRED, runs).state == "not_judged"
    assert ticked(HUNDRED, [load_run(target("concurrency >= 200", "met"))]).state == "ticked"


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (capacity_run(), "ticked"),
        (capacity_run(capacity=100.0), "ticked"),
        (capacity_run("no_failure_in_range", 150.0, None), "ticked"),
        (capacity_run("generator_was_the_limit", 150.0, None), "ticked"),
        (capacity_run(capacity=60.0, breaks_at=80.0), "not_ticked"),
        (capacity_run("no_pass_in_range", None, 10.0), "not_ticked"),
        (capacity_run("no_pass_in_range", None, 200.0), "not_judged"),
        (capacity_run(capacity=90.0, breaks_at=110.0), "not_judged"),
        (capacity_run("no_failure_in_range", 64.0, None), "not_judged"),
        (capacity_run("unfinished", 150.0, None), "not_judged"),
        (capacity_run(unit="turns/s"), "not_judged"),
        (capacity_run(settings={"targets": {"error_rate": "< 50%"}}), "not_judged"),
        (capacity_run(settings={"targets": {"error_rate": "off"}}), "not_judged"),
        (capacity_run(settings={"targets": {"error_rate": "< 0.1%", "e2e.p95": "< 60s"}}), "ticked"),
    ],
)
def test_a_capacity_run_stands_for_so_many_streams(run: Run, state: str) -> None:
    assert ticked(HUNDRED, [run]).state == state
    assert ticked(ERRORS, [run]).state == "not_judged"


def test_a_soak_and_a_capacity_run_that_disagree_do_not_tick() -> None:
    found = ticked(HUNDRED, [load_run(target("concurrency >= 100", "not_met")), capacity_run()])

    assert found.state == "not_ticked"
    assert "contradict" in found.reason
