from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.checklist.documents import documents
from chatproof.checklist.judge import ticked
from chatproof.load_facts import Validity
from chatproof.run import Run
from support.checklist_parts import box, capacity_run, check_run, load_run, target, verdict

BOXES = [entry for document in documents() for entry in document.boxes]
A = box(requirements=("A",), also=("B",))
ERRORS = box(targets=("error_rate < 1%",), needs="needs a load", remedy="Look at the failures.")
STABLE = box(targets=("survival_5m > 99%", "uptime > 99%"), needs="needs a soak")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ({"A": "met"}, "not_judged"),
        ({"A": "met", "B": "met"}, "ticked"),
        ({"A": "met", "B": "not_claimed"}, "ticked"),
        ({"A": "met", "B": "not_met"}, "not_ticked"),
        ({"A": "met", "B": "waived"}, "not_ticked"),
        ({"A": "met", "B": "not_testable"}, "not_judged"),
        ({"A": "not_met"}, "not_ticked"),
        ({"A": "not_met", "B": "waived"}, "not_ticked"),
        ({"A": "waived"}, "not_ticked"),
        ({"A": "not_claimed"}, "not_testable"),
        ({"A": "not_claimed", "B": "met"}, "not_testable"),
        ({"A": "not_claimed", "B": "not_met"}, "not_ticked"),
        ({"A": "not_testable"}, "not_judged"),
        ({"B": "met"}, "not_judged"),
        ({"C": "met"}, "not_judged"),
        ({}, "not_judged"),
    ],
)
def test_requirements_tick_a_box_where_the_essential_ones_are_met_and_none_is_broken(
    words: dict[str, str], state: str
) -> None:
    run = check_run(*(verdict(name, word) for name, word in words.items()))

    assert ticked(A, [run]).state == state


def test_a_ticked_box_shows_its_evidence_and_what_was_not_claimed() -> None:
    found = ticked(A, [load_run(), check_run(verdict("A", "met"), verdict("B", "not_claimed"))])

    assert [(entry.name, entry.verdict, entry.run) for entry in found.evidence] == [
        ("A", "met", 1),
        ("B", "not_claimed", 1),
    ]
    assert found.reason == "not claimed: B"
    assert found.evidence[0].text == "A holds."


def test_a_check_of_some_requirements_alone_leaves_out_none_that_may_be_broken() -> None:
    found = ticked(A, [check_run(verdict("A", "met"))])

    assert (found.state, found.reason) == ("not_judged", "no run judges B")
    assert found.needs == "needs a check: `chatproof check`, then --evidence"


def test_a_ticked_box_names_what_nobody_measured() -> None:
    beat = box(requirements=("A",), also=("heartbeat.gap.max < 15s",))

    assert ticked(beat, [check_run(verdict("A", "met"))]).reason == "not judged: heartbeat.gap.max < 15s"


def test_a_box_that_is_not_ticked_says_why_and_what_to_do() -> None:
    found = ticked(A, [check_run(verdict("A", "not_met"))])

    assert (found.reason, found.remedy) == ("A: found this; expected that", "Mend it.")


def test_a_waiver_is_the_reason_and_holds_the_box_back_without_failing_it() -> None:
    found = ticked(A, [check_run(verdict("A", "waived"), verdict("B", "met"))])

    assert found.state == "not_ticked"
    assert found.reason == "A: waived until 2027-03-01 by platform: later"
    assert found.held_back_by_waivers
    assert not ticked(A, [check_run(verdict("A", "waived"), verdict("B", "not_met"))]).held_back_by_waivers
    assert not ticked(A, [check_run(verdict("A", "not_met"))]).held_back_by_waivers


def test_what_is_not_claimed_is_said_with_the_line_that_would() -> None:
    found = ticked(A, [check_run(verdict("A", "not_claimed"))])

    assert found.needs == 'declare long_turn = { message = "x" } under [profiles.ai-chat]'


def test_of_two_checks_the_worse_one_counts_and_the_contradiction_is_named() -> None:
    good, bad = check_run(verdict("A", "met")), check_run(verdict("A", "not_met"), duration_seconds=12.0)

    for runs in ([good, bad], [bad, good]):
        found = ticked(A, runs)
        assert found.state == "not_ticked"
        assert "the runs contradict one another" in found.reason
        assert {entry.verdict for entry in found.evidence} == {"met", "not_met"}
    assert "contradict" not in ticked(A, [bad]).reason


def test_another_profile_s_verdict_ticks_nothing() -> None:
    other = check_run(verdict("A", "met", profile="chatkit"))

    assert ticked(A, [other]).state == "not_judged"
    assert ticked(box(requirements=("A",), profile=""), [other]).state == "ticked"


