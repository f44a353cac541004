from __future__ import annotations

from typing import Any

import pytest

from chatproof.load_plan import Plan
from chatproof.metrics.durations import unseen
from chatproof.metrics.measured import Absent, Series
from chatproof.metrics.table import METRICS
from chatproof.metrics.values import measure
from chatproof.samples import Pool, Sample
from chatproof.samples.collected import Collected
from support.load_samples import ns, turn

PLAN = Plan()
OPEN = Plan(arrivals="poisson", rate=10.0)


def series(samples: list[Sample], metric: str, *, tag: str = "", plan: Plan = PLAN, **more: Any) -> Series:
    found = measure(Collected(samples), plan, metric=metric, tag=tag, **more)
    assert isinstance(found, Series), found
    return found


def ms(found: Series) -> list[float]:
    return [round(value / 1e6, 6) for value in found.values]


def test_moments_count_from_the_last_byte_of_the_request() -> None:
    samples = [turn(10.0, ttft=0.3, lasts=2.0), turn(11.0, ttft=0.1, lasts=4.0)]

    assert ms(series(samples, "headers")) == [10.0, 10.0]
    assert ms(series(samples, "first_frame")) == [20.0, 20.0]
    assert ms(series(samples, "ttft")) == [100.0, 300.0]
    assert ms(series(samples, "e2e")) == [1994.0, 3994.0]


def test_an_open_loop_also_counts_from_the_schedule() -> None:
    samples = [turn(10.0, ttft=0.3, scheduled_ns=ns(9.5))]

    assert ms(series(samples, "ttft_sched", plan=OPEN)) == [801.0]
    assert ms(series(samples, "e2e_sched", plan=OPEN)) == [2495.0]
    absent = measure(Collected(samples), PLAN, metric="ttft_sched")
    assert isinstance(absent, Absent)
    assert "arrivals" in absent.declare


def test_a_stream_that_failed_is_infinite_even_after_its_first_token() -> None:
    samples = [turn(), turn(cause="reset"), turn(ttft=None, cause="status", status=503)]

    for metric in ("headers", "first_frame", "ttft", "tpot", "e2e"):
        found = series(samples, metric)
        assert (len(found.values), found.infinite) == (1, 2), metric
        assert found.percentile(95) == float("inf")


def test_a_stream_that_is_said_to_be_well_but_has_no_token_is_infinite() -> None:
    found = series([turn(), turn(ttft=None)], "ttft")

    assert (len(found.values), found.infinite) == (1, 1)


def test_the_warm_up_and_our_own_failures_are_no_samples() -> None:
    found = series([turn(), turn(warm_up=True, ttft=9.0), turn(cause="ours", ttft=None)], "ttft")

    assert ms(found) == [200.0]
    assert found.infinite == 0


def test_a_stream_that_we_ended_counts_if_its_token_had_come() -> None:
    samples = [
        turn(ttft=0.2),
        turn(ttft=0.4, censored=True, terminal_ns=None),
        turn(ttft=0.5, aborted=True, terminal_ns=None),
        turn(ttft=None, censored=True, lasts=0.3),
        turn(ttft=None, aborted=True, lasts=9.0),
    ]
    collected = Collected(samples)

    assert ms(series(samples, "ttft")) == [200.0, 400.0, 500.0]
    assert series(samples, "ttft").infinite == 0
    assert unseen(collected, metric="ttft", tag="") == 2
    assert ms(series(samples, "e2e")) == [1994.0]
    assert series(samples, "e2e").infinite == 0


def test_a_stream_that_hung_up_to_the_planned_end_is_no_end_of_the_run() -> None:
    hung = turn(20.0, ttft=None, censored=True, lasts=5.0)

    found = series([turn(ttft=0.2), turn(ttft=0.4), hung], "ttft")

    assert (ms(found), found.infinite) == ([200.0, 400.0], 1)
    only = series([hung], "ttft")  # nothing came at all: no sample, so nothing is met
    assert only.n == 0


def test_an_answer_that_takes_far_longer_than_all_others_counts_with_the_time_it_had_taken() -> None:
    longer = turn(20.0, censored=True, terminal_ns=None, lasts=30.0)
    usual = turn(20.0, censored=True, terminal_ns=None, lasts=3.0)

    found = series([turn(lasts=2.0), longer, usual], "e2e")

    assert (ms(found), found.infinite) == ([1994.0, 29_999.0], 0)


def test_a_token_that_did_not_come_any_more_was_waited_for() -> None:
    hung = turn(10.0, gap_max_ns=ns(0.5), lasts=20.0, censored=True, terminal_ns=None, last_ns=ns(12.0))
    reset = turn(10.0, lasts=20.0, cause="reset", terminal_ns=None, last_ns=ns(27.0))
    left = turn(10.0, gap_max_ns=ns(0.1), lasts=20.0, aborted=True, terminal_ns=None, last_ns=ns(12.0))

    assert ms(series([turn(gap_max_ns=ns(0.2)), hung, reset, left], "gap.worst")) == [100.0, 200.0, 3000.0, 18_000.0]


