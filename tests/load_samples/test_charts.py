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
from chatproof.load_run.thinning import nice_width, thinned, thinned_steps
from chatproof.samples import Delivery, Health, Pool, Reading
from chatproof.samples.collected import Collected
from chatproof.targets import parse_target
from support.load_charts import load_charts
from support.load_samples import ns, steady_run, turn

if TYPE_CHECKING:
    from chatproof.load_facts import Chart, Line
    from chatproof.samples import Record

PLAN = Plan(warm_up_seconds=5.0, run_time_seconds=60.0)
LEVELS = st.lists(st.integers(0, 50), min_size=1, max_size=300)


def drawn(records: list[Record], plan: Plan = PLAN, **options: object) -> dict[str, Chart]:
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


@given(LEVELS, st.integers(3, 40))
def test_thinned_steps_keep_the_peak_and_the_end(levels: list[int], most: int) -> None:
    moments = [at * 3 for at in range(len(levels))]

    kept = thinned_steps(moments, levels, most)

    assert len(kept) <= max(most, 1)
    assert max(level for _at, level in kept) == max(levels)
    assert kept[-1] == (moments[-1], levels[-1])
    assert [at for at, _level in kept] == sorted({at for at, _level in kept})


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


def test_percentiles_over_time_leave_out_windows_that_failed() -> None:
    samples = [turn(1.25, ttft=0.1), turn(30.25, ttft=0.2), turn(30.3, ttft=0.4), turn(59.0, cause="reset", ttft=None)]

    found = drawn(samples)["ttft_over_time"]

    assert line(found, "p50").points == ((1.25, 100.0), (30.25, 200.0))
    assert line(found, "p99").points == ((1.25, 100.0), (30.25, 400.0))
    assert found.shaded == (("warm-up", 0.0, 5.0),)


def test_open_streams_step_up_and_down() -> None:
    found = drawn([turn(10.0, ttft=0.999, lasts=3.0), turn(12.0, cause="reset", lasts=4.0)])["active_streams"]

    assert line(found, "open").points == ((10.0, 1.0), (12.0, 2.0), (13.0, 1.0), (16.0, 0.0))
    assert line(found, "past the first token or frame, and well").points == ((11.0, 1.0), (13.0, 0.0))


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

    found = drawn([*lasting, turn(0.0, lasts=100.0, planned_ns=ns(300.0), cause="cut")], plan)["survival"]

    (curve,) = found.lines
    assert curve.points == ((0.0, 100.0), (100.0, 99.0), (300.0, 99.0))
    assert [x for x, _low, _high in curve.band] == [0.0, 100.0, 300.0]
    assert all(low < 99.0 < high for x, low, high in curve.band if x)
    assert found.limits == (("99 %", 99.0),)


def test_pushes_heartbeats_health_and_the_backend_are_drawn() -> None:
    records: list[Record] = [
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
    found = drawn([turn(10.0, operation=operation, ttft=None, lasts=0.101)])

    assert line(found[f"{operation}_spectrum"], "all").points[0] == (0.0, 100.0)
    assert line(found[f"{operation}_over_time"], "p50").points == ((10.05, 100.0),)
