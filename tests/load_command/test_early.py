from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from chatproof.load_plan import Plan
from chatproof.load_run.early import Early
from chatproof.samples.collected import Collected
from chatproof.samples.records import Sample
from chatproof.targets import Target, parse_target

PLAN = Plan(warm_up_seconds=0.0)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds pass between any two looks at the clock."""
    moments: Iterator[float] = iter(range(0, 10**6, 2))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moments)))


def collected(*, good: int = 0, failed: int = 0, ttft_ms: int = 20) -> Collected:
    found = Collected()
    for number in range(good + failed):
        bad = number >= good
        found.add(
            Sample(
                workload="chat-turns",
                operation="turn",
                start_ns=number * 1_000_000 + 1,
                sent_ns=number * 1_000_000 + 1,
                token_ns=None if bad else number * 1_000_000 + ttft_ms * 1_000_000,
                end_ns=number * 1_000_000 + 900_000_000,
                cause="reset" if bad else "",
            )
        )
    return found


def early(*targets: Target) -> Early:
    return Early(targets, PLAN, heartbeat_seconds=None)


ERRORS = parse_target("error_rate", "< 1%")


def test_a_target_that_is_surely_not_met_is_told() -> None:
    found = early(ERRORS).broken(collected(good=5, failed=20))
    assert found is not None
    assert (found.target, found.verdict) == (ERRORS.text, "not_met")


@pytest.mark.parametrize(("good", "failed"), [(0, 0), (20, 0), (1000, 0), (20, 1)])
def test_what_is_met_or_open_ends_nothing(good: int, failed: int) -> None:
    assert early(ERRORS).broken(collected(good=good, failed=failed)) is None


def test_a_peak_may_still_rise() -> None:
    assert early(parse_target("concurrency", ">= 100")).broken(collected(good=50)) is None


def test_what_one_look_at_the_end_would_call_not_met_ends_no_run() -> None:
    assert early(ERRORS).broken(collected(good=96, failed=4)) is None
    assert early(ERRORS).broken(collected(good=85, failed=15)) is not None


def test_the_generators_own_error_counts() -> None:
    target = parse_target("ttft.p95", "< 350ms")
    errors = [{"metric": "ttft", "error_ms": 2.0}]
    proof = {"levels": [{"streams": 100, "forms": ["chunked"], "errors": errors, "worst_ms": {}}]}

    def judged(ttft_ms: int) -> object:
        judging = Early((target,), PLAN, heartbeat_seconds=None, proof=proof)
        return judging.broken(collected(good=200, ttft_ms=ttft_ms))

    assert judged(351) is None
    assert judged(353) is not None


def test_a_percentile_is_judged_by_its_bounds() -> None:
    target = parse_target("ttft.p95", "< 350ms")
    assert early(target).broken(collected(good=10, ttft_ms=349)) is None
    assert early(target).broken(collected(good=300, ttft_ms=351)) is not None


def test_judging_that_breaks_is_told_and_costs_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_rest: object, **_more: object) -> None:
        raise ZeroDivisionError("so many")

    monkeypatch.setattr("chatproof.load_run.early.measure", broken)
    judge = early(ERRORS)
    assert judge.broken(collected(failed=30)) is None
    assert judge.trouble == "ZeroDivisionError: so many"
