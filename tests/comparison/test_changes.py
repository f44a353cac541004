from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.checklist_facts import Box, ChecklistFacts
from chatproof.comparison.changes import changes, compared_verdicts, lost
from support.compared_runs import checked, target, verdict

if TYPE_CHECKING:
    from chatproof.run import Run

ID = "SSE-FRAME-01"


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("met", "not_met", "worse"),
        ("not_met", "met", "better"),
        ("met", "waived", "changed"),
        ("waived", "not_met", "changed"),
        ("not_met", "waived", "changed"),
        ("met", "not_testable", "changed"),
        ("not_claimed", "met", "changed"),
    ],
)
def test_what_a_change_is_called(before: str, after: str, word: str) -> None:
    (found,), same = changes(checked(verdict(ID, before)), checked(verdict(ID, after)))

    assert (found.verdict, found.base, found.run, same) == (word, before, after, 0)
    assert found.weighs == (word == "worse")


@pytest.mark.parametrize(
    ("level", "strict", "weighs"),
    [("MUST", False, True), ("SHOULD", False, False), ("SHOULD", True, True), ("MAY", True, False)],
)
def test_which_levels_weigh(level: str, strict: bool, weighs: bool) -> None:
    base, run = checked(verdict(ID, "met", level=level)), checked(verdict(ID, "not_met", level=level))

    assert changes(base, run, strict=strict)[0][0].weighs is weighs


def test_what_appeared_and_vanished_is_told_and_the_worst_comes_first() -> None:
    base = checked(verdict("A-01", "met"), verdict("B-01", "not_met"), verdict("C-01", "met"), verdict("D-01", "met"))
    run = checked(
        verdict("B-01", "met"), verdict("C-01", "not_met"), verdict("D-01", "met"), verdict("E-01", "not_met")
    )

    found, same = changes(base, run)

    assert [(entry.verdict, entry.name) for entry in found] == [
        ("worse", "C-01"),
        ("vanished", "A-01"),
        ("appeared", "E-01"),
        ("better", "B-01"),
    ]
    assert (same, compared_verdicts(base, run)) == (1, 3)


def test_a_requirement_is_compared_per_profile() -> None:
    base = checked(verdict(ID, "met"), verdict(ID, "not_met", profile="hybrid"))
    run = checked(verdict(ID, "met"), verdict(ID, "met", profile="hybrid"))

    (found,), same = changes(base, run)

    assert (found.profile, found.verdict, same) == ("hybrid", "better", 1)


def test_targets_and_boxes_count_as_well() -> None:
    def run(word: str, state: str) -> Run:
        facts = ChecklistFacts(
            boxes=(Box(id="SSE-1", document="guide", section="", text="Heartbeats", state=state),), runs=()
        )
        return replace(checked(), targets=(target(word),), checklist=facts)

    found, _same = changes(run("met", "ticked"), run("not_met", "not_ticked"))

    assert {(entry.kind, entry.name, entry.verdict, entry.weighs) for entry in found} == {
        ("target", "ttft.p95 < 350ms", "worse", True),
        ("box", "SSE-1", "worse", True),
    }


@pytest.mark.parametrize("word", ["not_testable", "not_claimed"])
def test_what_was_met_and_is_not_known_any_more_is_lost(word: str) -> None:
    levels = (("A-01", "MUST"), ("B-01", "SHOULD"))
    base = checked(*(verdict(name, "met", level=level) for name, level in levels), verdict("C-01", "not_met"))
    run = checked(*(verdict(name, word, level=level) for name, level in levels), verdict("C-01", word))

    assert lost(base, run) == ("A-01",)
    assert lost(base, run, strict=True) == ("A-01", "B-01")
    assert lost(base, checked(verdict("C-01", "met"))) == ("A-01",)
    assert lost(run, base) == lost(base, base) == ()


@pytest.mark.parametrize(("n", "gone"), [(0, ("ttft.p95 < 350ms",)), (20, ())])
def test_a_target_is_lost_where_nothing_of_it_was_observed(n: int, gone: tuple[str, ...]) -> None:
    base = replace(checked(), targets=(target("met"),))
    run = replace(checked(), targets=(replace(target("inconclusive"), n=n),))

    assert lost(base, run) == gone


def test_a_box_that_was_ticked_and_is_not_judged_is_lost() -> None:
    def boxed(state: str) -> Run:
        box = Box(id="SSE-1", document="guide", section="", text="Heartbeats", state=state)
        return replace(checked(), checklist=ChecklistFacts(boxes=(box,), runs=()))

    assert lost(boxed("ticked"), boxed("not_judged")) == ("SSE-1",)
    assert lost(boxed("ticked"), boxed("not_ticked")) == ()
