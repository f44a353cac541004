from __future__ import annotations

from dataclasses import replace
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


def test_turns_that_hung_up_to_the_end_of_the_run_failed() -> None:
    samples = [
        turn(gap_max_ns=ns(3.0)),
        turn(ttft=1.0),
        turn(20.0, lasts=40.0, censored=True, terminal_ns=None, last_ns=ns(53.9)),  # no token for 6.1 s
        turn(20.0, lasts=40.0, censored=True, terminal_ns=None, last_ns=ns(54.1)),  # 5.9 s: no twice as long
        turn(20.0, lasts=40.0, censored=True, ttft=None, headers_ns=None),
        turn(20.0, lasts=40.0, aborted=True, ttft=None),  # a user who stopped reading
        turn(57.0, lasts=3.0, censored=True, ttft=None),
    ]

    assert found(samples, "error_rate") == Share(hits=2, n=4)
    assert found(samples, "attainment") == Share(hits=2, n=4)
    polls = [turn(operation="poll", ttft=None, lasts=lasts, censored=lasts > 1.0) for lasts in (0.1, 6.0)]
    assert found(polls, "error_rate") == Share(hits=1, n=2)
    assert found(samples[2:], "error_rate") == Share(hits=0, n=0)  # nothing came to its end: nobody knows


def test_a_turn_that_hung_from_the_warm_up_to_the_end_failed() -> None:
    stuck = turn(1.0, lasts=59.0, warm_up=True, censored=True, ttft=None, headers_ns=None)
    going = turn(1.0, lasts=59.0, warm_up=True, censored=True, terminal_ns=None, last_ns=ns(59.0))
    samples = [turn(), turn(), stuck, going, turn(1.0, warm_up=True, cause="reset"), replace(stuck, operation="probe")]

    assert found(samples, "error_rate") == Share(hits=1, n=3)
    assert found([replace(stuck, headers_ns=ns(1.1)), turn()], "early_loss") == Share(hits=1, n=2)
    assert found([stuck, going], "error_rate") == Share(hits=0, n=0)


def test_streams_that_are_meant_to_stay_open_count_while_they_are() -> None:
    still_open = turn(operation="subscription", censored=True, ttft=None, planned_ns=ns(300.0), lasts=50.0)
    silent = turn(operation="subscription", censored=True, ttft=None, frame_ns=None, planned_ns=ns(300.0), lasts=50.0)
    refused = turn(operation="subscription", cause="status", ttft=None, frame_ns=None, planned_ns=ns(300.0))

    assert found([still_open] * 9 + [refused, silent], "error_rate") == Share(hits=1, n=10)


def test_in_a_mixed_load_each_part_has_its_own_error_rate() -> None:
    polls = [turn(operation="poll", workload="polling", cause=cause) for cause in ("", "", "status")]

    assert found([turn(), *polls], "error_rate", tag="polling") == Share(hits=1, n=3)
    assert found([turn(), *polls], "attainment", tag="polling") == Share(hits=2, n=3)
    assert found([turn(), *polls], "error_rate") == Share(hits=0, n=1)


def test_without_streams_the_error_rate_is_that_of_requests() -> None:
    samples = [turn(operation="poll"), turn(operation="token", cause="status"), turn(operation="probe", cause="reset")]

    assert found(samples, "error_rate") == Share(hits=1, n=2)


def test_retries_of_the_client_and_of_the_provider() -> None:
    samples = [turn(retries=2, provider_retries=0), turn(cause="reset", provider_retries=3), turn()]

    assert found(samples, "retry_rate.client") == Share(hits=2, n=3)
    assert found(samples, "retry_rate.provider") == Share(hits=1, n=2)
    logged = [turn(), Pool(metric="retries.provider", counts={"0": 8, "2": 2})]
    assert found(logged, "retry_rate.provider") == Share(hits=2, n=10)
    absent = found([turn()], "retry_rate.provider")
    assert isinstance(absent, Absent)
    assert "retry_field" in absent.declare


