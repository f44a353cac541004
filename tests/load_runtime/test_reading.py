from __future__ import annotations

import time
from typing import Any

import pytest

from chatproof.config import from_table
from chatproof.load_plan import Plan
from chatproof.loading import load
from chatproof.samples.records import Pool, Sample

exchange = load("load", "client.exchange")
clock = load("load", "runtime.clock")
recorder_module = load("load", "runtime.recorder")
reading_module = load("load", "runtime.reading")
rules_module = load("load", "runtime.rules")

MS = 1_000_000
OPEN = rules_module.Rules(heartbeat_ns=1000 * MS, beat_words=(b"heartbeat", b"ping"), beat_events=frozenset({b"ping"}))


def rules(**keys: Any) -> Any:
    table = {"profiles": {"ai-chat": {"heartbeat": 1, **keys}}, "observe": {"memory_field": "memory.ms"}}
    return rules_module.rules_of(from_table(table, origin="test", profiles=("ai-chat",)), "ai-chat")


class Reading:
    """A reading that is fed by hand; times are milliseconds after the start of the stream."""

    def __init__(self, wanted: Any = None, *, planned_ms: int | None = None, **options: Any) -> None:
        self.began = time.monotonic_ns()
        self.recorder = recorder_module.Recorder(Plan(warm_up_seconds=0), clock.RunClock.starting_in(0))
        self.sample: Sample = self.recorder.sample("turn", planned_ns=planned_ms * MS if planned_ms else None)
        self.reading = reading_module.StreamReading(self.sample, self.recorder, wanted or rules(), **options)
        self.closed = False

    def head(self, at: int = 10, status: int = 200, kind: str = "text/event-stream; charset=utf-8") -> Reading:
        self.closed |= self.reading.head(status, [("content-type", kind)], self.began + at * MS)
        return self

    def event(self, name: str, data: str, at: int) -> Reading:
        self.closed |= self.reading.event(name.encode(), data.encode(), b"", self.began + at * MS)
        return self

    def token(self, at: int, text: str = "word") -> Reading:
        return self.event("token", f'{{"text": "{text}"}}', at)

    def done(self, at: int, reason: str = "stop") -> Reading:
        return self.event("done", f'{{"finish_reason": "{reason}"}}', at)

    def comment(self, text: str, at: int) -> Reading:
        self.closed |= self.reading.comment(text.encode(), self.began + at * MS)
        return self

    def end(self, at: int, **facts: Any) -> Sample:
        head = self.reading.head_ns
        values = {"start_ns": self.began, "end_ns": self.began + at * MS, "headers_ns": head, **facts}
        status = self.sample.status if head is not None else None
        sample: Sample = self.reading.finish(exchange.Answer(status=status, **values))
        self.recorder.finish(sample)
        return sample

    def pool(self, metric: str) -> dict[str, int]:
        self.recorder.flush_pools(warm_up=False)
        found = [entry for entry in self.recorder.take(100) if isinstance(entry, Pool) and entry.metric == metric]
        return dict(found[0].counts) if found else {}


def after_start(sample: Sample, moment: int | None) -> int | None:
    return None if moment is None else (moment - sample.start_ns) // MS


def test_moments_gaps_and_stalls_of_a_turn() -> None:
    fed = Reading().head().comment("Connected", 20).token(30, "").token(50).token(70).token(1100).done(1200)
    sample = fed.end(1210)
    moments = (sample.frame_ns, sample.token_ns, sample.last_ns, sample.terminal_ns, sample.end_ns)
    assert [after_start(sample, moment) for moment in moments] == [20, 50, 1100, 1200, 1210]
    assert (sample.tokens, sample.gap_max_ns, sample.stalls) == (4, 1030 * MS, 1)
    assert (sample.cause, sample.censored, sample.aborted) == ("", False, False)
    assert fed.pool("gap") == {"200": 1, "10300": 1}


def test_usage_is_taken_with_the_declared_memory_field() -> None:
    usage = '{"tokens_in": 5, "tokens_out": 9, "cost_usd": 0.25, "memory": {"ms": 1.5}}'
    sample = Reading().head().token(20).event("usage", usage, 30).done(40).end(41)
    assert (sample.tokens_in, sample.tokens_out, sample.cost_usd, sample.memory_ns) == (5, 9, 0.25, 1_500_000)
    assert sample.provider_retries is None


@pytest.mark.parametrize(
    "usage", ["[]", "nonsense", '{"tokens_in": "5", "cost_usd": -1, "memory": 3}', '{"tokens_out": true}']
)
def test_a_usage_of_another_shape_tells_nothing(usage: str) -> None:
    sample = Reading().head().token(20).event("usage", usage, 30).done(40).end(41)
    assert (sample.tokens_in, sample.tokens_out, sample.cost_usd, sample.memory_ns) == (None, None, None, None)
    assert sample.cause == ""


def test_heartbeats_their_intervals_and_those_that_did_not_come() -> None:
    fed = (
        Reading(OPEN, planned_ms=9000)
        .head(0)
        .comment("hi", 1)
        .comment("heartbeat 1", 1000)
        .comment("heartbeat 2", 2000)
    )
    fed.comment("heartbeat", 5000).comment("padding", 5500).event("ping", "", 6000)
    sample = fed.end(9000, closed_by_us=True)
    assert (sample.beats, sample.beat_gap_max_ns, sample.beats_missed) == (4, 3000 * MS, 2 + 2)
    assert fed.pool("heartbeat.interval") == {"10000": 2, "30000": 1}
    assert (sample.cause, sample.censored) == ("", False)


