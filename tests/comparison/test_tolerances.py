"""Without A/A runs a change of times must be larger than what runs of one build may differ by; errors weigh at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.comparison.figures import BETTER, NO_DIFFERENCE, WORSE, Rules
from chatproof.reports.comparison.words import confidence_line
from support.compared_runs import compare, loaded, turns

if TYPE_CHECKING:
    from chatproof.comparison.facts import Comparison
    from chatproof.comparison.values import Given

TTFT = [0.2 + 0.0001 * number for number in range(600)]


def run(scale: float = 1.0, *, failed: int = 0) -> Given:
    found = loaded(turns([scale * ttft for ttft in TTFT], failed=failed), only=("ttft", "error_rate"))
    return replace(found, run=replace(found.run, build=f"{scale} {failed}"))


def verdicts(found: Comparison) -> dict[str, str]:
    return {entry.name: entry.verdict for entry in found.figures}


def test_times_must_change_by_a_quarter_where_nothing_tells_the_noise_between_runs() -> None:
    within, beyond = (compare(run(), run(scale)) for scale in (1.2, 1.6))

    assert verdicts(within)["ttft.p50"] == NO_DIFFERENCE
    assert (within.exit_code, beyond.exit_code) == (0, 1)
    assert verdicts(beyond)["ttft.p50"] == WORSE
    assert verdicts(compare(run(1.6), run()))["ttft.p50"] == BETTER


def test_with_a_pair_of_one_build_what_it_shows_counts() -> None:
    found = compare(run(), run(1.2), pairs=((run(), run(1.01)),))

    assert verdicts(found)["ttft.p50"] == WORSE
    assert found.time_tolerance == found.tolerance == Rules().tolerance


def test_what_the_user_says_holds_for_all() -> None:
    found = compare(run(), run(1.2), rules=Rules(tolerance=0.1, unbanded=0.1))

    assert verdicts(found)["ttft.p50"] == WORSE


@pytest.mark.parametrize("failed", [30, 60])
def test_errors_weigh_as_they_did(failed: int) -> None:
    found = compare(run(), run(failed=failed))

    assert verdicts(found)["error_rate"] == WORSE
    assert found.exit_code == 1


def test_the_report_tells_both() -> None:
    alone = confidence_line(compare(run(), run(1.2)))
    paired = confidence_line(compare(run(), run(1.2), pairs=((run(), run(1.01)),)))

    assert "nor is one of less than 25 % (2.5 points) in what depends on times: without A/A runs" in alone
    assert "depends on times" not in paired
