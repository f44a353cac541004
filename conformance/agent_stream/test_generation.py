"""Generating messages: what is told of a run, how long it takes, who may start one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .messages import generated, is_iso, json_of
from .reading import copies, exchange_of, on_stream, runs, sent, shown, stream_of
from .sources import CRON, MANUAL, MONITOR, TWICE

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_MEANS = ("loopback_or_intrusive",)
_OK = 200
_REFUSED = frozenset({401, 403})
_EXAMPLE = (
    '{"success":true,"messagesGenerated":10,"messages":[{"id":"msg_1",...},...],"timestamp":"2025-01-15T12:34:56.789Z"}'
)


@requirement(
    "AGENT-GEN-01",
    Level.MUST,
    MANUAL,
    why="The cron job and whoever runs it by hand see nothing else of a run: a count that is not that of the messages "
    "hides a failure.",
    example=_EXAMPLE,
    remedy={
        "any": "Compute `messagesGenerated` from the list that is sent with it.",
        "next": "`Response.json({success: true, messagesGenerated: messages.length, messages, timestamp: "
        "new Date().toISOString()})`.",
        "fastapi": '`{"success": True, "messagesGenerated": len(messages), ...}`.',
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_generation_tells_what_it_made(case: Case) -> None:
    """
    A generation is answered 200 with `success` true, the list `messages`, their number, and a timestamp.

    `messagesGenerated` is the length of the list, `timestamp` ISO-8601 with its zone.
    """
    exchange = exchange_of(case["broadcast"], "generate")
    if exchange.response is None:
        raise NotTestable(f"the generation got no answer: {exchange.trouble}")
    body = json_of(exchange.body.decode("utf-8", "replace"))
    right = exchange.status == _OK and isinstance(body, dict)
    expect(right, found=shown(exchange), expected="status 200 with a JSON object", at=exchange)
    fields: dict[str, Any] = body
    expect(fields.get("success") is True, found=_field(fields, "success"), expected="`success` true", at=exchange)
    messages, count = fields.get("messages"), fields.get("messagesGenerated")
    is_list = isinstance(messages, list)
    expect(is_list, found=_field(fields, "messages"), expected="`messages`, a list", at=exchange)
    length = len(messages) if isinstance(messages, list) else 0
    counted = type(count) is int and count == length
    found = f"{_field(fields, 'messagesGenerated')} and {length} messages"
    expect(counted, found=found, expected="`messagesGenerated`, the number of messages", at=exchange)
    found = _field(fields, "timestamp")
    expect(is_iso(fields.get("timestamp")), found=found, expected="`timestamp` in ISO-8601 with its zone", at=exchange)


def _field(body: dict[str, Any], name: str) -> str:
    return f"`{name}` {str(body[name])[:60]!r}" if name in body else f"no `{name}`"


@requirement(
    "AGENT-GEN-02",
    Level.SHOULD,
    MONITOR,
    why="One agent whose model fails must not silence the others; and a page that shows five agents expects five.",
    example=_EXAMPLE,
    remedy={
        "any": "Generate for every agent by itself, and keep what the others gave where one fails.",
        "next": "`Promise.allSettled` in place of `Promise.all`.",
        "fastapi": "`asyncio.gather(*runs, return_exceptions=True)`.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_every_agent_has_its_messages(case: Case) -> None:
    """A generation makes the declared number of messages (2) for each of the declared agents."""
    exchange, messages = sent(case)
    wanted = case.settings.messages_per_agent
    for agent in case.settings.agents:
        count = sum(message.get("agentId") == agent for message in messages)
        expect(count == wanted, found=f"{count} messages of {agent!r}", expected=f"{wanted} of each agent", at=exchange)


@requirement(
    "AGENT-GEN-03",
    Level.MUST,
    CRON,
    why="The cron job gives up after 30 s and counts the run as failed, whatever comes of it.",
    example="POST /api/chat/generate, answered after 6 s",
    remedy={
        "any": "Ask the models for all agents at once, each with a time limit of its own.",
        "next": "`Promise.allSettled(agents.map(generate))` in place of a loop with `await`.",
        "fastapi": "`asyncio.gather` with `asyncio.timeout`.",
    },
    scenarios=("broadcast",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_generation_is_over_in_time(case: Case) -> None:
    """A generation is answered within the declared time (30 s)."""
    limit = case.settings.generate_timeout
    exchange_of(case["broadcast"], "generate")
    for exchange in runs(case, case["broadcast"]):
        took = exchange.ended_ns / 1e9
        if exchange.response is None and took < limit:
            raise NotTestable(f"the generation got no answer: {exchange.trouble}")
        found = f"{'an' if exchange.response else 'no'} answer after {took:.1f} s"
        expect(exchange.response and took <= limit, found=found, expected=f"an answer within {limit:g} s", at=exchange)


@requirement(
    "AGENT-GEN-04",
    Level.MUST,
    CRON,
    why="The route is on the open internet, its name is in a public guide, and every call asks a model for ten answers "
    "that somebody pays for.",
    example="POST /api/chat/generate\n\nHTTP/1.1 401 Unauthorized",
    remedy={
        "any": "Ask for a secret that the cron job sends in a header, and compare it before anything is generated.",
        "next": "`if (req.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) return new Response("
        "null, {status: 401})`, and refuse to start without the secret: unset, it compares with `undefined`.",
        "fastapi": "A dependency that compares the header with `secrets.compare_digest`.",
        "express": "A middleware on the route, with `crypto.timingSafeEqual`.",
    },
    scenarios=("broadcast", "generate_no_token"),
    means=("production", *_MEANS),
    profiles=("agent-stream",),
)
def test_generation_needs_a_credential(case: Case) -> None:
    """In production a generation without a credential is refused with 401 or 403."""
    exchange = exchange_of(case["generate_no_token"], "generate")
    if exchange.status == _OK:
        raise Failure(found=shown(exchange), expected="status 401 or 403", at=exchange)
    control = exchange_of(case["broadcast"], "generate")
    if control.status != _OK:
        raise NotTestable(f"a generation with the declared credential does not work either: {shown(control)}")
    expect(exchange.status in _REFUSED, found=shown(exchange), expected="status 401 or 403", at=exchange)


@requirement(
    "AGENT-GEN-05",
    Level.SHOULD,
    CRON,
    TWICE,
    why="A run that takes longer than expected meets the next one, or a second cron job. Where both send out what is "
    "there, users see everything twice.",
    example="two POSTs at once: each message arrives once; or the second is answered 409",
    remedy={
        "any": "Let one run go at a time, by a lock in the store; refuse the second, or let it wait.",
        "next": "A lock in Redis or `pg_try_advisory_lock`: module memory knows of one instance only.",
        "fastapi": "`asyncio.Lock` for one process; a lock in the store for several.",
    },
    scenarios=("overlap",),
    means=_MEANS,
    profiles=("agent-stream",),
)
def test_overlapping_runs_send_nothing_twice(case: Case) -> None:
    """Two generations at once send no message twice; the second may be refused, wait, or make its own messages."""
    recording = case["overlap"]
    stream = stream_of(recording, "a/1")
    answers = [exchange_of(recording, label) for label in ("generate/1", "generate/2")]
    messages = _distinct(answers)
    arrived = on_stream(case, stream)
    seen = 0
    for message in messages:
        count = len(copies(message, arrived))
        seen += count
        found = f"message {message.get('id')!r} {count} times"
        expect(count <= 1, found=found, expected="each message once", at=stream)
    if not seen:
        raise NotTestable("no message of the two runs arrived: " + ", ".join(map(shown, answers)))


def _distinct(answers: list[Exchange]) -> list[dict[str, Any]]:
    """The messages of several answers, each id once."""
    known: dict[str, dict[str, Any]] = {}
    for answer in answers:
        for message in generated(answer):
            known.setdefault(str(message.get("id")), message)
    return list(known.values())