def test_without_named_heartbeats_every_comment_but_the_greeting_is_one() -> None:
    sample = Reading().head(0).comment("", 100).comment("", 600).comment("", 900).token(950).done(1000).end(1000)
    assert (sample.beats, sample.beat_gap_max_ns) == (2, 600 * MS)


def test_the_time_before_the_first_and_after_the_last_heartbeat_counts() -> None:
    assert Reading().head(0).token(10).done(3500).end(3500).beats_missed == 3
    late = Reading().head(0).comment("x", 1).comment("heartbeat", 400).token(500).done(4100).end(4100)
    assert (late.beat_gap_max_ns, late.beats_missed) == (3700 * MS, 3)


@pytest.mark.parametrize(
    ("feed", "facts", "cause"),
    [
        (lambda fed: fed.head(status=503, kind="text/html"), {}, "status"),
        (lambda fed: fed.head(kind="text/plain"), {}, "wrong_type"),
        (lambda fed: fed.head(), {}, "no_token"),
        (lambda fed: fed.head().token(20, ""), {}, "no_token"),
        (lambda fed: fed.head().done(20), {}, "no_token"),
        (lambda fed: fed.head().token(20), {}, "no_terminal"),
        (lambda fed: fed.head().token(20), {"cause": "cut"}, "cut"),
        (lambda fed: fed.head().token(20), {"cause": "timeout"}, "timeout"),
        (lambda fed: fed.head().token(20).event("error", "{}", 30), {"cause": "cut"}, "error_event"),
        (lambda fed: fed.head().token(20).done(30, "error"), {}, "error_event"),
        (lambda fed: fed.head().token(20).done(30), {"cause": "cut"}, ""),
        (lambda fed: fed.head().token(20).done(30), {"closed_by_us": True}, ""),
        (lambda fed: fed, {"cause": "refused"}, "refused"),
        (lambda fed: fed.head(status=200), {"cause": "http2"}, "http2"),
    ],
)
def test_the_cause_is_the_one_that_holds(feed: Any, facts: dict[str, Any], cause: str) -> None:
    sample = feed(Reading()).end(50, **facts)
    assert (sample.cause, sample.censored, sample.aborted) == (cause, False, False)
    assert bool(sample.detail) == bool(cause) or "cause" in facts


def test_a_stream_that_we_end_is_censored_and_one_that_its_user_leaves_is_aborted() -> None:
    assert Reading().head().token(20).end(50, closed_by_us=True).censored
    leaver = Reading(leave_after=2).head().token(20)
    assert not leaver.closed
    assert leaver.token(30).closed
    sample = leaver.end(31, closed_by_us=True)
    assert (sample.aborted, sample.censored, sample.cause) == (True, False, "")
    probe = Reading(leave_at_text=True).head().token(20, "").token(30)
    assert probe.closed
    sample = probe.end(31, closed_by_us=True)
    assert (sample.aborted, sample.censored, sample.cause) == (False, False, "")


@pytest.mark.parametrize(
    ("lasted", "facts", "cause", "censored"),
    [
        (5000, {"closed_by_us": True}, "", False),
        (5000, {"cause": "timeout"}, "", False),
        (4000, {"closed_by_us": True}, "", True),
        (4000, {}, "cut", False),
        (4000, {"cause": "reset"}, "reset", False),
        (6000, {"cause": "reset"}, "reset", False),
    ],
)
def test_a_stream_that_should_stay_open(lasted: int, facts: dict[str, Any], cause: str, censored: bool) -> None:
    sample = Reading(OPEN, planned_ms=5000).head().comment("hi", 20).end(lasted, **facts)
    assert (sample.cause, sample.censored) == (cause, censored)


def test_what_was_never_answered_did_not_stay_open() -> None:
    unanswered = Reading(OPEN, planned_ms=5000).end(5000, cause="timeout", detail="not over after 5 s")
    silent = Reading(planned_ms=5000).head().comment("heartbeat", 20).end(5000, cause="timeout")
    spoken = Reading(planned_ms=5000).head().token(20).end(5000, cause="timeout")

    assert [entry.cause for entry in (unanswered, silent, spoken)] == ["timeout", "no_token", ""]


def test_a_turn_that_ends_properly_before_its_planned_time_is_censored() -> None:
    sample = Reading(planned_ms=5000).head().token(20).done(4000).end(4001)
    assert (sample.cause, sample.censored) == ("", True)


def test_nothing_counts_after_the_terminal_event_and_a_body_without_end_is_closed() -> None:
    fed = Reading().head().token(20).done(30).token(40).comment("heartbeat", 50)
    assert (fed.reading._tokens, fed.sample.beats, fed.closed) == (1, 0, False)
    assert fed.comment("heartbeat", 2040).closed


def test_other_events_go_to_who_asked_for_them() -> None:
    seen: list[tuple[bytes, bytes]] = []

    def hear(name: bytes, data: bytes, _identifier: bytes, _at_ns: int) -> bool:
        seen.append((name, data))
        return data == b"2"

    fed = Reading(OPEN, on_event=hear).head()
    assert not fed.event("", "1", 20).closed
    assert fed.event("note", "2", 30).closed
    assert seen == [(b"", b"1"), (b"note", b"2")]


def test_a_stream_that_is_stopped_is_closed_at_its_next_frame() -> None:
    fed = Reading().head().token(20)
    fed.reading.stop()
    assert fed.token(30).closed
