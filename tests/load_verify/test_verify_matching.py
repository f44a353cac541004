from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from chatproof.load_run.verify_errors import compare, limit_seconds, worst_errors
from chatproof.load_run.verify_level import FORMS, Level, measure_level
from chatproof.load_run.verify_match import match
from chatproof.samples.collected import Collected

from .proofs import MS, ZERO_NS, pools, row, sample, start


def test_a_stream_is_found_by_its_port() -> None:
    samples, rows = [sample(1), sample(2)], [row(2), row(1)]
    matched = match(samples, rows, zero_ns=ZERO_NS)

    assert [(one.local_port, truth["port"]) for one, truth in matched.pairs] == [(1, 1), (2, 2)]
    assert (matched.samples, matched.rows) == ((), ())


def test_on_a_port_that_is_used_again_the_nearest_time_decides() -> None:
    samples = [sample(1, sent_ms=at) for at in (0, 2000, 4000)]
    rows = [row(1, receipt_ms=at) for at in (4001, 1, 2001)]
    matched = match(samples, rows, zero_ns=ZERO_NS)

    assert {one.sent_ns: truth["receipt_ns"] - ZERO_NS for one, truth in matched.pairs} == {
        0: 1 * MS,
        2000 * MS: 2001 * MS,
        4000 * MS: 4001 * MS,
    }


def test_of_two_that_want_the_same_the_nearer_one_has_it() -> None:
    matched = match([sample(1, sent_ms=0), sample(1, sent_ms=2000)], [row(1, receipt_ms=2001)], zero_ns=ZERO_NS)

    assert [one.sent_ns for one, _ in matched.pairs] == [2000 * MS]
    assert [one.sent_ns for one in matched.samples] == [0]


def test_who_has_no_partner_is_told() -> None:
    matched = match([sample(1), sample(2), sample(3, sent_ns=None)], [row(2), row(4)], zero_ns=ZERO_NS)

    assert [one.local_port for one in matched.samples] == [1]
    assert [truth["port"] for truth in matched.rows] == [4]


def test_times_far_apart_are_not_one_request() -> None:
    assert match([sample(1)], [row(1, receipt_ms=60_000)], zero_ns=ZERO_NS).pairs == ()


def errors_of(pairs: Any, **options: Any) -> dict[tuple[str, str], float]:
    values = {"pools": {}, "rows": [], **options}
    return {(entry.metric, entry.statistic): round(entry.error * 1e3, 6) for entry in compare(pairs, **values)}


def test_the_error_of_each_percentile_is_what_was_added_there() -> None:
    true = [100.0 + number for number in range(100)]
    late = [value + (3.0 if number >= 97 else 0.5) for number, value in enumerate(true)]
    pairs = [(sample(1, ttft_ms=ours), row(1, ttft_ms=theirs)) for ours, theirs in zip(late, true, strict=True)]

    found = errors_of(pairs)
    assert (found["ttft", "p50"], found["ttft", "p95"], found["ttft", "p99"]) == (0.5, 0.5, 3.0)
    assert found["e2e", "p99"] == 0
    assert worst_errors(pairs)["ttft"] == pytest.approx(0.003)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"cause": "cut"}, {}),
        ({"censored": True}, {}),
        ({"aborted": True}, {}),
        ({}, {"end": "client"}),
    ],
)
def test_only_what_ended_well_is_compared(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    pairs = [(sample(1, ttft_ms=900.0, **ours), row(1, **theirs)), (sample(1), row(1))]
    assert errors_of(pairs)["ttft", "p99"] == 0
    assert errors_of(pairs[:1]) == {}


def test_the_longest_silences_of_streams_are_compared() -> None:
    pairs = [(sample(1, gap_max_ns=53 * MS, beat_gap_max_ns=404 * MS), row(1))]
    found = errors_of(pairs)

    assert found["gap.worst", "p99"] == 2
    assert found["heartbeat.gap", "p99"] == 4
    assert worst_errors(pairs)["heartbeat.gap"] == pytest.approx(0.004)


def test_pools_are_compared_with_all_gaps_of_the_truth() -> None:
    counts = {"gap": Counter({500: 1, 530: 1}), "heartbeat.interval": Counter({4000: 1})}
    found = errors_of([], pools=counts, rows=[row(1)])

    assert found["gap", "p50"] == 0.05
    assert found["gap", "p99"] == 2.05
    assert found["heartbeat.interval", "p99"] == 0.05


def test_limits_are_those_that_are_told() -> None:
    assert limit_seconds("ttft", at_once=False) == 0.002
    assert limit_seconds("ttft", at_once=True) == 0.005
    assert limit_seconds("heartbeat.interval", at_once=False) == 0.005


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("100", Level(streams=100)),
        ("7@once", Level(streams=7, at_once=True)),
        ("21@forms", Level(streams=21, forms=FORMS)),
    ],
)
def test_a_level_has_a_name(name: str, level: Level) -> None:
    assert Level.named(name) == level
    assert level.name == name


