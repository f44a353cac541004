"""The scenarios of the profile agent-stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatproof.scenario import ScenarioSet

from . import deliveries, subscriptions

if TYPE_CHECKING:
    from chatproof.recording import Exchange
    from chatproof.sse import Event

__all__ = ["SCENARIOS"]

_GREETINGS = frozenset({"connected", "heartbeat", "open", "ping", "ready"})


def _no_stream(exchange: Exchange) -> str:
    """Why an answer is no subscription: it is no stream, nothing was said on it, or something else than messages."""
    if not exchange.is_stream:
        kind = exchange.response.media_type if exchange.response else ""
        return f"the answer is {kind or 'of no media type'}, and no event stream"
    stream = exchange.stream
    if not stream.frames:
        return f"no frame in the {len(exchange.body)} bytes of the stream"
    if not stream.comments and not any(map(_is_message, stream.events)):
        return f"none of its {len(stream.events)} events is a message"
    return ""


def _is_message(event: Event) -> bool:
    """It holds a JSON object that says of which type or agent it is, or its name says that it greets or beats."""
    if event.type in _GREETINGS:
        return True
    try:
        content = json.loads(event.data)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and bool({"agentId", "type"} & content.keys())


_ALL = (*subscriptions.SCENARIOS, *deliveries.SCENARIOS)

SCENARIOS = ScenarioSet(
    profile="agent-stream",
    control="turn",
    scenarios={scenario.name: scenario for scenario in _ALL},
    broken=_no_stream,
    what="subscription",
)