def test_tags_and_workloads_divide() -> None:
    samples = [
        turn(ttft=0.2, tags=("memory",)),
        turn(ttft=0.3, tags=("plain",)),
        turn(ttft=0.4, workload="soak"),
    ]

    assert ms(series(samples, "ttft", tag="memory")) == [200.0]
    assert ms(series(samples, "ttft", tag="soak")) == [400.0]
    assert series(samples, "ttft", tag="nobody").n == 0


def test_time_per_token_takes_the_tokens_of_usage() -> None:
    samples = [
        turn(token_ns=ns(1.0), last_ns=ns(3.0), tokens=5),
        turn(token_ns=ns(1.0), last_ns=ns(3.0), tokens=5, tokens_out=11),
        turn(tokens=1),
    ]

    assert ms(series(samples, "tpot")) == [200.0, 500.0]


def test_silences_are_those_that_were_seen_whatever_became_of_the_stream() -> None:
    samples = [
        turn(silence_max_ns=ns(1.0), gap_max_ns=ns(0.5), beat_gap_max_ns=ns(10.0), beats=3),
        turn(silence_max_ns=ns(3.0), cause="reset", beat_gap_max_ns=ns(16.0), lasts=16.1),
        turn(cause="status", ttft=None),
        turn(beat_gap_max_ns=ns(1.9)),  # too short to say anything of heartbeats
    ]

    assert ms(series(samples, "silence_max")) == [1000.0, 3000.0]
    assert ms(series(samples, "gap.worst")) == [500.0]
    found = series(samples, "heartbeat.gap", heartbeat_seconds=10.0)
    assert (ms(found), found.infinite) == ([10_000.0, 16_000.0], 0)


def test_a_long_stream_without_an_account_of_heartbeats_was_silent_all_the_time() -> None:
    samples = [turn(10.0, lasts=30.0), turn(10.0, lasts=2.0)]

    assert ms(series(samples, "heartbeat.gap", heartbeat_seconds=10.0)) == [29_989.0]
    absent = measure(Collected(samples), PLAN, metric="heartbeat.gap")
    assert isinstance(absent, Absent)
    assert "heartbeat" in absent.declare


@pytest.mark.parametrize("operation", ["poll", "session", "refresh", "token", "generate", "probe"])
def test_requests_last_to_the_end_of_their_answer(operation: str) -> None:
    request: dict[str, Any] = {"operation": operation, "ttft": None}
    samples = [
        turn(1.0, lasts=0.101, **request),
        turn(1.0, lasts=0.301, cause="timeout", **request),
        turn(1.0, lasts=0.05, censored=True, **request),
        turn(1.0),
    ]

    found = series(samples, operation)

    assert (ms(found), found.infinite) == ([100.0], 1)


def test_a_pool_stands_for_the_middle_of_its_steps() -> None:
    collected = Collected([Pool(metric="gap", counts={"0": 1, "499": 8, "9": 1})])

    found = measure(collected, PLAN, metric="gap")

    assert isinstance(found, Series)
    assert list(found.values) == [50_000.0, 950_000.0, *[49_950_000.0] * 8]
    assert (found.n, found.step, found.at(1), found.at(10)) == (10, 100_000, 50_000.0, 49_950_000.0)
    assert [found.percentile(percent) for percent in (10, 20, 21, 100)] == [5e4, 9.5e5, 4.995e7, 4.995e7]


def test_jitter_is_the_distance_from_the_declared_interval() -> None:
    collected = Collected([Pool(metric="heartbeat.interval", counts={"99999": 1, "100099": 1, "89999": 1})])

    found = measure(collected, PLAN, metric="heartbeat.jitter", heartbeat_seconds=10.0)

    assert isinstance(found, Series)
    assert [round(value / 1e6, 2) for value in found.values] == [0.05, 9.95, 1000.05]
    assert isinstance(measure(collected, PLAN, metric="heartbeat.jitter"), Absent)


def test_memory_is_what_the_answers_or_the_log_tell() -> None:
    told = measure(Collected([turn(memory_ns=ns(0.15)), turn()]), PLAN, metric="memory")
    logged = measure(Collected([turn(), Pool(metric="memory", counts={"1500": 2})]), PLAN, metric="memory")
    nothing = measure(Collected([turn()]), PLAN, metric="memory")

    assert isinstance(told, Series)
    assert ms(told) == [150.0]
    assert isinstance(logged, Series)
    assert list(logged.values) == [150_050_000.0] * 2
    assert isinstance(nothing, Absent)
    assert "[observe]" in nothing.declare


def test_turns_without_memory_do_not_dilute_its_time() -> None:
    samples = [turn(tags=("memory",), memory_ns=ns(0.3)), turn(tags=("plain",), memory_ns=0)]

    assert ms(series(samples, "memory")) == [300.0]
    assert ms(series(samples[1:], "memory")) == [0.0]
    assert ms(series(samples, "memory", tag="plain")) == [0.0]


@pytest.mark.parametrize("metric", METRICS)
def test_nothing_measured_is_nothing_or_absent_and_never_an_error(metric: str) -> None:
    for plan in (PLAN, OPEN):
        found = measure(Collected(), plan, metric=metric, heartbeat_seconds=10.0)
        assert isinstance(found, Absent) or not found.n


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_says_what_it_is(metric: str) -> None:
    entry = METRICS[metric]

    assert entry.definition.endswith(".")
    assert entry.unit in {"ns", "B", "%", "1/s", "USD", "1"}
    assert entry.name == metric
