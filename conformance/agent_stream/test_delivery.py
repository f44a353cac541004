"""Messages on their way to several clients: to each of them, once, in order, and also to those who come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .messages import generated, sign_of
from .reading import Message, copies, exchange_of, named, on_stream, runs, sent, shown, stream_of, streams
from .sources import FALLBACK, LAST_EVENT_ID, LIMITS, MANUAL, MONITOR

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_MEANS = ("loopback_or_intrusive",)
_OK = 200
_TWO_AGENTS = 'agents = ["claude_arbitrage", "gemini_grid"]'


@requirement(
    "AGENT-MSG-05",
    Level.MUST,
    MONITOR,
    MANUAL,
    why="What the answer to a generation lists is what users should have seen. A message that was lost shows up after "
    "the next poll at best, one that comes twice or out of order confuses whoever reads along.",
    example="POST /api/chat/generate -> 10 messages; each stream gets the 2 of its agent, once",
    remedy={
        "any": "Keep one queue for each subscriber, and put every message of its agent into it once, in order.",
        "next": "Keep subscribers in Redis or Postgres `NOTIFY`, not in module memory: routes may live in several.",
        "express": "One `Set` of responses for each agent; `write` to each in one loop, without `await` in it.",
        "fastapi": "An `asyncio.Queue` for each connection, filled by one loop.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_generated_messages_arrive_once_and_in_order(case: Case) -> None:
    """Every message that a generation lists reaches each subscriber of its agent exactly once, in the agent's order."""
    _, first = sent(case)
    recording = case["broadcast"]
    later = [entry for run in runs(case, recording) if run.label == "missed" for entry in generated(run)]
    for label, (agent, exchange) in streams(case).items():
        known = first if label == "a/2" else [*first, *later]
        own = [message for message in known if message.get("agentId") == agent]
        if not own:
            raise NotTestable(f"the generation lists no message of {agent!r}")
        _expect_each_once(case, exchange, own)


def _expect_each_once(case: Case, exchange: Exchange, own: list[Message]) -> None:
    arrived = on_stream(case, exchange)
    places = []
    for message in own:
        found = copies(message, arrived)
        times = "not once" if not found else f"{len(found)} times"
        expect(
            len(found) == 1, found=f"{named(message)} came {times} on `{exchange.key}`", expected="once", at=exchange
        )
        places.append(found[0].event.offset)
    by_time = sorted(zip(own, places, strict=True), key=lambda entry: str(entry[0].get("timestamp")))
    ordered = places == sorted(places) or [place for _, place in by_time] == sorted(places)
    expect(
        ordered,
        found=f"the messages of {own[0].get('agentId')!r} out of order on `{exchange.key}`",
        expected="the order of the generation's answer, or of their timestamps",
        at=exchange,
    )


