"""No more figures have an interval than share the confidence."""

from __future__ import annotations

import pytest

from chatproof.comparison.figures import Rules, figure_changes
from chatproof.comparison.resampling import fewest
from support.compared_runs import loaded, turns


@pytest.mark.parametrize("only", [("ttft",), ()])
@pytest.mark.parametrize("n", [60, 72, 80, 85, 86, 120, 121, 127, 128, 450, 500])
def test_no_more_figures_have_an_interval_than_share_the_confidence(n: int, only: tuple[str, ...]) -> None:
    base, run = (loaded(turns([0.2 + 0.001 * number for number in range(n)]), only=only) for _ in range(2))
    found = figure_changes(base, run, rules=Rules())

    judged = [entry for entry in found.changes if entry.interval]
    assert found.judged == len(judged)
    for entry in judged:
        if entry.statistic:
            assert n >= fewest(float(entry.statistic[1:]), 0.025 / len(judged))
