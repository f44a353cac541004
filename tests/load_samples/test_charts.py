from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.load_plan import Plan
from chatproof.load_run.charts import charts
from chatproof.load_run.drawing import histogram
from chatproof.load_run.thinning import averaged_steps, nice_width, thinned
from chatproof.samples import Delivery, Health, Pool, Reading
from chatproof.samples.collected import Collected
from chatproof.targets import parse_target
from support.load_charts import load_charts
from support.load_samples import ns, steady_run, turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_facts import Chart, Line
    from chatproof.samples import Record

PLAN = Plan(warm_up_seconds=5.0, run_time_seconds=60.0)
LEVELS = st.lists(st.integers(0, 50), min_size=1, max_size=300)


def drawn(records: Sequence[Record], plan: Plan = PLAN, **options: object) -> dict[str, Chart]:
    found = charts(Collected(records), plan, **options)  # type: ignore[arg-type]  # options of charts
    return {chart.name: chart for chart in found}


def line(chart: Chart, name: str) -> Line:
    return next(entry for entry in chart.lines if entry.name == name)


@given(LEVELS, st.integers(3, 40))
def test_a_thinned_line_keeps_its_ends_and_takes_real_points(levels: list[int], most: int) -> None:
    points = [(float(at), float(level)) for at, level in enumerate(levels)]

    kept = thinned(points, most)

    assert len(kept) == min(most, len(points))
    assert set(kept) <= set(points)
    assert list(kept) == sorted(kept)
    assert (kept[0], kept[-1]) == (points[0], points[-1])


def test_a_thinned_line_keeps_its_spike() -> None:
    points = [(float(at), 100.0 if at == 777 else math.sin(at)) for at in range(5000)]

    assert (777.0, 100.0) in thinned(points)


@given(LEVELS.filter(lambda levels: len(levels) > 1), st.floats(0.4, 200))
def test_averaged_steps_keep_the_peak_the_least_and_the_whole_area(levels: list[int], width: float) -> None:
    moments = [at * 3 for at in range(len(levels))]

    kept = averaged_steps(moments, levels, width)

    assert max(part.greatest for part in kept) == max(levels[:-1])
    assert min(part.least for part in kept) == min(levels[:-1])
    assert sum(part.area for part in kept) == pytest.approx(sum(3 * level for level in levels[:-1]))
    assert (kept[0].begin, kept[-1].end) == (0, moments[-1])
    assert all(part.least <= part.mean * (1 + 1e-9) and part.mean <= part.greatest * (1 + 1e-9) for part in kept)


def test_a_window_of_steps_says_what_held_how_long() -> None:
    found = averaged_steps([5, 10, 10, 12, 25], [4, 9, 2, 6, 0], 10)

    assert [(part.middle, part.mean, part.least, part.greatest) for part in found] == [
        (7.5, 4.0, 4, 4),
        (15.0, 5.2, 2, 6),
        (22.5, 6.0, 6, 6),
    ]
    assert [(part.begin, part.end) for part in averaged_steps([0, 4, 20.9], [1, 2, 0], 10)] == [(0, 10), (10, 20.9)]


@given(st.floats(1e-6, 1e9), st.integers(1, 500))
def test_a_nice_width_covers_the_span(span: float, parts: int) -> None:
    width = nice_width(span, parts)

    assert width * parts >= span * (1 - 1e-6)
    assert f"{width:.0e}"[0] in "125"


@given(st.dictionaries(st.floats(0, 1e5), st.integers(1, 9), max_size=100))
def test_a_histogram_counts_everything_once(counts: dict[float, int]) -> None:
    bars, _width = histogram(counts)

    assert sum(number for _middle, number in bars) == sum(counts.values())
    assert len(bars) <= 61


