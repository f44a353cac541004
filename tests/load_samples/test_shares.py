from __future__ import annotations

from typing import Any

import pytest

from chatproof.load_plan import Plan
from chatproof.metrics.measured import Absent, Figure, Series, Share
from chatproof.metrics.values import measure
from chatproof.samples import Delivery, Pool, Resumption, Sample
from chatproof.samples.collected import Collected
from chatproof.targets import parse_target
from support.load_samples import ns, turn

PLAN = Plan(warm_up_seconds=0.0, run_time_seconds=10.0)


def found(records: list[Any], metric: str, **more: Any) -> Any:
    return measure(Collected(records), PLAN, metric=metric, **more)


def test_the_error_rate_leaves_out_what_we_ended_and_what_was_our_own() -> None:
    samples = [
        turn(),
        turn(),
        turn(cause="reset"),
        turn(cause="error_event", aborted=True),
        turn(censored=True),
        turn(aborted=True),
        turn(cause="ours"),
        turn(cause="reset", warm_up=True),
        turn(operation="token", cause="status"),  # beside streams, requests do not dilute the rate
    ]

    assert found(samples, "error_rate") == Share(hits=2, n=4)
    assert found(samples, "error_rate", tag="nobody") == Share(hits=0, n=0)


def test_without_streams_the_error_rate_is_that_of_requests() -> None:
    samples = [turn(operation="poll"), turn(operation="token", cause="status"), turn(operation="probe", cause="reset")]

    assert found(samples, "error_rate") == Share(hits=1, n=2)


def test_retries_of_the_client_and_of_the_provider() -> None:
    samples = [turn(retries=2, provider_retries=0), turn(cause="reset", retries=1, provider_retries=3), turn()]

    assert found(samples, "retry_rate.client") == Share(hits=2, n=3)
    assert found(samples, "retry_rate.provider") == Share(hits=1, n=2)
    logged = [turn(), Pool(metric="retries.provider", counts={"0": 8, "2": 2})]
    assert found(logged, "retry_rate.provider") == Share(hits=2, n=10)
    absent = found([turn()], "retry_rate.provider")
    assert isinstance(absent, Absent)
    assert "retry_field" in absent.declare


def test_stalls_bursts_and_missed_heartbeats() -> None:
    samples = [turn(stalls=3, beats_missed=2), turn(beats_missed=1), turn(ttft=None, cause="reset", headers_ns=None)]
    gaps = [Pool(metric="gap", counts={"9": 3, "10": 5, "400": 2})]

    assert found(samples, "stall") == Share(hits=1, n=2)
    assert found(gaps, "burst_ratio") == Share(hits=3, n=10)
    assert found(samples, "heartbeat.missed", heartbeat_seconds=1.0) == Figure(value=3.0, n=2)
    assert isinstance(found(samples, "heartbeat.missed"), Absent)


def test_good_streams_keep_every_target_that_one_stream_can_keep() -> None:
    targets = tuple(
        parse_target(name, condition)
        for name, condition in (
            ("ttft.p95", "< 350ms"),
            ("ttft[memory].p95", "<= 250ms"),
            ("silence_max.p99", "< 1s"),
            ("error_rate", "< 1%"),
            ("concurrency", ">= 100"),
        )
    )
    samples = [
        turn(1.0, ttft=0.34),
        turn(1.0, ttft=0.35),
        turn(1.0, ttft=0.25, tags=("memory",)),
        turn(1.0, ttft=0.251, tags=("memory",)),
        turn(1.0, silence_max_ns=ns(1.0)),
        turn(1.0, cause="reset"),
        turn(8.0, censored=True, lasts=2.0),
    ]

    assert found(samples, "attainment", targets=targets) == Share(hits=2, n=6)
    assert found(samples, "goodput", targets=targets) == Figure(value=0.2, n=6)
    assert found(samples, "goodput") == Figure(value=0.5, n=6)


def test_tokens_and_cost_are_those_of_the_whole_run() -> None:
    samples = [turn(tokens_out=10, cost_usd=0.5, warm_up=True), turn(tokens=7, cost_usd=0.25), turn(tokens=1)]

    assert found(samples, "tokens") == Figure(value=18.0, n=3)
    assert found(samples, "cost") == Figure(value=0.75, n=2)
    assert isinstance(found([turn()], "cost"), Absent)


def test_bytes_per_stream_and_per_message() -> None:
    records = [
        turn(bytes=100, tokens=4),
        turn(bytes=300, cause="reset"),
        turn(operation="subscription", ttft=None, bytes=60, tokens=0, user=3, process="a"),
        *[Delivery(message=f"m{number}", subscriber=3, process="a", received_ns=1) for number in range(3)],
        Delivery(message="m9", subscriber=3, process="a"),
    ]

    assert found(records, "bytes_per_stream") == Series(values=(60.0, 100.0))
    assert found(records, "bytes_per_message") == Series(values=(20.0, 25.0))


def delivery(message: str, subscriber: int, after: float | None, **fields: Any) -> Delivery:
    return Delivery(
        message=message,
        subscriber=subscriber,
        published_ns=ns(5.0) or 0,
        received_ns=None if after is None else ns(5.0 + after),
        **fields,
    )


def test_pushes_are_measured_per_delivery_and_per_message() -> None:
    records = [
        delivery("one", 1, 0.030),
        delivery("one", 2, 0.010, doubles=2),
        delivery("one", 3, 0.020, reordered=True),
        delivery("two", 1, 0.040),
        delivery("two", 2, None),
        delivery("three", 1, 0.001, warm_up=True),
    ]

    assert found(records, "push") == Series(values=(1e7, 2e7, 3e7, 4e7), infinite=1)
    assert found(records, "push.first") == Series(values=(1e7, 4e7))
    assert found(records, "push.median") == Series(values=(2e7, 4e7))
    assert found(records, "push.last") == Series(values=(3e7,), infinite=1)
    assert found(records, "push.spread") == Series(values=(2e7,), infinite=1)
    assert found(records, "delivery_ratio") == Share(hits=4, n=5)
    assert found(records, "push.doubles") == Figure(value=2.0, n=5)
    assert found(records, "push.reorders") == Figure(value=1.0, n=5)


def test_resumptions() -> None:
    def drop(delay: float | None, caught_up: float | None = None, **fields: Any) -> Resumption:
        return Resumption(
            cause="cut",
            dropped_ns=ns(5.0) or 0,
            reconnected_ns=None if delay is None else ns(5.0 + delay),
            caught_up_ns=None if caught_up is None else ns(5.0 + caught_up),
            **fields,
        )

    records = [
        drop(0.1),  # nothing was missed
        drop(0.2, 0.5, doubles=1),
        drop(0.3, missing=4),
        drop(None, missing=0, reordered=2),
        drop(9.0, warm_up=True, missing=100),
    ]

    assert found(records, "resume.delay") == Series(values=(1e8, 2e8, 3e8), infinite=1)
    assert found(records, "resume.catch_up") == Series(values=(5e8,), infinite=2)
    assert found(records, "resume.missing") == Figure(value=4.0, n=4)
    assert found(records, "resume.doubles") == Figure(value=1.0, n=4)
    assert found(records, "resume.reorders") == Figure(value=2.0, n=4)


@pytest.mark.parametrize("metric", ["push", "resume.delay", "gap", "burst_ratio", "backend.rss"])
def test_what_has_no_tags_says_so_instead_of_giving_all(metric: str) -> None:
    records: list[Any] = [delivery("one", 1, 0.1), Sample(workload="w", operation="turn")]

    assert isinstance(found(records, metric, tag="memory"), Absent)
