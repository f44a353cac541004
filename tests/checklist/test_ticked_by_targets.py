from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatproof.checklist.judge import ticked
from chatproof.load_facts import Validity
from support.checklist_parts import box, load_run, target

ERRORS = box(targets=("error_rate < 1%",), needs="needs a load", remedy="Look at the failures.")
STABLE = box(targets=("survival_5m > 99%", "uptime > 99%"), needs="needs a soak")


@pytest.mark.parametrize(
    ("word", "state"),
    [("met", "ticked"), ("not_met", "not_ticked"), ("inconclusive", "not_judged"), ("not_claimed", "not_testable")],
)
def test_a_target_s_verdict_decides_its_box(word: str, state: str) -> None:
    assert ticked(ERRORS, [load_run(target("error_rate < 1%", word))]).state == state


def test_an_inconclusive_target_is_named_with_what_is_missing() -> None:
    found = ticked(ERRORS, [load_run(target("error_rate < 1%", "inconclusive"))])
    assert found.needs == "error_rate < 1% needs 199 more streams"


def test_a_target_that_is_not_met_brings_the_box_s_remedy() -> None:
    assert ticked(ERRORS, [load_run(target("error_rate < 1%", "not_met"))]).remedy == "Look at the failures."


def test_a_longer_run_decides_what_a_short_one_could_not() -> None:
    short, longer = (load_run(target("error_rate < 1%", word)) for word in ("inconclusive", "met"))

    assert ticked(ERRORS, [short, longer]).state == "ticked"


@pytest.mark.parametrize(
    ("text", "word", "state"),
    [
        ("error_rate < 5%", "met", "not_judged"),
        ("error_rate < 5%", "not_met", "not_ticked"),
        ("error_rate <= 1%", "met", "not_judged"),
        ("error_rate > 1%", "met", "not_judged"),
        ("error_rate < 0.1%", "met", "ticked"),
        ("error_rate < 0.1%", "not_met", "not_judged"),
    ],
)
def test_a_looser_limit_ticks_nothing_and_a_tighter_one_breaks_nothing(text: str, word: str, state: str) -> None:
    assert ticked(ERRORS, [load_run(target(text, word))]).state == state


@pytest.mark.parametrize(
    ("plan", "state"),
    [
        ({}, "ticked"),
        ({"scale": 100.0}, "not_judged"),
        ({"scale": 100.0, "stream_seconds": 3.0}, "not_judged"),
        ({"stream_seconds": 60.0}, "not_judged"),
    ],
)
def test_five_minutes_are_five_minutes(plan: dict[str, Any], state: str) -> None:
    run = load_run(target("survival_5m > 99%", "met"), target("uptime > 99%", "met"), plan=plan)

    assert ticked(STABLE, [run]).state == state


@pytest.mark.parametrize(
    "more",
    [
        {"n": 0},
        {"value": None},
        {"value": 2.0},
        {"value": 1.0},
        {"value": 0.5, "upper": 1.3},
    ],
)
def test_a_target_that_is_called_met_and_is_not_by_its_own_figures_ticks_nothing(more: dict[str, Any]) -> None:
    found = ticked(ERRORS, [load_run(target("error_rate < 1%", "met", **more))])

    assert found.state == "not_judged"
    assert "its own figures do not show it" in found.reason


def test_a_mix_of_workloads_says_nothing_of_one_of_them() -> None:
    mixed = load_run(target("error_rate < 1%", "met"))
    assert mixed.load is not None
    mixed = replace(mixed, load=replace(mixed.load, workload="mixed"))

    assert ticked(ERRORS, [mixed]).state == "not_judged"


def test_a_box_for_every_profile_says_for_which_its_targets_were_judged() -> None:
    mine = box(targets=("error_rate < 1%",), profile="", own=True)

    assert ticked(mine, [load_run(target("error_rate < 1%", "met"))]).reason == "its targets were judged for ai-chat"


def test_scaled_time_is_said() -> None:
    run = load_run(target("survival_5m > 99%", "met"), target("uptime > 99%", "met"), plan={"scale": 100.0})

    found = ticked(STABLE, [run])
    assert "time was scaled by 100" in found.reason
    assert found.needs == "needs a soak"
    few = load_run(target("survival_5m > 99%", "inconclusive"), plan={"scale": 100.0})
    assert ticked(STABLE, [few]).needs == "needs a soak"


def test_half_of_a_soak_is_no_soak() -> None:
    assert ticked(STABLE, [load_run(target("survival_5m > 99%", "met"))]).state == "not_judged"


@pytest.mark.parametrize(("at_once", "state"), [(1.0, "not_judged"), (2.0, "ticked")])
def test_one_stream_at_a_time_proves_nothing_of_several(at_once: float, state: str) -> None:
    several = box(targets=("error_rate < 1%",), streams_at_once=2, needs="needs several")

    assert ticked(several, [load_run(target("error_rate < 1%", "met"), at_once=at_once)]).state == state
    assert ticked(several, [load_run(target("error_rate < 1%", "not_met"), at_once=at_once)]).state == "not_ticked"


def test_an_invalid_load_ticks_nothing_and_breaks_nothing() -> None:
    for validity in (Validity(valid=False, reasons=("late",)), None):
        for word in ("met", "not_met"):
            assert ticked(ERRORS, [load_run(target("error_rate < 1%", word), validity=validity)]).state == "not_judged"