def test_the_spectrum_of_first_tokens_shades_what_failed() -> None:
    samples = [turn(10.0, ttft=0.001 * (number + 1), tags=("memory",)) for number in range(99)]
    found = drawn(
        [*samples, turn(10.0, cause="reset", ttft=None)],
        targets=(parse_target("ttft.p95", "< 350ms"), parse_target("ttft[memory].p95", "< 500ms")),
        tags=("memory",),
    )["ttft_spectrum"]

    every = dict(line(found, "all").points)
    assert every[0.0] == 1.0
    assert every[90.0] == 90.0
    assert max(every) < 99.0 + 1e-6
    assert dict(line(found, "memory").points)[90.0] == 90.0
    assert found.shaded == (("failed", 99.0, 100.0),)
    assert found.limits == (("ttft.p95 < 350ms", 350.0), ("ttft[memory].p95 < 500ms", 500.0))
    assert found.note.startswith("n = 100, of which 1 failed")


def test_few_samples_are_a_median_with_its_extremes_and_failures_have_no_point() -> None:
    sound = [turn(at + part / 100, ttft=0.1 + part / 10) for at in (1.0, 30.0) for part in range(5)]

    found = drawn([*sound, *(turn(59.0, cause="reset", ttft=None) for _ in range(3))])["ttft_over_time"]

    (median,) = found.lines
    assert median.points == ((2.5, 300.0), (32.5, 300.0))
    assert median.band == ((2.5, 100.0, 500.0), (32.5, 100.0, 500.0))
    assert found.shaded == (("warm-up", 0.0, 5.0),)
    assert found.note.startswith("The line is the median")
    assert found.note.endswith("3 failed: a percentile that is a failure has no point.")


@pytest.mark.parametrize(
    ("each", "names"), [(19, ["p50"]), (20, ["p50", "p95"]), (99, ["p50", "p95"]), (100, ["p50", "p95", "p99"])]
)
def test_a_percentile_over_time_needs_windows_with_samples_enough(each: int, names: list[str]) -> None:
    samples = [turn(at * 5.0 + part / 5000, ttft=(part + 1) / 1000) for at in range(12) for part in range(each)]

    found = drawn(samples, targets=(parse_target("ttft.p95", "< 350ms"), parse_target("ttft.p99", "< 1s")))
    chart = found["ttft_over_time"]

    assert [entry.name for entry in chart.lines] == names
    assert [name.partition(" ")[0] for name, _y in chart.limits] == [f"ttft.{name}" for name in names[1:]]
    assert bool(chart.lines[0].band) is (names == ["p50"])
    if each == 99:
        assert line(chart, "p95").points[0][1] == 95.0


def test_a_handful_of_samples_has_no_distribution_and_no_course() -> None:
    names = {"ttft_spectrum", "ttft_over_time"}

    assert not names & set(drawn([turn(10.0 + at) for at in range(9)]))
    assert names <= set(drawn([turn(10.0 + at) for at in range(10)]))


def test_open_streams_step_up_and_down() -> None:
    found = drawn([turn(10.0, ttft=0.999, lasts=3.0), turn(12.0, cause="reset", lasts=4.0)])["active_streams"]

    assert line(found, "open").points == ((10.0, 1.0), (12.0, 2.0), (13.0, 1.0), (16.0, 0.0))
    assert line(found, "past the first token or frame").points == ((11.0, 1.0), (13.0, 0.0))
    assert found.kind == "step"


def test_many_steps_become_averages_with_the_least_and_most() -> None:
    found = drawn([turn(number * 0.1, ttft=0.01, lasts=0.15) for number in range(600)])["active_streams"]

    every = line(found, "open, average")
    assert found.kind == "line"
    assert found.note.startswith("Windows of 2 s")
    assert len(every.points) == 30
    assert every.points[15] == (31.0, 1.5)
    assert every.band[15] == (31.0, 1.0, 2.0)
    assert line(found, "past the first token or frame, most").points[15] == (31.0, 2.0)


def test_errors_are_bars_by_cause() -> None:
    samples = [turn(10.0, lasts=0.2, cause="status"), turn(10.0, lasts=0.3, cause="status"), turn(30.0, cause="cut")]

    found = drawn([*samples, turn(50.0)])["errors_over_time"]

    assert [entry.name for entry in found.lines] == ["status", "cut"]
    assert sum(count for _at, count in line(found, "status").points) == 2
    assert found.kind == "bar"
    assert found.note.startswith("3 of 4 ")


