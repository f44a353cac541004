from __future__ import annotations

import pytest

from chatproof.checklist.acceptance import refusal
from chatproof.checklist.judge import ticked
from chatproof.load_facts import Validity
from chatproof.run import Run
from support.checklist_parts import box, capacity_run, load_run, rung, target

HUNDRED = box(targets=("concurrency >= 100",), capacity=100, needs="needs a hundred")
TTFT = target("ttft.p95 < 350ms", "met")
QUICK = target("ttft.p95 < 50ms", "not_met")
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
        (capacity_run(rungs=(rung(120.0, targets=(target("error_rate < 50%", "met"), TTFT)),)), "not_judged"),
        (capacity_run(rungs=(rung(120.0, targets=(TTFT,)),)), "not_judged"),
        (
            capacity_run(rungs=(rung(120.0, targets=(target("error_rate < 1%", "inconclusive", n=0), TTFT)),)),
            "not_judged",
        ),
        (capacity_run(rungs=(rung(120.0, targets=(target("error_rate < 0.1%", "met"), TTFT)),)), "ticked"),
        (capacity_run(rungs=(rung(120.0, targets=(target("error_rate < 1%", "inconclusive"), TTFT)),)), "ticked"),
        (capacity_run(rungs=(rung(120.0, level_seen=80.0),)), "not_judged"),
        (capacity_run(rungs=(rung(120.0, "invalid"),)), "not_judged"),
        (capacity_run(rungs=()), "not_judged"),
        (capacity_run(capacity=60.0, breaks_at=80.0, rungs=(rung(80.0, "unclear"),)), "not_judged"),
        (capacity_run(capacity=60.0, breaks_at=80.0, rungs=(rung(80.0, "breaks", targets=(QUICK,)),)), "not_judged"),
    ],
)
def test_a_capacity_run_stands_for_so_many_streams(run: Run, state: str) -> None:
    assert ticked(HUNDRED, [run]).state == state
    assert ticked(ERRORS, [run]).state == "not_judged"


def test_a_soak_and_a_capacity_run_that_disagree_do_not_tick() -> None:
    found = ticked(HUNDRED, [load_run(target("concurrency >= 100", "not_met")), capacity_run()])

    assert found.state == "not_ticked"
    assert "contradict" in found.reason


def test_what_a_rung_keeps_by_its_value_alone_is_said() -> None:
    near = rung(120.0, targets=(target("error_rate < 1%", "inconclusive", n=180), TTFT))

    [evidence] = ticked(HUNDRED, [capacity_run(rungs=(near,))]).evidence
    assert "by its value alone error_rate < 1% (n = 180)" in evidence.text


def test_a_search_that_ended_at_the_generator_is_valid_in_what_it_held() -> None:
    run = capacity_run("generator_was_the_limit", 150.0, None, validity=Validity(valid=False, reasons=("late",)))

    assert refusal(run) == ""
    assert ticked(HUNDRED, [run]).state == "ticked"


def test_what_breaks_in_a_search_for_the_limit_says_nothing_of_ordinary_load() -> None:
    sound = Validity(valid=True, reasons=())
    over = capacity_run(
        "no_pass_in_range", None, 500.0, targets=(target("error_rate < 1%", "not_met"),), validity=sound
    )

    assert ticked(ERRORS, [over]).state == "not_judged"
    assert ticked(ERRORS, [over, load_run(target("error_rate < 1%", "met"))]).state == "ticked"
