"""Counts of what should never be: doubled and reordered messages, lost ones, missed heartbeats, broken streams."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from chatproof.comparison.counts import events, size_of
from chatproof.comparison.figures import NO_DIFFERENCE, WORSE, Rules, figure_changes
from chatproof.comparison.resampling import of_count
from chatproof.load_plan import Plan
from chatproof.samples.collected import Collected
from chatproof.samples.records import Delivery, Resumption, Sample
from support.compared_runs import loaded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.comparison.values import Given
    from chatproof.samples import Record

FAN_OUT = Plan(users=20, warm_up_seconds=0.0, run_time_seconds=100.0, workload="fan-out", profile="agent-stream")
SUBSCRIBERS = 20


def pushed(doubled: Iterable[tuple[int, int]] = ()) -> Given:
    """Three hundred messages to each subscriber; `doubled` are those that came twice, by message and subscriber."""
    twice = set(doubled)
    records: list[Record] = [
        Delivery(
            message=f"m{message}",
            subscriber=subscriber,
            published_ns=message * 100_000_000,
            acknowledged_ns=message * 100_000_000 + 1,
            received_ns=message * 100_000_000 + 5_000_000,
            deadline_ns=message * 100_000_000 + 5_000_000_000,
            doubles=int((message, subscriber) in twice),
        )
        for message in range(300)
        for subscriber in range(SUBSCRIBERS)
    ]
    return loaded(records, only=("push.doubles",), plan=FAN_OUT)


def verdict_of(run: Given) -> str:
    (found,) = figure_changes(pushed(), run, rules=Rules()).changes
    assert found.interval
    assert (found.name, found.base) == ("push.doubles", 0.0)
    return found.verdict


def test_messages_that_come_twice_now_are_worse() -> None:
    assert verdict_of(pushed((message, message % SUBSCRIBERS) for message in range(0, 300, 10))) == WORSE


def test_one_message_that_all_got_twice_says_as_little_as_one() -> None:
    assert verdict_of(pushed((7, subscriber) for subscriber in range(SUBSCRIBERS))) == NO_DIFFERENCE
    assert verdict_of(pushed([(7, 1)])) == NO_DIFFERENCE
    assert verdict_of(pushed()) == NO_DIFFERENCE


@pytest.mark.parametrize("sizes", [[1.0] * 400, [20.0] * 20, [1.0] * 40 + [3.0] * 20 + [9.0] * 10])
def test_a_count_varies_as_the_events_that_it_consists_of(sizes: list[float]) -> None:
    size = size_of(sizes)
    assert size
    chance = Random(5)  # noqa: S311 - samples that can be repeated
    drawn = [of_count(math.fsum(sizes), size)(chance) for _ in range(20_000)]

    mean = math.fsum(drawn) / len(drawn)
    assert mean == pytest.approx(math.fsum(sizes) + size / 2, rel=0.02)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in drawn) / len(drawn))
    assert spread == pytest.approx(math.sqrt(math.fsum(one * one for one in sizes)), rel=0.05)


def test_each_count_is_the_sum_of_its_events_outside_the_warm_up() -> None:
    sample = Sample(workload="chat-turns", operation="turn", beats_missed=3, violations=("SSE-FRAME-01", "SSE-TYPE-01"))
    drop = Resumption(cause="cut", reconnected_ns=5, missing=4, doubles=2, reordered=1)
    delivery = Delivery(message="a", subscriber=1, doubles=2, reordered=True)
    found = Collected([sample, drop, delivery, replace(delivery, subscriber=2)])
    early = Collected([replace(record, warm_up=True) for record in (sample, drop, delivery)])

    expected = {
        "push.doubles": [4.0],
        "push.reorders": [2.0],
        "resume.missing": [4.0],
        "resume.doubles": [2.0],
        "resume.reorders": [1.0],
        "heartbeat.missed": [3.0],
        "violations": [1.0],
    }
    assert {name: events(name, found) for name in expected} == expected
    assert {name: events(name, early) for name in expected} == {name: [] for name in expected}


def test_a_subscriber_that_never_came_back_leaves_no_count() -> None:
    assert events("resume.missing", Collected([Resumption(cause="cut", missing=1)])) is None