def test_the_survival_curve_has_its_band_and_goes_on_to_the_last_age() -> None:
    plan = Plan(workload="soak", warm_up_seconds=0.0)
    lasting = [turn(0.0, lasts=300.0, planned_ns=ns(300.0)) for _ in range(99)]
    goal = parse_target("survival_5m", "> 99%")

    cut = turn(0.0, lasts=100.0, planned_ns=ns(300.0), cause="cut")
    found = drawn([*lasting, cut], plan, targets=(goal,))["survival"]

    (curve,) = found.lines
    assert curve.points == ((0.0, 100.0), (100.0, 99.0), (300.0, 99.0))
    assert [x for x, _low, _high in curve.band] == [0.0, 100.0, 300.0]
    assert all(low < 99.0 < high for x, low, high in curve.band if x)
    assert found.limits == (("survival_5m > 99%", 99.0),)
    assert "survival" not in drawn([turn(0.0, lasts=9.0, planned_ns=ns(300.0)) for _ in range(20)], plan)


def test_pushes_heartbeats_health_and_the_backend_are_drawn() -> None:
    records: Sequence[Record] = [
        Delivery(message="m", subscriber=1, received_ns=20_000_000),
        Delivery(message="m", subscriber=2, received_ns=10_000_000),
        Delivery(message="m", subscriber=3),
        Pool(metric="heartbeat.interval", counts={"99999": 3, "100004": 5}),
        Pool(metric="gap", counts={"500": 30}),
        Health(process="a", at_ns=1_000_000_000, seconds=1.0, cpu=0.25, lag_loop_max_ns=3_000_000),
        Reading(at_ns=-1_000_000_000, rss_bytes=5_000_000, phase="before"),
        Reading(at_ns=2_000_000_000, rss_bytes=9_000_000, cpu=0.5),
    ]

    found = drawn(records, heartbeat_seconds=10.0)

    assert line(found["push_by_subscriber"], "median").points == ((1.0, 10.0), (2.0, 20.0))
    assert "1 of them missing" in found["push_by_subscriber"].note
    assert sum(count for _at, count in found["heartbeat_interval"].lines[0].points) == 8
    assert found["heartbeat_jitter"].lines
    assert found["gaps"].lines[0].points[0] == (0.0, 50.05)
    assert found["generator_loop_lag"].lines[0].points == ((1.0, 3.0),)
    assert found["generator_cpu"].lines[0].points == ((1.0, 25.0),)
    assert found["backend_rss"].lines[0].points == ((-1.0, 5.0), (2.0, 9.0))
    assert found["backend_rss"].shaded == (("before", -1.0, -1.0),)
    assert found["backend_cpu"].lines[0].points == ((2.0, 50.0),)
    assert "backend_open_files" not in found


def test_nothing_measured_draws_nothing() -> None:
    assert drawn([]) == {}


def test_no_line_has_more_points_than_the_eye_sees_and_names_are_those_that_reports_know() -> None:
    found = drawn(list(steady_run(3000, users=100, seconds=900.0)), heartbeat_seconds=1.0)

    assert max(len(entry.points) for chart in found.values() for entry in chart.lines) <= 400
    assert set(found) <= {chart.name for chart in load_charts()}
    assert Counter(chart.name for chart in load_charts()).most_common(1)[0][1] == 1


@pytest.mark.parametrize("operation", ["poll", "session", "token", "generate", "probe"])
def test_requests_have_their_own_distribution(operation: str) -> None:
    found = drawn([turn(10.0, operation=operation, ttft=None, lasts=0.101) for _ in range(10)])

    assert line(found[f"{operation}_spectrum"], "all").points[0] == (0.0, 100.0)
    assert line(found[f"{operation}_over_time"], "p50").points == ((10.5, 100.0),)
