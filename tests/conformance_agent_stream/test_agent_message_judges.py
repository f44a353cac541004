"""The judges on messages and their way to several clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatproof.conformance.agent_stream import test_delivery, test_messages, test_polling
from chatproof.failure import NotClaimed, NotTestable
from conformance_agent_stream.agent_recordings import (
    FIRST,
    MISSED,
    A,
    B,
    agent_case,
    broadcast,
    event,
    generation,
    message,
    polled,
    settings,
    stream,
)
from support.outcome import found, outcome
from support.recordings import exchange, recording, refusal

NAMES = test_messages.test_messages_have_no_event_name
FIELDS = test_messages.test_message_has_all_its_fields
OWN = test_messages.test_stream_carries_its_own_agent_only
IDS = test_messages.test_message_has_one_id_everywhere
ONCE = test_delivery.test_generated_messages_arrive_once_and_in_order
ALL = test_delivery.test_every_subscriber_of_an_agent_gets_its_messages
OTHER = test_delivery.test_messages_reach_the_other_instance
AGAIN = test_delivery.test_reconnect_brings_what_was_missed
SEVERAL = test_delivery.test_one_connection_serves_several_agents
POLL = test_polling.test_poll_gives_the_same_messages
OF_BROADCAST = [NAMES, OWN, IDS, ONCE, ALL, AGAIN, SEVERAL, POLL]

STRANGER = message(A, 900, content="of other traffic")
TURN = stream("turn", FIRST[0])


def judged(**changes: Any) -> Any:
    """The case of a broadcast with some exchanges changed; `declared` are settings."""
    declared = changes.pop("declared", None)
    return agent_case(declared=declared, turn=changes.pop("turn", TURN), broadcast=broadcast(**changes))


@pytest.mark.parametrize("judge", [*OF_BROADCAST, FIELDS])
def test_right_broadcast_meets_it(judge: Any) -> None:
    assert outcome(judge, judged()) is None


@pytest.mark.parametrize("judge", [*OF_BROADCAST, FIELDS])
def test_nothing_recorded_is_no_verdict(judge: Any) -> None:
    assert isinstance(outcome(judge, agent_case()), NotTestable)
    nothing = recording("broadcast", profile="agent-stream")
    assert isinstance(outcome(judge, agent_case(turn=TURN, broadcast=nothing)), NotTestable)


@pytest.mark.parametrize("judge", OF_BROADCAST)
def test_refused_streams_and_generations_are_no_verdict_or_are_found(judge: Any) -> None:
    closed = {label: refusal(label.replace("_", "/"), status=503) for label in ("a_1", "a_2", "b_1")}
    raised = outcome(judge, judged(**closed, both=None, generate=refusal("generate", status=500)))
    assert isinstance(raised, NotTestable)


LEGAL: dict[str, dict[str, Any]] = {
    "other traffic in between": {
        "a_1": stream("a/1", FIRST[0], STRANGER, FIRST[1], MISSED),
        "a_2": stream("a/2", FIRST[0], STRANGER, FIRST[1]),
        "poll_a": polled("poll/a", [*FIRST[:2], STRANGER, MISSED]),
    },
    "a greeting that is an event": {
        "a_1": stream("a/1", b'data: {"type":"connected","agentId":"claude_arbitrage"}\n\n', *FIRST[:2], MISSED),
        "b_1": stream("b/1", b'data: {"type":"connected"}\n\n', *FIRST[2:], agent=B),
    },
    "the name `message`": {"b_1": stream("b/1", *(event(entry, name="message") for entry in FIRST[2:]), agent=B)},
    "CRLF": {
        "b_1": stream("b/1", *(event(entry).replace(b"\n", b"\r\n") for entry in FIRST[2:]), agent=B),
    },
    "the answer lists the newest first": {"generate": generation(messages=FIRST[::-1])},
    "further fields": {
        "generate": generation(messages=[{**entry, "agentName": "x"} for entry in FIRST]),
        "poll_b": polled("poll/b", {"data": {B: [{**entry, "read": False} for entry in FIRST[2:]]}}),
    },
    "a poll of the newest first": {"poll_a": polled("poll/a", [MISSED, *FIRST[1::-1]])},
    "times of the store, in another spelling": {
        "poll_b": polled(
            "poll/b", [message(B, number, timestamp=f"2025-01-15T12:34:56.{number:03}+00:00") for number in (3, 4)]
        )
    },
    "a store that is a little behind": {
        "poll_a": polled("poll/a", FIRST[:2]),
        "poll_a_2": polled("poll/a/2", [*FIRST[:2], MISSED]),
    },
    "a zone that is not Z": {
        "b_1": stream("b/1", *FIRST[2:], message(B, 9, timestamp="2025-01-15T13:34:56+01:00"), agent=B),
        "poll_b": polled("poll/b", [*FIRST[2:], message(B, 9, timestamp="2025-01-15T13:34:56+01:00")]),
    },
}


@pytest.mark.parametrize("judge", [*OF_BROADCAST, FIELDS])
@pytest.mark.parametrize("variant", LEGAL)
def test_legal_variants_meet_it(judge: Any, variant: str) -> None:
    assert outcome(judge, judged(**LEGAL[variant])) is None


@pytest.mark.parametrize("judge", [NAMES, FIELDS, OWN, IDS, ONCE, ALL, AGAIN, SEVERAL])
def test_second_run_may_be_generated_too(judge: Any) -> None:
    second = generation("missed", messages=[MISSED])
    assert outcome(judge, judged(missed=second, published=False)) is None


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (NAMES, {"a_1": stream("a/1", event(FIRST[0], name="created"), FIRST[1])}, "in an event named `created`"),
    (OWN, {"a_1": stream("a/1", *FIRST, MISSED)}, "a message of 'gemini_grid' on a stream for 'claude_arbitrage'"),
    (IDS, {"a_1": stream("a/1", {**FIRST[0], "id": "msg_x"}, FIRST[1])}, "has the id 'msg_x' in `broadcast/a/1`"),
    (IDS, {"poll_b": polled("poll/b", [{**FIRST[2], "id": "row-7"}])}, "has the id 'row-7' in `broadcast/poll/b`"),
    (IDS, {"generate": generation(messages=[FIRST[0], FIRST[0]])}, "id msg_1 on several messages"),
    (IDS, {"generate": generation(messages=[{**FIRST[0], "id": ""}])}, "a message without an id"),
    (IDS, {"a_again": stream("a/again", {**MISSED, "id": "msg_6"})}, "one message under the ids 'msg_5'"),
    (ONCE, {"a_1": stream("a/1", FIRST[0], MISSED)}, "came not once on `broadcast/a/1`"),
    (ONCE, {"b_1": stream("b/1", *FIRST[2:], FIRST[3], agent=B)}, "came 2 times on `broadcast/b/1`"),
    (ONCE, {"a_2": stream("a/2", FIRST[1], FIRST[0])}, "out of order on `broadcast/a/2`"),
    (ALL, {"a_2": stream("a/2", FIRST[0])}, "and not on `broadcast/a/2`"),
    (ALL, {"a_1": stream("a/1", FIRST[1])}, "and not on `broadcast/a/1`"),
    (AGAIN, {"a_2": stream("a/2", *(event(entry, 0) for entry in FIRST[:2]))}, "messages without an `id:` line"),
    (AGAIN, {"a_again": stream("a/again")}, "missing after the reconnect"),
    (AGAIN, {"a_again": stream("a/again", MISSED, MISSED)}, "2 times after the reconnect"),
    (AGAIN, {"a_again": stream("a/again", FIRST[1], MISSED)}, "once more, which the client had"),
    (AGAIN, {"a_again": refusal("a/again", status=400)}, "status 400"),
    (SEVERAL, {"both": stream("both", *FIRST[:2])}, "no message of 'gemini_grid'"),
    (SEVERAL, {"both": refusal("both", status=404)}, "status 404"),
    (POLL, {"poll_a": polled("poll/a", [FIRST[0], MISSED])}, "the poll lacks message 'msg_2'"),
    (POLL, {"poll_a": polled("poll/a", [{**FIRST[0], "type": "x"}, FIRST[1], MISSED])}, "with another type"),
    (POLL, {"poll_b": refusal("poll/b", status=500)}, "status 500"),
    (POLL, {"poll_b": polled("poll/b", [{**FIRST[2], "timestamp": "2025-01-15T12:34:57Z"}])}, "with another timestamp"),
    (POLL, {"poll_a_2": polled("poll/a/2", FIRST[:2])}, "the poll lacks message 'msg_5'"),
    (POLL, {"poll_b": polled("poll/b", "nothing")}, "the poll lacks message 'msg_3'"),
    (POLL, {"declared": settings(history=2)}, "3 messages of 'claude_arbitrage'"),
    (POLL, {"declared": settings(history=2), "poll_a": polled("poll/a", FIRST[:2])}, "the poll lacks message 'msg_5'"),
]


@pytest.mark.parametrize(("judge", "changes", "expected"), WRONG)
def test_wrong_broadcast_is_found(judge: Any, changes: dict[str, Any], expected: str) -> None:
    assert expected in found(judge, judged(**dict(changes)))


def test_poll_of_the_newest_alone_meets_it() -> None:
    newest = {"poll_a": polled("poll/a", [FIRST[1], MISSED])}
    assert outcome(POLL, judged(declared=settings(history=2), **newest)) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": ""}, "whose `id` is no text or empty"),
        ({"content": None}, "whose `content` is no text"),
        ({"type": 5, "agentId": ["a"]}, "whose `type`, `agentId` is no text"),
        ({"timestamp": 1736944496789}, "`timestamp` 1736944496789"),
        ({"timestamp": "2025-01-15T12:34:56"}, "`timestamp` '2025-01-15T12:34:56'"),
        ({"timestamp": "2025-01-15"}, "`timestamp` '2025-01-15'"),
    ],
)
def test_field_that_is_wrong_is_found(changes: dict[str, Any], expected: str) -> None:
    assert expected in found(FIELDS, judged(turn=stream("turn", event({**FIRST[0], **changes}, 1))))


@pytest.mark.parametrize("data", [b"data: hello\n\n", b"data: [1]\n\n", b"data: {]\n\n"])
def test_data_that_is_no_object_is_found(data: bytes) -> None:
    assert "which is no JSON object" in found(FIELDS, judged(turn=stream("turn", data)))


def test_heartbeat_of_the_declared_form_is_no_message() -> None:
    beat = b'event: beat\ndata: {}\n\ndata: {"type": "beat"}\n\n'
    declared = settings(heartbeat_form="event", heartbeat_event="beat")
    assert outcome(FIELDS, judged(declared=declared, turn=stream("turn", beat, FIRST[0]))) is None
    assert "`id`" in found(FIELDS, judged(turn=stream("turn", beat, FIRST[0])))


@pytest.mark.parametrize(
    ("most", "sent", "expected"),
    [
        (1, (), "max_concurrency = 8"),
        (8, (refusal("sent", status=401),), "generate_token = "),
        (8, (refusal("sent", status=403),), "generate_token = "),
        (8, (refusal("sent", status=500),), ""),
    ],
)
def test_messages_that_could_not_be_sent_out_are_not_claimed(most: int, sent: tuple[Any, ...], expected: str) -> None:
    quiet = recording("broadcast", profile="agent-stream", not_claimed="too few")
    given = agent_case(declared=settings(publish=None), turn=[stream("turn"), *sent], broadcast=quiet)
    config = replace(given.config, backend=replace(given.backend, max_concurrency=most))
    raised = outcome(FIELDS, replace(given, config=config))
    assert isinstance(raised, NotClaimed if expected else NotTestable)
    assert expected in getattr(raised, "declare", "")


def test_only_named_events_are_no_verdict_on_fields() -> None:
    named = {name: stream(name.replace("_", "/"), event(FIRST[0], name="created")) for name in ("a_1", "a_2", "b_1")}
    raised = outcome(FIELDS, judged(turn=stream("turn"), **named))
    assert isinstance(raised, NotTestable)


@pytest.mark.parametrize("judge", [OWN, SEVERAL])
def test_one_agent_alone_is_not_claimed(judge: Any) -> None:
    raised = outcome(judge, judged(declared=settings(agents=(A,)), both=None))
    assert isinstance(raised, NotClaimed)
    assert "agents = " in raised.declare


@pytest.mark.parametrize("judge", [NAMES, OWN, IDS, ALL])
def test_silent_streams_are_no_verdict(judge: Any) -> None:
    silent: dict[str, Any] = {label: stream(label.replace("_", "/")) for label in ("a_1", "a_2", "b_1", "a_again")}
    assert isinstance(outcome(judge, judged(**silent, poll_a=None, poll_b=None)), NotTestable)


def test_nothing_missed_is_no_verdict() -> None:
    raised = outcome(AGAIN, judged(a_1=stream("a/1", *FIRST[:2])))
    assert isinstance(raised, NotTestable)
    assert "nothing was sent out" in raised.missing


def instances(near: Any, far: Any, **findings: Any) -> Any:
    entries = (near, far, generation("sent", messages=[FIRST[0]]))
    return agent_case(instances=recording("instances", *entries, profile="agent-stream", findings=findings))


def test_message_reaches_both_instances() -> None:
    assert outcome(OTHER, instances(stream("1", FIRST[0]), stream("2", STRANGER, FIRST[0]))) is None
    published = {"text": MISSED["content"]}
    assert outcome(OTHER, instances(stream("1", MISSED), stream("2", MISSED), published=published)) is None


def test_message_that_stays_at_its_instance_is_found() -> None:
    assert "and not the second's" in found(OTHER, instances(stream("1", FIRST[0]), stream("2", STRANGER)))
    published = {"text": MISSED["content"]}
    only = instances(stream("1", FIRST[0], MISSED), stream("2", FIRST[0]), published=published)
    assert "message 'msg_5'" in found(OTHER, only)


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (stream("1"), stream("2")),
        (stream("1", FIRST[0]), refusal("2", status=502)),
        (exchange("1", status=None), stream("2", FIRST[0])),
    ],
)
def test_instances_without_a_stream_are_no_verdict(near: Any, far: Any) -> None:
    assert isinstance(outcome(OTHER, instances(near, far)), NotTestable)
