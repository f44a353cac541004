from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.checklist.documents import documents
from chatproof.checklist.judge import ticked
from chatproof.run import Run
from support.checklist_parts import box, capacity_run, check_run, load_run, requirements_of, target, verdict

BOXES = [entry for document in documents() for entry in document.boxes]
A = box(requirements=("A",), also=("B",))


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
    whole = [verdict(name, "met") for name in requirements_of(first)]

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
        st.sampled_from(sorted({name for entry in BOXES for name in requirements_of(entry)})),
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
    run = check_run(*(verdict(name, data.draw(WORDS)) for name in requirements_of(entry)))

    found = ticked(entry, [run])
    met = {item.name for item in found.evidence if item.verdict == "met"}
    assert (found.state != "ticked") or {*entry.requirements} <= met
    assert (found.state != "ticked") or not {item.verdict for item in found.evidence} & {"not_met", "waived"}
    assert bool(found.reason) or found.state in {"ticked", "manual"}
