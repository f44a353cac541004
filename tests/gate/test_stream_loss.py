"""Streams that are lost early, and streams that broke a rule: what counts, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatproof.load_plan import Plan
from chatproof.metrics.measured import Figure, Share
from chatproof.metrics.values import measure
from chatproof.samples.collected import Collected
from chatproof.samples.records import Sample

SECOND = 1_000_000_000
WELL = Sample(
    workload="chat-turns",
    operation="turn",
    start_ns=3 * SECOND,
    sent_ns=3 * SECOND,
    headers_ns=3 * SECOND + 1,
    frame_ns=3 * SECOND + 2,
    token_ns=3 * SECOND + 3,
    last_ns=3 * SECOND + 4,
    terminal_ns=3 * SECOND + 5,
    end_ns=3 * SECOND + 6,
    status=200,
)
BROKEN = replace(WELL, terminal_ns=None)


def measured(metric: str, *samples: Sample) -> Share | Figure:
    collected = Collected()
    for sample in samples:
        collected.add(sample)
    found = measure(collected, Plan(run_time_seconds=20.0, warm_up_seconds=0.0), metric=metric)
    assert isinstance(found, Share | Figure)
    return found


@pytest.mark.parametrize("cause", ["cut", "reset", "idle", "no_terminal", "no_token"])
def test_a_stream_that_broke_off_is_lost(cause: str) -> None:
    assert measured("early_loss", WELL, replace(BROKEN, cause=cause)) == Share(hits=1, n=2)


@pytest.mark.parametrize("cause", ["error_event", "timeout", "wrong_type", "no_token"])
def test_what_came_to_its_end_or_took_too_long_is_not_lost(cause: str) -> None:
    assert measured("early_loss", WELL, replace(WELL, cause=cause)) == Share(hits=0, n=2)


@pytest.mark.parametrize("status", [None, 500])
def test_what_had_not_begun_is_no_stream(status: int | None) -> None:
    refused = replace(BROKEN, cause="reset", status=status, headers_ns=None if status is None else WELL.headers_ns)
    assert measured("early_loss", WELL, refused) == Share(hits=0, n=1)


def test_what_we_ended_does_not_count_unless_it_had_stood_still() -> None:
    ended = replace(BROKEN, censored=True, end_ns=5 * SECOND)
    standing = replace(BROKEN, censored=True, end_ns=15 * SECOND)
    assert measured("early_loss", WELL, ended) == Share(hits=0, n=1)
    assert measured("early_loss", WELL, standing) == Share(hits=1, n=2)


def test_a_subscription_counts_while_it_is_open() -> None:
    still_open = replace(BROKEN, operation="subscription", censored=True, planned_ns=60 * SECOND)
    cut = replace(still_open, censored=False, cause="cut")
    assert measured("early_loss", still_open, cut) == Share(hits=1, n=2)


def test_violations_are_counted_in_streams_that_were_judged() -> None:
    judged = replace(WELL, judged=True)
    broken = replace(judged, violations=("SSE-ID-01", "AICHAT-EVT-02"))
    assert measured("violations", WELL, judged, broken, broken) == Figure(value=2.0, n=3)
    assert measured("violations", WELL).n == 0