@pytest.mark.parametrize(
    ("status", "hits"),
    [(400, 0), (401, 0), (404, 0), (408, 1), (425, 1), (429, 1), (500, 1), (503, 1), (None, 1), (200, 1)],
)
def test_a_client_tries_again_what_may_go_well_then(status: int | None, hits: int) -> None:
    samples = [turn(), turn(cause="status", status=status, ttft=None)]

    assert found(samples, "retry_rate.client") == Share(hits=hits, n=2)
    assert found(samples, "error_rate") == Share(hits=1, n=2)


def test_stalls_bursts_and_missed_heartbeats() -> None:
    samples = [turn(stalls=3, beats_missed=2), turn(beats_missed=1), turn(ttft=None, cause="reset", headers_ns=None)]
    gaps = [Pool(metric="gap", counts={"9": 3, "10": 5, "400": 2})]

    assert found(samples, "stall") == Share(hits=1, n=2)
    assert found(gaps, "burst_ratio") == Share(hits=3, n=10)
    assert found(samples, "heartbeat.missed", heartbeat_seconds=1.0) == Figure(value=3.0, n=2)
    assert isinstance(found(samples, "heartbeat.missed"), Absent)


def test_a_stream_that_stopped_in_mid_answer_stalled() -> None:
    stopped = turn(cause="idle", terminal_ns=None, last_ns=ns(10.9))

    assert found([turn(), stopped], "stall") == Share(hits=1, n=2)


def test_short_streams_had_no_heartbeats_to_miss() -> None:
    assert found([turn(lasts=2.0)] * 9, "heartbeat.missed", heartbeat_seconds=10.0) == Figure(value=0.0, n=0)


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


def test_a_subscriber_whose_subscription_failed_is_owed_what_it_did_not_get() -> None:
    def subscribed(start: float, user: int, **fields: Any) -> Sample:
        values = {"workload": "fan-out", "user": user, "ttft": None, "planned_ns": ns(300.0), **fields}
        return turn(start, operation="subscription", **values)

    refused = {"cause": "status", "status": 503, "frame_ns": None, "lasts": 0.01}
    records = [
        subscribed(0.0, 1, lasts=60.0, censored=True),
        subscribed(0.0, 2, **refused),
        subscribed(2.5, 2, lasts=57.5, censored=True),  # it missed 1 and 2
        subscribed(0.0, 3, cause="cut", lasts=3.5),
        subscribed(4.5, 3, **refused),
        subscribed(5.5, 3, **refused),  # it missed 4 and 5, and nobody knows of 6 yet
        subscribed(0.0, 4, cause="ours", status=None, headers_ns=None, lasts=0.01),
        *[
            Delivery(
                message=f"0-{second}",
                subscriber=user,
                process="local",
                published_ns=second * 1_000_000_000,
                received_ns=second * 1_000_000_000 + 5_000_000,
            )
            for user, seconds in ((1, (1, 2, 3, 4, 5, 6)), (2, (3, 4, 5, 6)), (3, (1, 2, 3)))
            for second in seconds
        ],
    ]

    assert found(records, "push") == Series(values=(5e6,) * 13, infinite=4)
    assert found(records, "delivery_ratio", tag="fan-out") == Share(hits=13, n=17)
    assert found(records, "push.last") == Series(values=(5e6, 5e6), infinite=4)


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
    assert found(records, "resume.missing") == Figure(value=float("inf"), n=4)  # one was never resumed
    assert found([*records[:3], records[4]], "resume.missing") == Figure(value=4.0, n=3)
    assert found(records, "resume.missing", tag="reconnect") == found(records, "resume.missing")
    assert found(records, "resume.doubles") == Figure(value=1.0, n=4)
    assert found(records, "resume.reorders") == Figure(value=2.0, n=4)


@pytest.mark.parametrize("metric", ["push", "resume.delay", "gap", "burst_ratio", "backend.rss"])
def test_what_has_no_tags_says_so_instead_of_giving_all(metric: str) -> None:
    records: list[Any] = [delivery("one", 1, 0.1), Sample(workload="w", operation="turn")]

    assert isinstance(found(records, metric, tag="memory"), Absent)