@requirement(
    "AGENT-MSG-06",
    Level.MUST,
    MONITOR,
    why="Where subscribers share a queue each message goes to one of them: two users who look at the same agent see "
    "half of it each.",
    example="two streams for claude_arbitrage: both get message msg_1",
    remedy={
        "any": "Give every subscriber a queue of its own.",
        "fastapi": "One `asyncio.Queue` for each connection, not one for each agent.",
        "go": "One channel for each client: a message on a shared channel is received once.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_every_subscriber_of_an_agent_gets_its_messages(case: Case) -> None:
    """What one subscriber of an agent gets, every subscriber of that agent gets."""
    _, messages = sent(case)
    opened = streams(case)
    both = {label: on_stream(case, opened[label][1]) for label in ("a/1", "a/2")}
    seen = [message for message in messages if any(copies(message, arrived) for arrived in both.values())]
    if not seen:
        raise NotTestable("no message that was generated arrived at a subscriber of the first agent")
    for message in seen:
        for label, arrived in both.items():
            found = f"{named(message)} came to another subscriber, and not on `broadcast/{label}`"
            expect(copies(message, arrived), found=found, expected="it on both streams", at=opened[label][1])


@requirement(
    "AGENT-MSG-07",
    Level.SHOULD,
    MONITOR,
    why="A list of subscribers in one process's memory knows nothing of the other instances: with two of them half of "
    "the users get nothing.",
    example="POST http://10.0.0.1:3000/api/chat/generate; the stream at http://10.0.0.2:3000 gets its messages",
    remedy={
        "any": "Send messages through something that all instances listen to, such as Redis or Postgres `NOTIFY`.",
        "next": "On Vercel every request may meet another instance: use a broker, never a module's variable.",
    },
    scenarios=("instances",),
    means=("instances", *_MEANS),
    profiles=("agent-stream",),
)
def test_messages_reach_the_other_instance(case: Case) -> None:
    """A message that is sent out at one instance reaches subscribers of another."""
    recording = case["instances"]
    near, far = (on_stream(case, stream_of(recording, label)) for label in ("1", "2"))
    published = recording.findings.get("published")
    messages = [entry.message for entry in near]
    if published:
        messages = [message for message in messages if message.get("content") == published["text"]]
    else:
        listed = [entry for run in runs(case, recording) for entry in generated(run)]
        messages = [message for message in listed if copies(message, near)]
    if not messages:
        raise NotTestable("the message did not even arrive at the instance where it was sent out")
    for message in messages:
        found = f"{named(message)} reached the first instance's subscriber and not the second's"
        expect(copies(message, far), found=found, expected="it on both", at=recording["2"])


@requirement(
    "AGENT-MSG-08",
    Level.SHOULD,
    FALLBACK,
    LAST_EVENT_ID,
    why="EventSource reconnects by itself and names the last id that it has seen. Without ids, or where they are not "
    "heeded, everything that was sent in between is missing until the next poll.",
    example='GET /api/chat/stream?agentId=claude_arbitrage\nLast-Event-ID: 41\n\nid: 42\ndata: {"id":"msg_42",...}\n\n',
    remedy={
        "any": "Write `id:` with each message, keep the last few, and begin with those after `Last-Event-ID`.",
        "next": "`req.headers.get('last-event-id')`, and a ring of messages in the store that all instances share.",
        "express": "`req.get('Last-Event-ID')`.",
        "sse-starlette": '`ServerSentEvent(id=...)`, and read `request.headers.get("last-event-id")`.',
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_reconnect_brings_what_was_missed(case: Case) -> None:
    """Messages have event ids, and a stream reopened with `Last-Event-ID` brings what was missed, once, and no more."""
    opened = streams(case)
    agent, stayed = opened["a/1"]
    left = opened["a/2"][1]
    before = [entry for entry in on_stream(case, left) if entry.message.get("agentId") == agent]
    if not before:
        raise NotTestable("no message arrived before the client left")
    ids = all(entry.event.id for entry in before)
    expect(ids, found="messages without an `id:` line", expected="an id with every message", at=left)
    had = {sign_of(entry.message) for entry in before}
    own = [entry.message for entry in on_stream(case, stayed) if entry.message.get("agentId") == agent]
    missed = [message for message in own if sign_of(message) not in had]
    if not missed:
        raise NotTestable("nothing was sent out while the client was away")
    again = exchange_of(case["broadcast"], "a/again")
    expect(again.status == _OK and again.is_stream, found=shown(again), expected="a stream", at=again)
    replayed = on_stream(case, again)
    for message in missed:
        count = len(copies(message, replayed))
        found = f"{named(message)} {'missing' if not count else f'{count} times'} after the reconnect"
        expect(count == 1, found=found, expected="each missed message once", at=again)
    for entry in replayed:
        found = f"{named(entry.message)} once more, which the client had before it left"
        known = sign_of(entry.message) in had
        expect(not known, found=found, expected="only what was missed", at=again, offset=entry.event.offset)


@requirement(
    "AGENT-CONN-06",
    Level.SHOULD,
    LIMITS,
    why="Browsers open about six connections to one host over HTTP/1.1. A page with five agents takes five of them, "
    "and a second tab hangs.",
    example="GET /api/chat/stream?agentIds=claude_arbitrage,gemini_grid",
    remedy={
        "any": "Take a list of agents in the query, or serve HTTP/2.",
        "next": "`searchParams.get('agentIds')?.split(',')`.",
        "fastapi": "`agentIds: str = Query()` and `.split(',')`.",
        "nginx": "`http2 on;` for the public front.",
    },
    scenarios=("broadcast",),
    means=("agents_parameter", *_MEANS),
    aliases=("SSE-CONN-01",),
    profiles=("agent-stream",),
)
def test_one_connection_serves_several_agents(case: Case) -> None:
    """One stream carries the messages of several agents."""
    agents = case.settings.agents[:2]
    if len(agents) == 1:
        raise NotClaimed("there is one agent only", declare=_TWO_AGENTS)
    recording = case["broadcast"]
    _, messages = sent(case)
    exchange = exchange_of(recording, "both")
    if exchange.status != _OK or not exchange.is_stream:
        raise Failure(found=shown(exchange), expected="a stream for both agents", at=exchange)
    arrived = on_stream(case, exchange)
    for agent in agents:
        own = [message for message in messages if message.get("agentId") == agent]
        if not own:
            raise NotTestable(f"the generation lists no message of {agent!r}")
        found = f"no message of {agent!r} on a stream for {' and '.join(agents)}"
        expect(any(copies(message, arrived) for message in own), found=found, expected="both agents'", at=exchange)
