from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.comparison.document import document
from chatproof.comparison.values import Given
from chatproof.load_facts import Validity
from support.compared_runs import checked, compare, loaded, target, turns, verdict

if TYPE_CHECKING:
    from chatproof.run import Run

BASE = loaded(turns([0.2 + 0.0001 * number for number in range(300)]), only=("ttft",), build="b1")
TWINS = (BASE, replace(BASE, run=replace(BASE.run, started_at="2026-11-21T09:40:00+00:00")))
SLOW = loaded(turns([0.4 + 0.0001 * number for number in range(300)]), only=("ttft",), build="b2")


@pytest.mark.parametrize(
    ("base", "run", "strict", "code", "reason"),
    [
        (BASE, BASE, False, 0, "nothing is worse"),
        (BASE, SLOW, False, 1, "worse than noise explains (ttft.p50, ttft.p95)"),
        (SLOW, BASE, False, 0, "nothing is worse"),
        (checked(verdict("A-01", "met")), checked(verdict("A-01", "met")), False, 0, "nothing is worse"),
        (
            checked(verdict("A-01", "met")),
            checked(verdict("A-01", "not_met")),
            False,
            1,
            "1 verdict went from good to bad",
        ),
        (
            checked(verdict("A-01", "met", level="SHOULD")),
            checked(verdict("A-01", "not_met", level="SHOULD")),
            False,
            0,
            "nothing is worse",
        ),
        (
            checked(verdict("A-01", "met", level="SHOULD")),
            checked(verdict("A-01", "not_met", level="SHOULD")),
            True,
            1,
            "1 verdict",
        ),
        (
            checked(verdict("A-01", "met"), verdict("B-01", "met")),
            checked(verdict("A-01", "not_testable"), verdict("B-01", "met")),
            False,
            3,
            "1 verdict good before and not known now (A-01)",
        ),
        (checked(verdict("A-01", "met")), checked(verdict("B-01", "met")), False, 3, "not known now (A-01)"),
        (checked(verdict("A-01", "waived")), checked(verdict("A-01", "met")), False, 3, "nothing could be compared"),
        (
            checked(verdict("A-01", "met")),
            replace(checked(verdict("A-01", "not_met")), interrupted=True),
            False,
            3,
            "run.json has no verdict to compare: it was interrupted",
        ),
        (
            replace(BASE, run=replace(BASE.run, validity=Validity(valid=False, reasons=("CPU",)))),
            SLOW,
            False,
            3,
            "base.json has no verdict to compare: it is not valid: CPU",
        ),
        (
            replace(BASE, collected=None, no_samples="the run kept no samples"),
            SLOW,
            False,
            3,
            "no figure could be judged: the run kept no samples",
        ),
        (
            replace(
                BASE, run=replace(BASE.run, verdicts=(verdict("A-01", "met"),)), collected=None, no_samples="no file"
            ),
            replace(SLOW, run=replace(SLOW.run, verdicts=(verdict("A-01", "met"),))),
            False,
            3,
            "no figure could be judged: no file",
        ),
    ],
)
def test_the_exit_code_and_its_reason(
    base: Given | Run, run: Given | Run, strict: bool, code: int, reason: str
) -> None:
    found = compare(base, run, strict=strict)

    assert (found.exit_code, reason in found.exit_reason) == (code, True), found.exit_reason


def test_a_run_without_a_verdict_leaves_nothing_to_read_into() -> None:
    invalid = replace(SLOW, run=replace(SLOW.run, validity=Validity(valid=False, reasons=("CPU",))))

    found = compare(BASE, invalid)

    assert (found.changes, found.figures, found.same) == ((), (), 0)


def test_a_target_that_moved_no_more_than_one_build_does_not_weigh() -> None:
    def judged(given: Given, word: str) -> Given:
        return replace(given, run=replace(given.run, targets=(target(word),)))

    same_figure = compare(judged(BASE, "met"), judged(BASE, "not_met"), pairs=[TWINS])
    slower = compare(judged(BASE, "met"), judged(SLOW, "not_met"), pairs=[TWINS])

    assert (same_figure.exit_code, same_figure.changes[0].weighs) == (0, False)
    assert "no more than runs of one build" in same_figure.changes[0].reason
    assert (slower.exit_code, slower.changes[0].weighs) == (1, True)
    assert compare(judged(BASE, "met"), judged(BASE, "not_met")).exit_code == 1


def test_what_is_not_known_is_said() -> None:
    alone, banded = compare(BASE, SLOW), compare(BASE, SLOW, pairs=[TWINS, TWINS])

    assert any("--aa" in text for text in alone.warnings)
    assert not any("--aa" in text for text in banded.warnings)
    assert banded.widening == pytest.approx(2.323)
    assert len(banded.pairs) == 2


def test_figures_that_are_gone_are_named() -> None:
    kept = loaded(turns([0.2 + 0.0001 * number for number in range(300)]), only=("error_rate",), build="b2")
    both = loaded(turns([0.2 + 0.0001 * number for number in range(300)]), only=("error_rate", "ttft"), build="b1")

    assert any("does not have: ttft.p50, ttft.p95" in text for text in compare(both, kept).warnings)
    assert not any("does not have" in text for text in compare(kept, both).warnings)


def test_the_document_is_plain_json_with_its_counts() -> None:
    found = document(compare(BASE, loaded(turns([0.2] * 100, failed=200), only=("ttft",), build="b2"), pairs=[TWINS]))

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["comparison_version"] == 1
    assert found["counts"]["worse"] == sum(entry["verdict"] == "worse" for entry in found["figures"]) > 0
    assert found["figures"][0]["run"] is None
