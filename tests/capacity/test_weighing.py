"""The verdict of one rung, from records made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from capacity.samples import rung, streams

from support.load_samples import turn


def test_a_rung_in_which_every_target_is_met_holds() -> None:
    found = rung(list(streams(40)), counted=40, level=40.0)
    one = found.rung
    assert (one.verdict, one.reason, one.limiting, one.steady) == ("holds", "every target is met", (), True)
    assert one.level_seen == pytest.approx(40, abs=0.5)
    assert one.throughput == pytest.approx(80, rel=0.03)
    assert one.goodput == pytest.approx(one.throughput)
    assert one.little == pytest.approx(1.0, abs=0.02)
    assert one.latency["p95"] == pytest.approx(0.1)
    assert found.hold_seconds == pytest.approx(0.5)
    assert found.spent.bytes == 4000 * found.spent.whole


def test_few_samples_hold_by_their_value_alone_and_say_so() -> None:
    one = rung(list(streams(4)), counted=4, level=4.0).rung
    assert one.verdict == "holds"
    assert "error_rate < 1% by its value alone (n = " in one.reason


def test_a_handful_of_samples_does_not_hold_and_asks_for_more() -> None:
    found = rung(list(streams(2)), counted=2, level=2.0)
    assert found.few == (found.rung.samples < 20)
    fewer = rung(list(streams(1)), counted=1, level=1.0)
    assert (fewer.rung.verdict, fewer.few) == ("unclear", True)
    assert "are too few to say that it holds (20 are needed)" in fewer.rung.reason
    late = rung(list(streams(1, ttft=0.4)), counted=1, level=1.0)
    assert (late.rung.verdict, late.few) == ("breaks", False)


def test_a_level_that_was_not_kept_under_way_is_not_said_to_hold() -> None:
    samples = list(streams(20, lasts=0.25, pause=0.05))
    one = rung(samples, counted=17)
    assert one.rung.verdict == "invalid"
    assert "only 16.7 of 20 streams were under way" in one.rung.reason
    assert not one.validity.valid
    late = rung(list(streams(20, lasts=0.5, pause=0.1, ttft=0.4)), counted=17)
    assert late.rung.verdict == "breaks", "what breaks under less load breaks"


def test_a_target_that_is_not_met_breaks_the_rung_and_is_named() -> None:
    one = rung(list(streams(20, ttft=0.4))).rung
    assert (one.verdict, one.reason) == ("breaks", "ttft.p95 400 ms (limit 350 ms)")
    assert one.limiting == ("ttft.p95 < 350ms",)
    assert one.goodput == 0.0


def test_failures_break_it_and_are_kept_by_cause_without_secrets() -> None:
    samples = list(streams(20))
    bad = [replace(entry, cause="status", status=503, detail="s3cret") for entry in samples[::10]]
    found = rung([*bad, *(entry for number, entry in enumerate(samples) if number % 10)])
    assert found.rung.verdict == "breaks"
    assert found.rung.error_rate == pytest.approx(0.1, abs=0.02)
    assert (found.errors[0].cause, "***" in found.errors[0].samples[0]) == ("status", True)


def test_a_value_beyond_its_limit_that_may_be_chance_is_unclear() -> None:
    samples = list(streams(4))
    late = [number for number, entry in enumerate(samples) if not entry.warm_up][:4]
    for number in late:
        samples[number] = replace(samples[number], token_ns=samples[number].sent_ns + 360_000_000)  # type: ignore[operator]
    one = rung(samples, counted=4, level=4.0).rung
    assert one.verdict == "unclear"
    assert "beyond the limit, but not beyond doubt" in one.reason


def test_turns_that_waited_beyond_the_limit_when_we_ended_them_have_broken_it() -> None:
    waiting = [
        replace(entry, token_ns=None, terminal_ns=None, last_ns=None)
        for entry in (turn(2.0 + user / 50, ttft=None, lasts=5.5, censored=True, user=user) for user in range(20))
    ]
    one = rung(waiting).rung
    assert (one.verdict, one.limiting) == ("breaks", ("ttft.p95 < 350ms",))
    barely = [replace(entry, end_ns=(entry.sent_ns or 0) + 100_000_000) for entry in waiting]
    assert rung(barely).rung.verdict == "unclear"


def test_nothing_that_ended_is_no_verdict() -> None:
    one = rung([], counted=0).rung
    assert (one.verdict, one.reason) == ("unclear", "nothing ended that could be judged")
    assert one.little is None


def test_a_generator_that_was_held_up_makes_it_invalid_whatever_the_targets_say() -> None:
    for ttft in (0.1, 0.4):
        one = rung(list(streams(20, ttft=ttft)), late_ns=80_000_000).rung
        assert one.verdict == "invalid"
        assert one.reason.startswith("the generator was the bottleneck: ")
        assert one.invalid_reasons


def test_little_s_law_must_hold_for_what_was_counted() -> None:
    one = rung(list(streams(20)), counted=24).rung
    assert one.little == pytest.approx(1.2, abs=0.02)
    assert one.verdict == "invalid"
    assert any("little" in reason for reason in one.invalid_reasons)
    near = rung(list(streams(4)), counted=5, level=4.0).rung
    assert near.verdict == "holds", "one stream apart is no proof of anything"


def test_without_a_steady_state_nothing_is_shown_to_hold() -> None:
    samples = [
        replace(entry, token_ns=(entry.sent_ns or 0) + (50_000_000 if entry.start_ns < 5e9 else 300_000_000))
        for entry in streams(20)
    ]
    one = rung(samples).rung
    assert (one.verdict, one.steady) == ("unclear", False)
    assert "no steady state: the median latency went from" in one.reason