def test_a_box_without_a_profile_needs_every_profile() -> None:
    both = check_run(verdict("A", "met"), verdict("A", "not_met", profile="chatkit"))

    assert ticked(box(requirements=("A",), profile=""), [both]).state == "not_ticked"


@pytest.mark.parametrize(
    ("word", "state"),
    [("met", "ticked"), ("not_met", "not_ticked"), ("inconclusive", "not_judged"), ("not_claimed", "not_testable")],
)
def test_a_target_s_verdict_decides_its_box(word: str, state: str) -> None:
    assert ticked(ERRORS, [load_run(target("error_rate < 1%", word))]).state == state


def test_an_inconclusive_target_says_what_is_missing() -> None:
    assert ticked(ERRORS, [load_run(target("error_rate < 1%", "inconclusive"))]).needs == "needs 199 more streams"


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


def test_a_number_declared_above_the_document_s_does_not_tick() -> None:
    beat = box(requirements=("A",), at_most={"heartbeat": 10.0}, remedy="Declare 10s.")
    slow = {"profiles": {"ai-chat": {"heartbeat": 60.0}}}

    assert ticked(beat, [check_run(verdict("A", "met"))]).state == "ticked"
    found = ticked(beat, [check_run(verdict("A", "met"), settings=slow)])
    assert (found.state, found.remedy) == ("not_ticked", "Declare 10s.")
    assert "declared as 60 s" in found.reason
    assert not ticked(beat, [check_run(verdict("A", "waived"), settings=slow)]).held_back_by_waivers


def test_what_lies_beyond_is_never_ticked_and_what_is_broken_is_said() -> None:
    partly = box(requirements=("A",), beyond="look into the log")

    found = ticked(partly, [check_run(verdict("A", "met"))])
    assert (found.state, found.needs) == ("not_testable", "look into the log")
    assert [entry.name for entry in found.evidence] == ["A"]
    assert ticked(partly, [check_run(verdict("A", "not_met"))]).state == "not_ticked"
    assert ticked(partly, []).state == "not_testable"


def test_a_manual_box_is_never_looked_at() -> None:
    found = ticked(box(manual="the project does it", requirements=("A",)), [check_run(verdict("A", "met"))])

    assert (found.state, found.needs, found.evidence) == ("manual", "the project does it", ())


def test_a_box_that_names_nothing_is_not_ticked() -> None:
    assert ticked(box(), [check_run(verdict("A", "met"))]).state == "not_judged"
    assert ticked(box(also=("A",)), [check_run(verdict("A", "not_claimed"))]).state == "not_judged"


def test_the_same_turns_ticked_by_the_guide_s_own_boxes() -> None:
    """All that the guide's first box names is met: it is ticked; one less, and it is not."""
    first = BOXES[0]
    whole = [verdict(name, "met") for name in first.all_requirements]

    assert ticked(first, [check_run(*whole)]).state == "ticked"
    for left in range(len(whole)):
        assert ticked(first, [check_run(*whole[:left], *whole[left + 1 :])]).state == "not_judged"


NOTHING = st.builds(
    lambda kind, words: {
        "check": lambda: check_run(*(verdict(name, word) for name, word in words.items())),
        "load": lambda: load_run(
            *(
                target(text, "inconclusive" if word == "not_testable" else "not_claimed")
                for text, word in zip(("error_rate < 1%", "ttft.p95 < 350ms"), words.values(), strict=False)
            )
        ),
        "capacity": lambda: capacity_run("unfinished", 500.0, None),
    }[kind](),
    st.sampled_from(["check", "load", "capacity"]),
    st.dictionaries(
        st.sampled_from(sorted({name for entry in BOXES for name in entry.all_requirements})),
        st.sampled_from(["not_claimed", "not_testable"]),
    ),
)


@given(runs=st.lists(NOTHING, max_size=4), entry=st.sampled_from(BOXES))
def test_runs_without_a_verdict_tick_nothing(runs: list[Run], entry: Any) -> None:
    found = ticked(entry, runs)

    assert found.state in {"not_judged", "not_testable", "manual"}
    assert found.needs


WORDS = st.sampled_from(["met", "not_met", "waived", "not_claimed", "not_testable"])


@given(entry=st.sampled_from(BOXES), data=st.data())
def test_a_ticked_box_has_every_essential_thing_met_and_nothing_broken(entry: Any, data: st.DataObject) -> None:
    run = check_run(*(verdict(name, data.draw(WORDS)) for name in entry.all_requirements))

    found = ticked(entry, [run])
    met = {item.name for item in found.evidence if item.verdict == "met"}
    assert (found.state != "ticked") or {*entry.requirements} <= met
    assert (found.state != "ticked") or not {item.verdict for item in found.evidence} & {"not_met", "waived"}
    assert bool(found.reason) or found.state in {"ticked", "manual"}
