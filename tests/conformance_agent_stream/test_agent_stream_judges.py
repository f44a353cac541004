"""The judges on subscriptions, heartbeats and generations."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.agent_stream import test_connection, test_generation, test_heartbeat
from chatproof.failure import NotClaimed, NotTestable
from chatproof.recording import End
from conformance_agent_stream.agent_recordings import (
    FIRST,
    A,
    agent_case,
    broadcast,
    generation,
    settings,
    stream,
)
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, STREAM_HEADERS, exchange, recording, refusal, with_header

OPEN = test_connection.test_subscription_stays_open
SOON = test_connection.test_first_byte_comes_at_once
UNKNOWN = test_connection.test_unknown_agent_is_refused
HEAD = test_connection.test_head_opens_no_subscription
PLAIN = test_connection.test_event_source_can_subscribe
BEATS = test_heartbeat.test_idle_stream_has_heartbeats
VARIABLE = test_heartbeat.test_variable_sets_the_interval
TOLD = test_generation.test_generation_tells_what_it_made
EACH = test_generation.test_every_agent_has_its_messages
TIME = test_generation.test_generation_is_over_in_time
CREDENTIAL = test_generation.test_generation_needs_a_credential
TWICE = test_generation.test_overlapping_runs_send_nothing_twice

TURN = stream("turn", FIRST[0])
HEADED = [
    exchange("head", method="HEAD", headers=STREAM_HEADERS, end=End.NO_BODY),
    exchange("options", method="OPTIONS", status=204, end=End.NO_BODY),
]
REFUSED = [refusal("unknown", status=404), refusal("missing", status=400)]
GREETED = (0.02, b": connected\n\n")
BEAT = b":heartbeat\n\n"
IDLE = [GREETED, (30.0, BEAT), (60.0, b": heartbeat\n\n")]


def idle(reads: Any, **changes: Any) -> Any:
    return stream("idle", reads=reads, **{"ended_seconds": reads[-1][0] if reads else 1.0, **changes})


def variable(brisk: Any, zero: Any = None, *, milliseconds: int = 1000) -> Any:
    """The scenario `heartbeat_variable`; None is an instance that did not start."""
    started = {"value": "x", "started": True, "trouble": ""}
    silent = {"value": "0", "started": False, "trouble": "it did not start"}
    findings = {"interval_ms": milliseconds, "brisk": started if brisk else silent}
    findings |= {"zero": started if zero else silent, "text": silent}
    entries = [entry for entry in (brisk, zero) if entry is not None]
    return recording("heartbeat_variable", *entries, profile="agent-stream", findings=findings)


def ticking(label: str, every: float, count: int) -> Any:
    return stream(label, reads=[GREETED, *((0.1 + every * number, BEAT) for number in range(1, count + 1))])


RIGHT: dict[Any, Any] = {
    OPEN: agent_case(turn=TURN),
    SOON: agent_case(turn=TURN),
    UNKNOWN: agent_case(turn=TURN, unknown_agent=REFUSED),
    HEAD: agent_case(turn=TURN, head=HEADED),
    PLAIN: agent_case(turn=TURN, event_source=stream("plain")),
    BEATS: agent_case(idle=idle(IDLE)),
    VARIABLE: agent_case(heartbeat_variable=variable(ticking("brisk", 1.0, 3), ticking("zero", 1.0, 2))),
    TOLD: agent_case(broadcast=broadcast()),
    EACH: agent_case(broadcast=broadcast()),
    TIME: agent_case(broadcast=broadcast()),
    CREDENTIAL: agent_case(broadcast=broadcast(), generate_no_token=refusal("generate", status=401)),
    TWICE: agent_case(
        overlap=[
            generation("generate/1", messages=FIRST[:1]),
            generation("generate/2", messages=FIRST[1:]),
            stream("a/1", *FIRST[:2]),
        ]
    ),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_agent_backend_meets_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, agent_case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name, profile="agent-stream") for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, agent_case(**nothing)), NotTestable)


SILENT = stream("idle", reads=[GREETED], ended_seconds=46.0, end=End.TOTAL_DEADLINE)
MESSAGE_BEATS = [GREETED, *((20.0 * n, b'data: {"content":"x"}\n\n') for n in range(1, 4))]
EVENT_BEATS = [GREETED, *((30.0 * n, b"event: heartbeat\ndata: {}\n\n") for n in (1, 2))]

WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (OPEN, {"turn": stream("turn", headers=with_header(STREAM_HEADERS, "Content-Length", "9"))}, "`Content-Length: 9`"),
    (OPEN, {"turn": stream("turn", FIRST[0], end=End.TERMINAL_CHUNK)}, "terminal chunk after"),
    (OPEN, {"turn": stream("turn", FIRST[0], end=End.CLOSED)}, "connection closed after"),
    (SOON, {"turn": stream("turn", reads=[(1.2, BEAT)])}, "1.19 s until the first byte"),
    (SOON, {"turn": stream("turn", reads=[], ended_seconds=3.01)}, "not one byte in 3.00 s"),
    (UNKNOWN, {"unknown_agent": [stream("unknown"), REFUSED[1]]}, "for an unknown agent: status 200"),
    (UNKNOWN, {"unknown_agent": [REFUSED[0], stream("missing")]}, "without an agent: status 200"),
    (UNKNOWN, {"unknown_agent": [REFUSED[0], refusal("missing", status=500)]}, "without an agent: status 500"),
    (HEAD, {"head": [HEADED[0], exchange("options", status=None)]}, "after HEAD the connection is still busy"),
    (HEAD, {"head": [exchange("head", status=None), HEADED[1]]}, "HEAD: no answer"),
    (HEAD, {"head": [HEADED[0], stream("options")]}, "OPTIONS: status 200 with text/event-stream"),
    (HEAD, {"head": [HEADED[0], exchange("options", status=None, connection=2)]}, "OPTIONS: no answer"),
    (PLAIN, {"event_source": refusal("plain", status=401)}, "status 401"),
    (PLAIN, {"event_source": refusal("plain", status=200)}, "status 200 with application/json"),
    (BEATS, {"idle": SILENT}, "no heartbeat for 45.98 s, from 0.02 s"),
    (BEATS, {"idle": idle([GREETED, (46.0, BEAT), (76.0, BEAT)])}, "no heartbeat for 45.98 s"),
    (BEATS, {"idle": idle(EVENT_BEATS)}, "an event named `heartbeat`, which reaches clients"),
    (VARIABLE, {"heartbeat_variable": variable(ticking("brisk", 30.0, 3))}, "30.00 s between heartbeats"),
    (VARIABLE, {"heartbeat_variable": variable(ticking("brisk", 0.1, 3))}, "0.10 s between heartbeats"),
    (VARIABLE, {"heartbeat_variable": variable(stream("brisk"))}, "no two heartbeats"),
    (VARIABLE, {"heartbeat_variable": variable(refusal("brisk", status=500))}, "status 500"),
    (
        VARIABLE,
        {"heartbeat_variable": variable(ticking("brisk", 1.0, 3), ticking("zero", 0.001, 40))},
        "SSE_HEARTBEAT_MS=x: 40 heartbeats in 0.15 s",
    ),
    (
        VARIABLE,
        {"heartbeat_variable": variable(ticking("brisk", 1.0, 3), refusal("zero", status=500))},
        "SSE_HEARTBEAT_MS=x: status 500",
    ),
    (TOLD, {"broadcast": broadcast(generate=generation(fields={"messagesGenerated": 5}))}, "5' and 4 messages"),
    (TOLD, {"broadcast": broadcast(generate=generation(fields={"messagesGenerated": "4"}))}, "'4' and 4 messages"),
    (TOLD, {"broadcast": broadcast(generate=generation(fields={"success": "yes"}))}, "`success` 'yes'"),
    (TOLD, {"broadcast": broadcast(generate=generation(fields={"messages": None}))}, "`messages` 'None'"),
    (TOLD, {"broadcast": broadcast(generate=generation(fields={"timestamp": "now"}))}, "`timestamp` 'now'"),
    (TOLD, {"broadcast": broadcast(generate=generation(body=b"[]"))}, "status 200 with application/json"),
    (TOLD, {"broadcast": broadcast(generate=refusal("generate", status=500))}, "status 500"),
    (EACH, {"broadcast": broadcast(generate=generation(messages=FIRST[:3]))}, "1 messages of 'gemini_grid'"),
    (EACH, {"broadcast": broadcast(generate=generation(messages=FIRST[:2]))}, "0 messages of 'gemini_grid'"),
    (TIME, {"broadcast": broadcast(generate=generation(ended_seconds=30.5))}, "an answer after 30.5 s"),
    (
        TIME,
        {"broadcast": broadcast(generate=generation(status=None, ended_seconds=32.0))},
        "no answer after 32.0 s",
    ),
    (CREDENTIAL, {"generate_no_token": generation()}, "status 200"),
    (CREDENTIAL, {"generate_no_token": refusal("generate", status=500)}, "status 500"),
    (
        TWICE,
        {
            "overlap": [
                generation("generate/1", messages=FIRST[:1]),
                generation("generate/2", messages=FIRST[:2]),
                stream("a/1", FIRST[0], FIRST[1], FIRST[0]),
            ]
        },
        "message 'msg_1' 2 times",
    ),
]


@pytest.mark.parametrize(("judge", "changes", "expected"), WRONG)
def test_wrong_agent_backend_is_found(judge: Any, changes: dict[str, Any], expected: str) -> None:
    given: dict[str, Any] = {**RIGHT[judge].recordings, **changes}
    assert expected in found(judge, agent_case(**given))


LEGAL: list[tuple[Any, Any]] = [
    (UNKNOWN, agent_case(turn=TURN, unknown_agent=[refusal("unknown", status=400), refusal("missing", status=422)])),
    (HEAD, agent_case(turn=TURN, head=[exchange("head", status=405, end=End.NO_BODY), refusal("options", status=405)])),
    (BEATS, agent_case(idle=idle([GREETED, (30.0, b": ping 7\n\n"), (60.0, b": ping 8\n\n")]))),
    (
        BEATS,
        agent_case(
            declared=settings(heartbeat_form="event"),
            idle=idle([(0.02, b"event: heartbeat\ndata: {}\n\n"), *EVENT_BEATS[1:]]),
        ),
    ),
    (VARIABLE, agent_case(heartbeat_variable=variable(ticking("brisk", 0.41, 3), milliseconds=400))),
    (CREDENTIAL, agent_case(broadcast=broadcast(), generate_no_token=refusal("generate", status=403))),
    (
        TWICE,
        agent_case(
            overlap=[
                generation("generate/1", messages=FIRST[:2]),
                refusal("generate/2", status=409),
                stream("a/1", *FIRST[:2]),
            ]
        ),
    ),
    (
        TWICE,
        agent_case(
            overlap=[
                generation("generate/1", messages=FIRST[:2]),
                generation("generate/2", messages=FIRST[:2]),
                stream("a/1", *FIRST[:2]),
            ]
        ),
    ),
]


@pytest.mark.parametrize(("judge", "given"), LEGAL)
def test_legal_agent_backend_meets_it(judge: Any, given: Any) -> None:
    assert outcome(judge, given) is None


UNSEEN: list[tuple[Any, Any]] = [
    (BEATS, agent_case(idle=idle([GREETED, (9.0, BEAT)][:1], ended_seconds=9.0, end=End.CLOSED))),
    (BEATS, agent_case(idle=refusal("idle", status=503))),
    (BEATS, agent_case(idle=stream("idle", reads=[], end=End.CLOSED))),
    (VARIABLE, agent_case(heartbeat_variable=variable(None))),
    (TIME, agent_case(broadcast=broadcast(generate=generation(status=None, headers=JSON_HEADERS)))),
    (
        CREDENTIAL,
        agent_case(
            broadcast=broadcast(generate=refusal("generate", status=401)),
            generate_no_token=refusal("generate", status=401),
        ),
    ),
    (
        TWICE,
        agent_case(overlap=[generation("generate/1"), generation("generate/2"), stream("a/1", agent=A)]),
    ),
    (TWICE, agent_case(overlap=[refusal("generate/1"), refusal("generate/2"), stream("a/1", *FIRST[:2])])),
]


def test_stream_that_is_never_silent_shows_no_heartbeat() -> None:
    raised = outcome(BEATS, agent_case(idle=idle(MESSAGE_BEATS)))
    assert isinstance(raised, NotClaimed)
    assert "no heartbeat was needed" in raised.reason


@pytest.mark.parametrize(("judge", "given"), UNSEEN)
def test_what_was_not_shown_is_no_verdict(judge: Any, given: Any) -> None:
    assert isinstance(outcome(judge, given), NotTestable)
