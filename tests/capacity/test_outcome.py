"""Outcomes in words, what gave out, and the run document that follows from a search."""

from __future__ import annotations

from dataclasses import replace

import pytest
from capacity.samples import TARGETS, rung, streams

from chatproof.capacity.document import capacity_document, capacity_facts
from chatproof.capacity.outcome import outcome_of
from chatproof.capacity.scale import scale_of
from chatproof.capacity.search import Bracket, Ended, Span
from chatproof.capacity.seeking import Seeking, Sought
from chatproof.capacity.shortage import shortages
from chatproof.capacity.watch import Means
from chatproof.capacity.weighing import Weighed
from chatproof.config import from_table
from chatproof.exit_code import ExitCode

SCALE = scale_of("chat-turns", rate=False)


def seeking(*, at_least: float | None = None) -> Seeking:
    config = from_table(
        {"backend": {"url": "http://127.0.0.1:3000", "build": "abc123"}, "profiles": {"ai-chat": {}}}, origin="test"
    )
    return Seeking(
        config=config,
        config_source={},
        workload="chat-turns",
        profile="ai-chat",
        scale=SCALE,
        targets=TARGETS,
        span=Span(start=4.0, most=64.0, at_least=at_least),
        rung_seconds=8.0,
        most_rungs=20,
    )


def holding(level: float, number: int = 1) -> Weighed:
    return rung(list(streams(int(level))), counted=int(level), level=level, number=number)


def breaking(level: float, number: int = 2) -> Weighed:
    return rung(list(streams(int(level), ttft=0.4)), counted=int(level), level=level, number=number)


def held_up(level: float, number: int = 2) -> Weighed:
    return rung(list(streams(int(level))), counted=int(level), level=level, number=number, late_ns=80_000_000)


FOUND = Sought(rungs=[holding(20.0), breaking(22.0)], ended=Ended(outcome="found", bracket=Bracket(20.0, 22.0)))
AT_LEAST = Sought(rungs=[holding(20.0)], ended=Ended(outcome="no_failure_in_range", bracket=Bracket(20.0, None)))
NOTHING = Sought(rungs=[breaking(4.0)], ended=Ended(outcome="no_pass_in_range", bracket=Bracket(None, 4.0)))
HELD_UP = Sought(
    rungs=[holding(20.0), held_up(40.0)],
    ended=Ended(outcome="generator_was_the_limit", bracket=Bracket(20.0, None), not_judged=40.0),
)
UNFINISHED = Sought(rungs=[holding(20.0), breaking(40.0)], reason="the backend does not answer any more")
INTERRUPTED = Sought(rungs=[holding(20.0)], reason="it was interrupted", interrupted=True)
CRASHED = Sought(rungs=[], crash="the load generator failed: it ended with status 7")


@pytest.mark.parametrize(
    ("sought", "word", "part", "code"),
    [
        (FOUND, "found", "20 streams hold within every target; 22 streams do not: ttft.p95 400 ms", ExitCode.MET),
        (AT_LEAST, "no_failure_in_range", "At least 20 streams hold", ExitCode.MET),
        (NOTHING, "no_pass_in_range", "4 streams do not: ttft.p95 400 ms", ExitCode.NOT_MET),
        (
            HELD_UP,
            "generator_was_the_limit",
            "At least 20 streams hold within every target; at 40",
            ExitCode.NO_VERDICT,
        ),
        (UNFINISHED, "unfinished", "the backend does not answer any more. So far 20 streams", ExitCode.NO_VERDICT),
        (INTERRUPTED, "unfinished", "it was interrupted. So far 20 streams hold", ExitCode.INTERRUPTED),
        (CRASHED, "unfinished", "So far nothing is known", ExitCode.CRASHED),
    ],
)
def test_each_outcome_has_its_word_its_sentence_and_its_code(
    sought: Sought, word: str, part: str, code: ExitCode
) -> None:
    run = capacity_document(
        sought, seeking(), means=Means(), headroom=0.3, started_at="2026-01-01T00:00:00+00:00", duration_seconds=9.0
    )
    assert run.capacity is not None
    assert run.capacity.outcome == word
    assert part in run.capacity.sentence
    assert run.exit_code == code
    assert (run.command, run.build, run.load) == ("capacity", "abc123", None)
    if word == "generator_was_the_limit":
        assert run.validity is not None
        assert not run.validity.valid
        assert [entry.what for entry in run.capacity.shortages] == ["generator"]


@pytest.mark.parametrize(
    ("sought", "at_least", "code"),
    [
        (FOUND, 20.0, ExitCode.MET),
        (FOUND, 21.0, ExitCode.NO_VERDICT),
        (FOUND, 22.0, ExitCode.NOT_MET),
        (AT_LEAST, 20.0, ExitCode.MET),
        (HELD_UP, 20.0, ExitCode.MET),
        (HELD_UP, 40.0, ExitCode.NO_VERDICT),
        (UNFINISHED, 10.0, ExitCode.NO_VERDICT),
    ],
)
def test_what_was_asked_for_is_met_or_not_or_not_known(sought: Sought, at_least: float, code: ExitCode) -> None:
    run = capacity_document(
        sought, seeking(at_least=at_least), means=Means(), headroom=0.3, started_at="", duration_seconds=1.0
    )
    assert run.exit_code == code


def test_the_recommended_point_leaves_the_headroom() -> None:
    facts = capacity_facts(FOUND, seeking(), means=Means(), headroom=0.25)
    assert (facts.capacity, facts.breaks_at, facts.recommended, facts.tested_to) == (20.0, 22.0, 15.0, 22.0)
    assert facts.limiting == ("ttft.p95 < 350ms",)
    assert facts.bytes_per_stream == 4000.0
    assert facts.cost_per_stream is None
    assert any("by its value alone" in note for note in facts.notes)


