from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatproof.comparison.figures import BETTER, NO_DIFFERENCE, WORSE, Rules, figure_changes
from chatproof.comparison.values import figures_of
from chatproof.metrics.directions import DIRECTIONS
from chatproof.metrics.table import METRICS
from chatproof.samples import Pool
from support.compared_runs import PLAN, loaded, target, turns
from support.load_samples import turn

if TYPE_CHECKING:
    from chatproof.comparison.facts import FigureChange
    from chatproof.comparison.values import Given

TTFT = ("ttft",)


def latencies(n: int, *, seed: int, scale: float = 0.2) -> list[float]:
    chance = Random(seed)  # noqa: S311 - samples that can be repeated
    return [scale * chance.lognormvariate(0, 0.3) for _ in range(n)]


def run(n: int = 500, *, seed: int = 1, scale: float = 0.2, failed: int = 0, only: tuple[str, ...] = TTFT) -> Given:
    return loaded(turns(latencies(n, seed=seed, scale=scale), failed=failed), only=only)


def changed(
    base: Given, other: Given, *, pairs: tuple[tuple[Given, Given], ...] = (), **rules: float
) -> dict[str, FigureChange]:
    twins = [(one.run, two.run) for one, two in pairs]
    alike = {"unbanded": rules.get("tolerance", Rules().tolerance)} | rules
    found = figure_changes(base, other, pairs=twins, rules=Rules(**alike))  # type: ignore[arg-type]  # its numbers
    return {entry.name: entry for entry in found.changes}


@settings(max_examples=10)
@given(st.integers(1, 10_000), st.integers(1, 400), st.integers(0, 20))
def test_a_run_compared_with_itself_never_shows_a_difference(seed: int, n: int, failed: int) -> None:
    one = run(n, seed=seed, failed=failed, only=("ttft", "error_rate", "goodput"))

    assert {entry.verdict for entry in changed(one, one, tolerance=0.0).values()} == {NO_DIFFERENCE}


def test_half_as_slow_again_is_worse_and_the_other_way_round_better() -> None:
    """Of 30 intervals of each figure at most 5 may miss the truth: one or two are expected of 95 in 100."""
    names, missed = ("ttft.p50", "ttft.p95"), dict.fromkeys(("ttft.p50", "ttft.p95"), 0)
    for seed in range(1, 61, 2):
        base, slow = run(seed=seed), run(seed=seed + 1, scale=0.3)
        there, back = changed(base, slow), changed(slow, base)
        for name in names:
            assert (there[name].verdict, back[name].verdict) == (WORSE, BETTER)
            assert there[name].lower == pytest.approx(1 / (back[name].upper or 0))
            missed[name] += not (there[name].lower or 0) < 1.5 < (there[name].upper or 0)

    assert max(missed.values()) <= 5


def test_runs_of_one_build_are_rarely_called_different() -> None:
    """Of 100 pairs of runs at most 12 may be told apart: five are expected, and 13 have one chance in a thousand."""
    alarms = 0
    for trial in range(100):
        found = changed(run(200, seed=2 * trial), run(200, seed=2 * trial + 1), tolerance=0.0)
        alarms += any(entry.verdict != NO_DIFFERENCE for entry in found.values())
        assert found["ttft.p95"].interval

    assert alarms <= 12


def test_a_sure_change_within_the_tolerance_is_no_difference() -> None:
    def narrow(level: float) -> Given:
        return loaded(turns([level + 1e-6 * number for number in range(300)]), only=TTFT)

    base, other = narrow(0.2), narrow(0.202)

    assert changed(base, other)["ttft.p50"].verdict == NO_DIFFERENCE
    assert "within the tolerance" in changed(base, other)["ttft.p50"].reason
    assert changed(base, other, tolerance=0.001)["ttft.p50"].verdict == WORSE


