"""Hand-made recordings of the scenarios of agent-stream."""

from __future__ import annotations

import json
from typing import Any

from chatproof.case import Case
from chatproof.config.profile_keys import AgentStream
from chatproof.config.shared_keys import Route
from chatproof.recording import End, Exchange
from support.recordings import JSON_HEADERS, STREAM_HEADERS, URL, case, exchange, recording

A, B = "claude_arbitrage", "gemini_grid"
STREAM_URL = f"{URL}/api/chat/stream"
GENERATE_URL = f"{URL}/api/chat/generate"
TIME = "2025-01-15T12:34:56.{number:03}Z"
GREETING = b": connected\n\n"

Message = dict[str, Any]


def message(agent: str, number: int, **changes: Any) -> Message:
    """The message of that number, from 1 to 999; its id and its time follow from the number."""
    content = f"Observation {number}"
    fields = {"id": f"msg_{number}", "type": "analysis", "agentId": agent, "content": content}
    return {**fields, "timestamp": TIME.format(number=number), **changes}


FIRST = [message(A, 1), message(A, 2), message(B, 3), message(B, 4)]
MISSED = message(A, 5, content="missed")


def event(entry: Any, number: int | None = None, name: str = "") -> bytes:
    """A message as an event; `number` is its event id, by default the one in the message's."""
    identifier = entry["id"].removeprefix("msg_") if number is None and isinstance(entry, dict) else number
    lines = [f"id: {identifier}"] if identifier not in {None, 0} else []
    lines += [f"event: {name}"] if name else []
    return "\n".join([*lines, f"data: {json.dumps(entry)}", "", ""]).encode()


def stream(label: str, *pieces: bytes | Message, agent: str = A, **changes: Any) -> Exchange:
    """A subscription that we left; pieces are bytes or messages."""
    body = b"".join(event(piece) if isinstance(piece, dict) else piece for piece in pieces)
    defaults: dict[str, Any] = {"headers": STREAM_HEADERS, "end": End.ABORTED, "method": "GET", "request_body": b""}
    url = f"{STREAM_URL}?agentId={agent}"
    return exchange(label, body=GREETING + body, **{**defaults, "url": url, **changes})


def generation(label: str = "generate", messages: Any = FIRST, **changes: Any) -> Exchange:
    """An answer to a generation."""
    fields = {"success": True, "messagesGenerated": len(messages), "messages": messages, "timestamp": TIME}
    fields |= {"timestamp": TIME.format(number=7), **changes.pop("fields", {})}
    body = json.dumps(fields).encode()
    defaults = {"headers": JSON_HEADERS, "body": body, "end": End.LENGTH_REACHED, "url": GENERATE_URL}
    return exchange(label, **{**defaults, "request_body": b"", **changes})


def polled(label: str, messages: Any, **changes: Any) -> Exchange:
    """An answer to a poll."""
    defaults: dict[str, Any] = {"headers": JSON_HEADERS, "body": json.dumps(messages).encode(), "method": "GET"}
    return exchange(label, **{**defaults, "url": f"{URL}/api/chat/messages", "end": End.LENGTH_REACHED, **changes})


def settings(**changes: Any) -> AgentStream:
    """A profile with two agents and everything declared."""
    declared: dict[str, Any] = {
        "agents": (A, B),
        "agents_parameter": "agentIds",
        "publish": Route(path="/api/chat/messages", body={"agentId": "{agent}", "content": "{text}"}),
        "poll": Route(path="/api/chat/messages?agentId={agent}", method="GET"),
        "instances": ("http://10.0.0.1:3000", "http://10.0.0.2:3000"),
        "heartbeat_variable": "SSE_HEARTBEAT_MS",
    }
    return AgentStream(**{**declared, **changes})


RIGHT_BROADCAST: dict[str, Exchange] = {
    "a/1": stream("a/1", *FIRST[:2], MISSED),
    "a/2": stream("a/2", *FIRST[:2]),
    "b/1": stream("b/1", *FIRST[2:], agent=B),
    "both": stream("both", *FIRST, MISSED),
    "generate": generation(),
    "a/again": stream("a/again", MISSED),
    "poll/a": polled("poll/a", [*FIRST[:2], MISSED]),
    "poll/b": polled("poll/b", {"messages": FIRST[2:]}),
}
PUBLISHED = {"agent": A, "text": "missed", "label": "missed"}


def broadcast(*, published: bool = True, **changes: Exchange | None) -> Any:
    """The scenario `broadcast`, right but for the exchanges given (`a_1` for `a/1`); None leaves one out."""
    known = {**RIGHT_BROADCAST, **{name.replace("_", "/"): given for name, given in changes.items()}}
    entries = [entry for entry in known.values() if entry is not None]
    findings = {"published": PUBLISHED} if published else {}
    return recording("broadcast", *entries, profile="agent-stream", findings=findings)


def agent_case(*, declared: AgentStream | None = None, **recordings: Any) -> Case:
    """A case of this profile with these recordings."""
    return case(profile="agent-stream", settings=declared or settings(), **recordings)
