"""What a message is on a stream, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .messages import CRON_LINE, FIELDS, is_greeting, is_iso, json_of, listed, needs_secret, sign_of
from .reading import Message, copies, named, on_stream, sent, streams
from .sources import BROWSER, HOOK, PARSING, TWICE

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange
    from chatproof.sse import Event

_MEANS = ("loopback_or_intrusive",)
_EXAMPLE = (
    'data: {"id":"msg_1","type":"analysis","agentId":"claude_arbitrage","content":"...",'
    '"timestamp":"2025-01-15T12:34:56.789Z"}\n\n'
)


@requirement(
    "AGENT-MSG-01",
    Level.MUST,
    BROWSER,
    PARSING,
    why="The client listens with `onmessage`, which gets events without a name only: a named message reaches nobody.",
    example=_EXAMPLE,
    remedy={
        "any": "Write messages without an `event:` line.",
        "next": "``controller.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\\n\\n`))``.",
        "express": "`res.write(`data: ${JSON.stringify(message)}\\n\\n`)`.",
        "sse-starlette": "`ServerSentEvent(data=...)` without `event=`.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_messages_have_no_event_name(case: Case) -> None:
    """Messages are events without a name, or named `message`."""
    _, messages = sent(case)
    seen = 0
    for _, exchange in streams(case).values():
        arrived = on_stream(case, exchange)
        for copy in (copy for message in messages for copy in copies(message, arrived)):
            seen += 1
            found = f"{named(copy.message)} in an event named `{copy.event.type}`"
            right = copy.event.type == "message"
            expect(right, found=found, expected="an event without a name", at=exchange, offset=copy.event.offset)
    if not seen:
        raise NotTestable("no message that was generated arrived on a stream")


@requirement(
    "AGENT-MSG-02",
    Level.MUST,
    BROWSER,
    HOOK,
    why="The page parses every message, shows its type, content and time, files it under its agent, and drops what it "
    "has by the id: a field that is missing breaks one of these.",
    example=_EXAMPLE,
    remedy={
        "any": "Write one JSON object with the texts `id`, `type`, `content`, `agentId` and an ISO-8601 `timestamp`.",
        "next": "`timestamp: new Date().toISOString()`, and one serializer for stream, poll and generation.",
        "fastapi": "`datetime.now(timezone.utc).isoformat()`: a time without its zone is read as local.",
    },
    scenarios=("turn",),
    optional=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_message_has_all_its_fields(case: Case) -> None:
    """
    The data of every message is one JSON object with the texts `id`, `type`, `content` and `agentId`, and a timestamp.

    The timestamp is ISO-8601 with its zone. A greeting and heartbeats of the declared form are no messages.
    """
    exchanges = [*case["turn"].turns, *_broadcast_streams(case)]
    events = [
        (exchange, event)
        for exchange in exchanges
        for event in exchange.stream.events
        if event.type == "message" and not is_greeting(event, case.settings)
    ]
    for exchange, event in events:
        _expect_message(exchange, event)
    if not events:
        raise _none_arrived(case)


def _none_arrived(case: Case) -> Exception:
    """NotClaimed where messages were not, or not rightly, sent out for want of a key; NotTestable otherwise."""
    sent_out = [entry for entry in case["turn"].exchanges if entry.label == "sent"]
    if not sent_out and case.backend.max_concurrency == 1:
        reason = "it takes 2 requests under way at once to send a message to an open stream"
        return NotClaimed(reason, declare="max_concurrency = 8  # in [backend]")
    if case.settings.publish is None and sent_out and (reason := needs_secret(sent_out[0], case.settings)):
        return NotClaimed(reason, declare=CRON_LINE)
    return NotTestable("no message arrived on a stream")


def _broadcast_streams(case: Case) -> list[Exchange]:
    """The streams of several clients; none where so many may not be open at once."""
    try:
        return [exchange for _, exchange in streams(case).values()]
    except NotClaimed:
        return []


def _expect_message(exchange: Exchange, event: Event) -> None:
    data = json_of(event.data)
    expected = "one JSON object with id, type, content, agentId and timestamp"
    if not isinstance(data, dict):
        found = f"the data {event.data[:80]!r}, which is no JSON object"
        raise Failure(found=found, expected=expected, at=exchange, offset=event.offset)
    wrong = [name for name in FIELDS[:-1] if not isinstance(data.get(name), str) or not data[name]]
    found = f"a message whose {', '.join(f'`{name}`' for name in wrong)} is no text or empty"
    expect(not wrong, found=found, expected=expected, at=exchange, offset=event.offset)
    found = f"`timestamp` {data.get('timestamp')!r}"
    expected = "a time in ISO-8601 with its zone, such as 2025-01-15T12:34:56.789Z"
    expect(is_iso(data.get("timestamp")), found=found, expected=expected, at=exchange, offset=event.offset)


@requirement(
    "AGENT-MSG-03",
    Level.MUST,
    BROWSER,
    HOOK,
    why="A page that shows one agent's messages shows another's under its name, and each stream costs as much as all.",
    example="GET /api/chat/stream?agentId=gemini_grid\n\n" + _EXAMPLE.replace("claude_arbitrage", "gemini_grid"),
    remedy={
        "any": "Keep subscribers by agent, and write a message to those of its own agent only.",
        "next": "`Map<agentId, Set<controller>>`, and look up `message.agentId` when it is broadcast.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_stream_carries_its_own_agent_only(case: Case) -> None:
    """A stream for one agent carries messages of that agent only."""
    if len(case.settings.agents) == 1:
        raise NotClaimed("there is one agent only", declare='agents = ["claude_arbitrage", "gemini_grid"]')
    silent = ""
    for agent, exchange in streams(case).values():
        arrived = [entry for entry in on_stream(case, exchange) if "agentId" in entry.message]
        for entry in arrived:
            found = f"a message of {entry.message['agentId']!r} on a stream for {agent!r}"
            own = entry.message["agentId"] == agent
            expect(own, found=found, expected="its own agent's only", at=exchange, offset=entry.event.offset)
        silent = silent or ("" if arrived else exchange.key)
    if silent:
        raise NotTestable(f"no message arrived on `{silent}`")


@requirement(
    "AGENT-MSG-04",
    Level.MUST,
    TWICE,
    HOOK,
    why="Pages tell by the id what they have already: from the stream, from the poll, and after a reconnect. An id "
    "that is made anew each time shows every message twice.",
    example=_EXAMPLE,
    remedy={
        "any": "Make the id once, when the message is made, and send it everywhere.",
        "next": "`const message = {id: crypto.randomUUID(), ...}` before it is broadcast and stored.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_message_has_one_id_everywhere(case: Case) -> None:
    """A message's id is its own, and the same in the generation's answer, on every stream and in the poll."""
    answer, messages = sent(case)
    ids = [message.get("id") for message in messages]
    missing = next((message for message in messages if not message.get("id")), None)
    expect(missing is None, found=f"a message without an id: {missing}", expected="an id in each", at=answer)
    twice = sorted({str(name) for name in ids if ids.count(name) > 1})
    expect(not twice, found=f"id {', '.join(twice)} on several messages", expected="an id for each", at=answer)
    places = [
        (exchange, [entry.message for entry in on_stream(case, exchange)]) for _, exchange in streams(case).values()
    ]
    recording = case["broadcast"]
    places += [(entry, listed(entry)) for entry in recording.exchanges if entry.label.startswith("poll/")]
    seen = sum(_expect_same(message, place, exchange) for message in messages for exchange, place in places)
    if not seen:
        raise NotTestable("no message that was generated was seen again")
    published = recording.findings.get("published")
    if published:
        again = [recording["a/again"]] if "a/again" in recording else []
        places += [(entry, [found.message for found in on_stream(case, entry)]) for entry in again]
        _expect_one_id(published["text"], places)


def _expect_same(message: Message, place: list[Message], exchange: Exchange) -> bool:
    """Whether the message stands there; Failure where it has another id."""
    if any(entry.get("id") == message["id"] for entry in place):
        return True
    for entry in place:
        if sign_of(entry) == sign_of(message):
            found = f"{named(message)} has the id {entry.get('id')!r} in `{exchange.key}`"
            raise Failure(found=found, expected="the id that it has in the generation's answer", at=exchange)
    return False


def _expect_one_id(text: str, places: list[tuple[Exchange, list[Message]]]) -> None:
    known: dict[str, str] = {}
    for exchange, place in places:
        for entry in place:
            if entry.get("content") == text:
                known.setdefault(str(entry.get("id")), exchange.key)
                found = "one message under the ids " + ", ".join(f"{name!r} in `{key}`" for name, key in known.items())
                expect(len(known) == 1, found=found, expected="one id everywhere", at=exchange)