def test_a_change_within_the_band_of_one_build_is_no_difference() -> None:
    base, slow = run(), run(seed=2, scale=0.3)
    calm, wild = (run(seed=3), run(seed=4)), (run(seed=5), run(seed=6, scale=0.25))

    with_calm, with_wild = changed(base, slow, pairs=(calm,)), changed(base, slow, pairs=(wild,))

    assert with_calm["ttft.p50"].verdict == WORSE
    assert "runs of one build" in with_calm["ttft.p50"].reason
    assert with_wild["ttft.p50"].verdict == NO_DIFFERENCE
    assert (with_wild["ttft.p50"].band_upper or 0) > (with_wild["ttft.p50"].lower or 0) > 1.02


def test_a_figure_that_the_pairs_lack_is_not_judged() -> None:
    base, slow = run(), run(seed=2, scale=0.3)
    without = replace(base, run=loaded(turns([0.2] * 50), only=("e2e",)).run)

    found = changed(base, slow, pairs=((without, without),))["ttft.p50"]

    assert (found.verdict, found.band_upper) == (NO_DIFFERENCE, None)
    assert "A/A runs do not have" in found.reason


def test_without_samples_nothing_is_better_or_worse() -> None:
    base, slow = run(), run(seed=2, scale=2.0)
    bare = replace(slow, collected=None, no_samples="samples.jsonl.gz is not beside its run document")

    found = changed(base, bare)["ttft.p50"]

    assert (found.verdict, found.interval, found.lower) == (NO_DIFFERENCE, False, None)
    assert found.reason == "run: samples.jsonl.gz is not beside its run document"
    assert found.change is not None
    assert found.change > 5


def test_samples_of_another_run_are_refused() -> None:
    base, slow = run(), run(seed=2, scale=2.0)
    mixed = replace(slow, collected=run(499).collected)

    assert "not those of the run document: 499 and not 500" in changed(base, mixed)["ttft.p50"].reason


def test_too_few_streams_bound_no_percentile() -> None:
    found = changed(run(40), run(40, seed=2, scale=2.0))

    assert found["ttft.p50"].verdict == WORSE
    assert found["ttft.p95"].verdict == NO_DIFFERENCE
    assert "p95 of 40 streams has no bounds" in found["ttft.p95"].reason


def test_failures_are_slower_than_any_stream() -> None:
    found = changed(run(500, failed=2), run(400, seed=2, failed=100))["ttft.p95"]

    assert (found.verdict, found.run, found.change, found.upper) == (WORSE, None, None, None)


def test_shares_are_compared_in_points() -> None:
    found = changed(run(500, only=("error_rate",)), run(450, seed=2, failed=50, only=("error_rate",)))["error_rate"]

    assert (found.compares, found.verdict) == ("difference", WORSE)
    assert found.change == pytest.approx(10.0)
    assert (found.margin_lower, found.margin_upper) == pytest.approx((-0.2, 0.2))


def test_more_goodput_is_better() -> None:
    base, half = run(600, only=("goodput",)), run(200, seed=2, only=("goodput",))

    assert changed(base, half)["goodput"].verdict == WORSE
    assert changed(half, base)["goodput"].verdict == BETTER


def test_goodput_reckons_with_the_targets_of_the_run() -> None:
    records = turns([0.2] * 150 + [0.5] * 150)
    plain = loaded(records, only=("goodput",))
    made = replace(plain, run=replace(plain.run, targets=(target("not_met"),)))

    found = changed(made, made)["goodput"]

    assert found.interval
    assert (found.lower or 1) < 0.82  # of 150 good ones, and not of 300
    assert (changed(plain, plain)["goodput"].lower or 0) > 0.82


def test_a_target_that_was_measured_and_not_judged_makes_no_stream_bad() -> None:
    plain = loaded(turns([0.2] * 150 + [0.5] * 150), only=("goodput", "attainment"))
    made = replace(plain, run=replace(plain.run, targets=(target("not_claimed"),)))

    found = changed(made, made)

    assert (found["goodput"].lower or 0) > 0.82
    assert found["attainment"].interval


