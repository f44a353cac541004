"""Small decisions of a comparison, one at a time: what weighs, what stays, what is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.checklist_facts import Box, ChecklistFacts
from chatproof.comparison.alike import differences, without_verdict
from chatproof.comparison.capacities import capacity_changes
from chatproof.comparison.changes import changes
from chatproof.comparison.facts import Change
from chatproof.comparison.figures import BETTER, NO_DIFFERENCE, WORSE, Rules, verdict_of
from chatproof.comparison.outcome import outcome
from chatproof.comparison.values import Given, figures_of
from chatproof.exit_code import ExitCode
from chatproof.load_facts import Validity
from support.compared_runs import checked, compare, loaded, searched, target, turns, verdict

if TYPE_CHECKING:
    from chatproof.run import Run

TIMES = [0.2 + 0.0001 * number for number in range(300)]
BASE = loaded(turns(TIMES), only=("ttft",), build="b1")
TWIN = replace(BASE, run=replace(BASE.run, started_at="2026-11-21T09:40:00+00:00"))
SLOW = loaded(turns([2 * time for time in TIMES]), only=("ttft",), build="b2")


def test_an_a_a_run_without_a_verdict_leaves_nothing_to_compare() -> None:
    invalid = replace(TWIN, run=replace(TWIN.run, validity=Validity(valid=False, reasons=("CPU",))))

    for pair, name in (((BASE, invalid), "2.json"), ((invalid, BASE), "1.json")):
        found = compare(BASE, SLOW, pairs=(pair,))
        assert (found.exit_code, found.figures) == (ExitCode.NO_VERDICT, ())
        assert found.exit_reason == f"{name} has no verdict to compare: it is not valid: CPU"


def test_verdicts_of_a_run_without_a_verdict_are_not_told() -> None:
    base = checked(verdict("A-01", "met"), verdict("B-01", "met"))
    run = replace(checked(verdict("A-01", "not_met"), verdict("B-01", "met")), interrupted=True)

    found = compare(base, run)
    assert (found.changes, found.same) == ((), 0)
    whole = compare(base, replace(run, interrupted=False))
    assert (len(whole.changes), whole.same) == (1, 1)


def test_how_intervals_come_about_is_told_where_there_are_some() -> None:
    assert len(compare(BASE, SLOW).notes) == 2
    assert compare(checked(verdict("A-01", "met")), checked(verdict("A-01", "met"))).notes == ()


@pytest.mark.parametrize("which", ["base", "run"])
def test_why_no_figure_could_be_judged_is_told_of_either_side(which: str) -> None:
    def bare(given: Given) -> Given:
        return replace(given, collected=None, no_samples=f"the {which} kept none")

    found = compare(bare(BASE) if which == "base" else BASE, bare(SLOW) if which == "run" else SLOW)

    told = f"no figure could be judged: the {which} kept none"
    assert (found.exit_code, found.exit_reason) == (ExitCode.NO_VERDICT, told)
    assert told in found.warnings


def test_two_runs_that_name_no_build_may_be_of_one() -> None:
    hint = "Both runs may be of one build (`--build` tells them apart)."
    nameless, slower = (replace(given, run=replace(given.run, build="")) for given in (BASE, SLOW))

    assert hint in compare(nameless, slower).warnings
    assert hint not in compare(BASE, SLOW).warnings
    named, slow = (replace(given, run=replace(given.run, build="v7")) for given in (BASE, SLOW))
    assert "Both runs are of build v7." in compare(named, slow).warnings
    assert hint not in compare(nameless, slower, pairs=((BASE, TWIN),)).warnings
    assert hint not in compare(nameless, nameless).warnings


def test_a_target_whose_a_a_runs_lack_the_figure_weighs() -> None:
    base, run = (
        replace(given, run=replace(given.run, targets=(target(word),)))
        for given, word in ((BASE, "met"), (BASE, "not_met"))
    )
    other = loaded(turns(TIMES), only=("e2e",), build="b1")

    found = compare(base, run, pairs=((other, other),))
    assert (found.exit_code, found.changes[0].weighs) == (ExitCode.NOT_MET, True)


def test_what_weighs_comes_before_what_does_not() -> None:
    base = checked(verdict("A-01", "met", level="SHOULD"), verdict("B-01", "met"))
    run = checked(verdict("A-01", "not_met", level="SHOULD"), verdict("B-01", "not_met"))

    assert [entry.name for entry in changes(base, run)[0]] == ["B-01", "A-01"]
    found, _same = changes(
        checked(verdict("A-01", "met")), checked(verdict("A-01", "not_testable", reason="it is gone"))
    )
    assert found[0].reason == "it is gone"


def changed(name: str) -> Change:
    return Change(
        kind="requirement",
        name=name,
        profile="ai-chat",
        level="MUST",
        base="met",
        run="not_met",
        verdict="worse",
        weighs=True,
        reason="",
    )


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "1 verdict went from good to bad (a)"),
        (5, "5 verdicts went from good to bad (a, b, c, d, e)"),
        (6, "6 verdicts went from good to bad (a, b, c, d, e, ...)"),
    ],
)
def test_at_most_five_names_are_told(number: int, told: str) -> None:
    assert outcome([changed(name) for name in "abcdef"[:number]], (), judged=number) == (ExitCode.NOT_MET, told)


def test_a_checklist_of_which_no_box_was_judged_has_no_verdict() -> None:
    def run(*states: str) -> Run:
        boxes = tuple(Box(id=state, document="d", section="s", text="t", state=state) for state in states)
        return replace(checked(), command="checklist", checklist=ChecklistFacts(boxes=boxes, runs=()))

    assert without_verdict(run("manual", "not_judged", "not_testable")) == "nothing was judged in it"
    for state in ("ticked", "not_ticked"):
        assert without_verdict(run("manual", state)) == ""


def test_profiles_in_another_order_are_the_same() -> None:
    base = checked(verdict("A-01", "met"), profiles=("ai-chat", "chatkit"))

    other = replace(base, profiles=("chatkit", "ai-chat"))

    assert differences(base, other) == differences(other, base) == ()
    assert differences(base, replace(base, profiles=("ai-chat",)))[0].where == "profiles"


def test_a_table_against_a_value_is_one_difference() -> None:
    base = checked(verdict("A-01", "met"), settings={"suite": {"front": "a"}})
    run = replace(base, settings={"suite": "ä"})

    (found,) = differences(base, run)
    assert (found.where, found.base, found.run) == ("settings.suite", '{"front": "a"}', '"ä"')
    (back,) = differences(run, base)
    assert (back.base, back.run) == (found.run, found.base)


def test_a_a_searches_without_a_capacity_make_no_band() -> None:
    base, run = searched(100.0, 110.0), searched(50.0, 55.0)
    pairs = [(searched(100.0, 110.0), searched(None, 10.0)), (searched(None, 10.0), searched(90.0, 99.0))]
    bare = replace(base, capacity=None)

    for pair in (*pairs, (bare, base), (base, bare)):
        (found,) = capacity_changes(base, run, pairs=[pair], rules=Rules())
        assert (found.verdict, found.band_lower, found.band_upper) == (NO_DIFFERENCE, None, None)
    (found,) = capacity_changes(
        base, run, pairs=[*pairs, (searched(100.0, 110.0), searched(99.0, 110.0))], rules=Rules()
    )
    assert (found.verdict, found.change) == (WORSE, 0.5)


def test_a_figure_of_nothing_is_no_figure() -> None:
    assert BASE.run.load is not None
    entry = BASE.run.load.figures[0]
    empty = replace(BASE.run, load=replace(BASE.run.load, figures=(replace(entry, n=0, value=0.0),)))

    assert figures_of(empty) == {}
    assert figures_of(BASE.run) != {}


@pytest.mark.parametrize(
    ("interval", "noise", "better", "word", "reason"),
    [
        ((1.1, 1.2), None, "lower", WORSE, "the whole interval lies beyond the tolerance"),
        ((1.1, 1.2), None, "higher", BETTER, "the whole interval lies beyond the tolerance"),
        ((0.8, 0.9), None, "lower", BETTER, "the whole interval lies beyond the tolerance"),
        ((0.8, 0.9), None, "higher", WORSE, "the whole interval lies beyond the tolerance"),
        ((1.1, 1.2), (0.8, 1.25), "lower", NO_DIFFERENCE, "the interval reaches into what runs of one build differ by"),
        ((0.8, 0.9), (0.75, 1.2), "lower", NO_DIFFERENCE, "the interval reaches into what runs of one build differ by"),
        ((0.97, 1.1), (0.99, 1.01), "lower", NO_DIFFERENCE, "the interval reaches into what is no relevant change"),
        ((1.01, 1.1), None, "lower", NO_DIFFERENCE, "the interval reaches into what is no relevant change"),
        ((0.9, 1.01), None, "lower", NO_DIFFERENCE, "the interval reaches into what is no relevant change"),
        ((0.99, 1.01), None, "lower", NO_DIFFERENCE, "the whole interval lies within the tolerance"),
        ((1.015, 1.2), (0.99, 1.01), "lower", NO_DIFFERENCE, "the interval reaches into what is no relevant change"),
        ((0.8, 0.985), (0.99, 1.01), "lower", NO_DIFFERENCE, "the interval reaches into what is no relevant change"),
    ],
)
def test_an_interval_must_lie_beyond_the_tolerance_and_beyond_the_band(
    interval: tuple[float, float], noise: tuple[float, float] | None, better: str, word: str, reason: str
) -> None:
    found = verdict_of(interval, margin=(0.98, 1.02), noise=noise, better=better, aa=noise is not None)

    assert found == (word, reason)


def test_figures_that_moved_most_come_first_and_those_that_were_not_judged_last() -> None:
    times = {"plain": TIMES, "slow": [2 * time for time in TIMES]}
    base, run = (loaded(turns(entry), only=("ttft", "e2e"), build=name) for name, entry in times.items())

    found = compare(base, run).figures
    assert [entry.verdict for entry in found[:2]] == [WORSE, WORSE]
    worse = [abs(entry.change or 0.0) for entry in found if entry.verdict == WORSE]
    assert worse == sorted(worse, reverse=True)
    judged = [entry.interval for entry in found if entry.verdict == NO_DIFFERENCE]
    assert judged == sorted(judged, reverse=True)
    assert False in judged


def test_replicates_are_told_where_there_was_an_interval() -> None:
    assert compare(BASE, SLOW).replicates >= 2000
    bare = replace(SLOW, collected=None, no_samples="none")
    assert (compare(BASE, bare).judged, compare(BASE, bare).replicates) == (0, 0)