def test_the_targets_of_the_document_are_those_of_the_level_that_holds() -> None:
    run = capacity_document(FOUND, seeking(), means=Means(), headroom=0.3, started_at="", duration_seconds=1.0)
    assert {entry.target: entry.verdict for entry in run.targets}["ttft.p95 < 350ms"] == "met"


MEANS = Means(cores=4, memory=1_000_000_000, open_files=1024)


@pytest.mark.parametrize(
    ("before", "seen", "what"),
    [
        ({"cpu": 2.0}, {"cpu": 3.9}, "backend CPU"),
        ({"cpu": 0.97}, {"cpu": 0.99}, "backend CPU"),
        ({}, {"rss": 900e6}, "backend memory"),
        ({}, {"open_files": 1000.0}, "backend open files"),
    ],
)
def test_what_the_backend_has_no_more_of_is_named_first(
    before: dict[str, float], seen: dict[str, float], what: str
) -> None:
    low, high = FOUND.rungs
    rungs = [replace(low, rung=replace(low.rung, backend=before)), replace(high, rung=replace(high.rung, backend=seen))]
    found = shortages(rungs, outcome_of(FOUND, SCALE), means=MEANS, scale=SCALE)
    assert [entry.what for entry in found] == [what, "target"]
    assert found[0].remedy


@pytest.mark.parametrize(
    ("offered", "throughput", "reason", "what"),
    [
        (40.0, 30.0, "there was no steady state: the level went from 20 to 40 within the rung", "throughput"),
        (40.0, 39.0, "there was no steady state: the median latency went from 100 ms to 300 ms", "latency"),
        (40.0, 39.0, "there was no steady state: the level went from 20 to 40 within the rung", "steady state"),
    ],
)
def test_a_level_that_breaks_no_target_gave_out_by_what_was_seen(
    offered: float, throughput: float, reason: str, what: str
) -> None:
    low, high = FOUND.rungs
    drifting = replace(
        high.rung, verdict="unclear", limiting=(), steady=False, reason=reason, offered=offered, throughput=throughput
    )
    sought = replace(FOUND, rungs=[low, replace(high, rung=drifting)])
    outcome = outcome_of(sought, SCALE)
    assert f"22 streams were not shown to: {reason}" in outcome.sentence
    (found,) = shortages(sought.rungs, outcome, means=MEANS, scale=SCALE)
    assert (found.what, found.evidence.endswith(reason)) == (what, True)
    assert "--rung-time" in found.remedy


def test_a_busy_core_that_was_idler_below_is_no_full_core() -> None:
    low, high = FOUND.rungs
    rungs = [
        replace(low, rung=replace(low.rung, backend={"cpu": 0.5})),
        replace(high, rung=replace(high.rung, backend={"cpu": 0.9})),
    ]
    found = shortages(rungs, outcome_of(FOUND, SCALE), means=MEANS, scale=SCALE)
    assert [entry.what for entry in found] == ["target"]


def test_the_generator_is_named_once() -> None:
    (found,) = shortages(HELD_UP.rungs, outcome_of(HELD_UP, SCALE), means=MEANS, scale=SCALE)
    assert found.evidence.startswith("send lag: p99 ")


def test_means_that_are_left_gave_not_out() -> None:
    low, high = FOUND.rungs
    idle = {"cpu": 0.4, "rss": 90e6, "open_files": 100.0}
    rungs = [low, replace(high, rung=replace(high.rung, backend=idle))]
    found = shortages(rungs, outcome_of(FOUND, SCALE), means=MEANS, scale=SCALE)
    assert [entry.what for entry in found] == ["target"]


def test_failures_are_told_by_cause() -> None:
    samples = [
        replace(entry, cause="status", status=503, detail="status 503") if number % 4 == 0 else entry
        for number, entry in enumerate(streams(22))
    ]
    sought = replace(FOUND, rungs=[FOUND.rungs[0], rung(samples, counted=22, level=22.0, number=2)])
    found = shortages(sought.rungs, outcome_of(sought, SCALE), means=Means(), scale=SCALE)
    assert [entry.what for entry in found] == ["errors", "target"]
    assert "x status (turn of user" in found[0].evidence


def test_where_nothing_broke_nothing_gave_out() -> None:
    assert shortages(AT_LEAST.rungs, outcome_of(AT_LEAST, SCALE), means=MEANS, scale=SCALE) == ()


def test_a_backend_that_went_away_is_told_first_and_breaks_at_no_level() -> None:
    last = breaking(40.0)
    rungs = [holding(20.0), replace(last, rung=replace(last.rung, verdict="unclear", limiting=()))]
    reason = "the backend does not answer any more after rung 2 (40): connection refused"
    facts = capacity_facts(Sought(rungs=rungs, reason=reason, gone=True), seeking(), means=MEANS, headroom=0.3)
    assert (facts.outcome, facts.capacity, facts.breaks_at, facts.limiting) == ("unfinished", 20.0, None, ())
    assert [(entry.what, entry.evidence) for entry in facts.shortages] == [("errors", reason)]
    assert "its log" in facts.shortages[0].remedy
    assert "do not" not in facts.sentence


def test_a_backend_that_was_never_there_gave_nothing_out() -> None:
    facts = capacity_facts(Sought(reason="connection refused", gone=True), seeking(), means=MEANS, headroom=0.3)
    assert facts.shortages == ()