def test_a_share_that_the_samples_do_not_give_again_has_no_interval() -> None:
    plain = loaded(turns([0.2] * 150 + [0.5] * 150), only=("attainment",))
    made = replace(plain, run=replace(plain.run, targets=(target("not_met"),)))  # its figure was made without a target

    found = changed(made, made)["attainment"]

    assert not found.interval
    assert "the samples give 50 %, and not the 100 % of the run document" in found.reason


def test_more_open_streams_are_better_only_where_they_are_meant_to_stay_open() -> None:
    def soak(level: int) -> Given:
        records = [turn(1.0, lasts=90.0, planned_ns=90_000_000_000, user=user) for user in range(level)]
        return loaded(records, only=("concurrency.mean",), plan=replace(PLAN, stream_seconds=90.0))

    assert changed(soak(900), soak(100))["concurrency.mean"].verdict == WORSE
    chat = changed(run(only=("concurrency.mean",)), run(seed=2, only=("concurrency.mean",)))["concurrency.mean"]
    assert "neither better nor worse" in chat.reason


def test_gaps_are_resampled_by_stream_and_not_one_by_one() -> None:
    def gaps(shift: int) -> Given:
        counts = {str(400 + shift + number): 100 for number in range(200)}
        records = [turn(1.0 + number, tokens=400) for number in range(50)]
        return loaded([*records, Pool(metric="gap", counts=counts)], only=("gap",))

    found = changed(gaps(0), gaps(20))["gap.p50"]

    assert found.base_n == 20_000
    assert found.verdict == NO_DIFFERENCE  # 4 % of 50 streams; 20,000 gaps would have shown it
    assert changed(gaps(0), gaps(600))["gap.p50"].verdict == WORSE


def test_the_instrument_cannot_tell_less_than_its_own_error() -> None:
    base, slow = run(), run(seed=2, scale=0.3)
    blind = replace(slow, run=replace(slow.run, targets=(target("met", error=0.5),)))

    assert "instrument" in changed(base, blind)["ttft.p50"].reason
    assert changed(base, blind)["ttft.p50"].verdict == NO_DIFFERENCE


def test_more_figures_share_the_confidence() -> None:
    few = figure_changes(run(), run(seed=2), rules=Rules())
    many = figure_changes(run(only=()), run(seed=2, only=()), rules=Rules())
    spans = [next(entry for entry in made.changes if entry.name == "ttft.p50") for made in (few, many)]

    assert few.judged < many.judged == sum(entry.interval for entry in many.changes)
    assert few.replicates < many.replicates
    assert (spans[0].upper or 0) < (spans[1].upper or 0)


def test_the_worst_comes_first_and_what_has_no_interval_last() -> None:
    only = ("ttft", "error_rate", "goodput", "concurrency")
    found = list(changed(run(500, only=only), run(450, seed=2, scale=0.6, failed=50, only=only)).values())

    assert [entry.verdict for entry in found][:2] == [WORSE, WORSE]
    assert found[-1].name == "concurrency"
    assert not found[-1].interval


def test_the_table_speaks_of_metrics_that_there_are() -> None:
    for name, direction in DIRECTIONS.items():
        series = METRICS[name].kind in {"series", "pool"}
        assert bool(direction.statistics) is series, name
        assert all(bool(statistic) is series for statistic in direction.by_tag), name
        if METRICS[name].kind in {"share", "spread"}:
            assert direction.compares == "difference", name


def test_figures_of_a_tag_are_compared_with_their_like() -> None:
    def tagged(memory: float) -> Given:
        records = turns([0.2] * 100) + [turn(1.0, ttft=memory, lasts=3.0, tags=("memory",)) for _ in range(100)]
        return loaded(records, only=TTFT, tags=("memory", "plain"))

    found = changed(tagged(0.3), tagged(0.6))

    assert (found["ttft[memory].p50"].verdict, found["ttft[plain].p50"].verdict) == (WORSE, NO_DIFFERENCE)
    assert found["ttft[memory].p50"].base_n == 100


def test_a_run_without_a_load_has_no_figures() -> None:
    assert figures_of(replace(run(10).run, load=None)) == {}
