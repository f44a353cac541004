"""The poll, which stands in for the stream: the same messages, and no more of them than declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .messages import FIELDS, listed, same_field
from .reading import last_look, named, on_stream, shown, streams
from .sources import FALLBACK, MEMORY, TWICE

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_OK = 200


@requirement(
    "AGENT-POLL-01",
    Level.MUST,
    FALLBACK,
    TWICE,
    MEMORY,
    why="A page that falls back to polling must go on with the same messages. Other fields break it, other ids show "
    "everything twice, and a list without an end takes its memory.",
    example='[{"id":"msg_1","type":"analysis","agentId":"claude_arbitrage","content":"...","timestamp":"..."}]',
    remedy={
        "any": "Use one serializer for stream and poll, and read the newest 20 of each agent from the store.",
        "next": "`.order('timestamp', {ascending: false}).limit(20)`, and the same object as in the broadcast.",
    },
    scenarios=("broadcast",),
    means=("poll", "loopback_or_intrusive"),
    profiles=("agent-stream",),
)
def test_poll_gives_the_same_messages(case: Case) -> None:
    """
    The poll gives the messages of the stream, with the same fields, the newest of each agent and so many at the most.

    A message may be missing there only where as many newer ones are there as the poll gives.
    """
    seen = 0
    opened = streams(case)
    for label, stream in (("poll/a", "a/1"), ("poll/b", "b/1")):
        if stream not in opened:
            continue
        agent, exchange = opened[stream]
        pushed = [entry.message for entry in on_stream(case, exchange) if entry.message.get("agentId") == agent]
        seen += len(pushed)
        _expect_poll(case, last_look(case["broadcast"], label), agent, pushed)
    if not seen:
        raise NotTestable("no message arrived on a stream, to be compared with the poll")


def _expect_poll(case: Case, exchange: Exchange, agent: str, pushed: list[dict[str, Any]]) -> None:
    if exchange.status != _OK:
        raise Failure(found=shown(exchange), expected="status 200 with the messages", at=exchange)
    polled = [message for message in listed(exchange) if message.get("agentId") == agent]
    limit = case.settings.history
    found = f"{len(polled)} messages of {agent!r}"
    expect(len(polled) <= limit, found=found, expected=f"at most {limit}", at=exchange)
    known = {message.get("id"): message for message in polled}
    for message in pushed:
        same = known.get(message.get("id"))
        other = [
            name for name in FIELDS if same is not None and not same_field(name, same.get(name), message.get(name))
        ]
        found = f"{named(message)} with another {', '.join(other)}: {same}"
        expect(not other, found=found, expected="the fields that it has on the stream", at=exchange)
    if len(polled) < limit:
        lost = [message for message in pushed if message.get("id") not in known]
    else:
        lost = [message for message in pushed[-limit:] if _newer_is_there(message, pushed, known)]
    gone = ", ".join(named(message) for message in lost)
    expect(not lost, found=f"the poll lacks {gone}", expected=f"the newest {limit} of the stream", at=exchange)


def _newer_is_there(message: dict[str, Any], pushed: list[dict[str, Any]], known: dict[Any, Any]) -> bool:
    """The poll lacks this message, and has one that was pushed before it."""
    earlier = pushed[: pushed.index(message)]
    return message.get("id") not in known and any(entry.get("id") in known for entry in earlier)