@pytest.mark.parametrize("name", ["", "x", "-1", "0", "1e3", "100@", "100@twice", "@once", "5001", "\u0663"])
def test_what_names_no_level_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no level|is not between"):
        Level.named(name)


def a_run(*, ttft_error_ms: float = 0.2, **changes: Any) -> tuple[Collected, list[dict[str, Any]]]:
    """A run whose zero is now, with its truth on the clock of this machine."""
    offset = time.time_ns() - time.monotonic_ns()
    rows = [row(port, receipt_ms=port) for port in range(1, 101)]
    samples = [sample(port, sent_ms=port, ttft_ms=150 + ttft_error_ms, **changes) for port in range(1, 101)]
    return Collected([start(ZERO_NS + offset), *samples, *pools(rows)]), rows


def test_a_level_without_error_is_valid_and_within_its_limits() -> None:
    collected, rows = a_run()
    found = measure_level(Level(streams=100), collected=collected, rows=rows)

    assert (found["valid"], found["within"], found["matched"], found["lonely"]) == (True, True, 100, 0)
    ttft = [entry["error_ms"] for entry in found["errors"] if entry["metric"] == "ttft"]
    assert ttft == [0.2, 0.2, 0.2]
    assert found["worst_ms"]["ttft"] == 0.2
    assert {entry["metric"] for entry in found["errors"]} == {
        *("ttft", "e2e", "gap.worst", "heartbeat.gap", "gap", "heartbeat.interval")
    }


@pytest.mark.parametrize(
    ("error_ms", "at_once", "within"),
    [
        (1.9, False, True),
        (2.1, False, False),
        (-2.1, False, False),
        (4.9, True, True),
        (5.1, True, False),
    ],
)
def test_an_error_beyond_its_limit_is_not_within(error_ms: float, at_once: bool, within: bool) -> None:
    collected, rows = a_run(ttft_error_ms=error_ms)
    found = measure_level(Level(streams=100, at_once=at_once), collected=collected, rows=rows)
    assert (found["valid"], found["within"]) == (True, within)


def test_what_cannot_be_judged_is_not_valid_and_says_why() -> None:
    level = Level(streams=100)
    collected, rows = a_run()
    few = measure_level(level, collected=collected, rows=rows[:90])
    failed = measure_level(level, collected=a_run(cause="reset", detail="by peer")[0], rows=rows)
    nothing = measure_level(level, collected=Collected(), rows=[])
    thin = measure_level(Level(streams=200), collected=collected, rows=rows)
    known = measure_level(level, collected=collected, rows=rows, trouble=["it was lost"])

    assert not any(found["valid"] for found in (few, failed, nothing, thin, known))
    assert "10 streams are known to one side only" in few["reasons"]
    assert "100 streams failed, such as reset: by peer" in failed["reasons"]
    assert nothing["reasons"] == ["no stream ended well"]
    assert thin["reasons"] == ["only 100 of 200 streams were open at once: measure for a longer time"]
    assert known["reasons"] == ["it was lost"]
