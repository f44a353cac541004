"""How judges read a recording: which stream is whose, what was sent out, and how often it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import NotTestable

from .messages import Arrival, arrivals, generated, sign_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

__all__ = [
    "STREAMS",
    "Message",
    "copies",
    "exchange_of",
    "last_look",
    "named",
    "on_stream",
    "runs",
    "sent",
    "shown",
    "stream_of",
    "streams",
]

Message = dict[str, Any]

STREAMS = {"a/1": 0, "a/2": 0, "b/1": 1}
"""The streams for one agent in the scenario `broadcast`, with the agent's place in the declared list."""

_OK = 200


def shown(exchange: Exchange) -> str:
    """An answer in a few words: its status and media type, or why there is none."""
    if exchange.response is None:
        return f"no answer ({exchange.trouble or exchange.end.value})"
    return f"status {exchange.response.status} with {exchange.response.media_type or 'no media type'}"


def exchange_of(recording: Recording, label: str) -> Exchange:
    """The exchange of that label; NotTestable where there is none."""
    if label not in recording:
        raise NotTestable(f"`{label}` of the scenario `{recording.scenario}` was not recorded")
    return recording[label]


def last_look(recording: Recording, label: str) -> Exchange:
    """The last of the polls `label`, `label/2`, `label/3`; NotTestable where there is none."""
    looks = [entry for entry in recording.exchanges if entry.label.startswith(f"{label}/")]
    return looks[-1] if looks else exchange_of(recording, label)


def stream_of(recording: Recording, label: str) -> Exchange:
    """An opened subscription; NotTestable where it was refused."""
    exchange = exchange_of(recording, label)
    if exchange.status != _OK or not exchange.is_stream:
        raise NotTestable(f"the subscription `{exchange.key}` was not opened: {shown(exchange)}")
    return exchange


def streams(case: Case) -> dict[str, tuple[str, Exchange]]:
    """The agent and the exchange of each stream for one agent, by label; NotTestable where one was not opened."""
    recording, agents = case["broadcast"], case.settings.agents
    known = {label: place for label, place in STREAMS.items() if place < len(agents)}
    return {label: (agents[place], stream_of(recording, label)) for label, place in known.items()}


def on_stream(case: Case, exchange: Exchange) -> list[Arrival]:
    """The messages on a stream."""
    return arrivals(exchange.stream.frames, case.settings)


def runs(case: Case, recording: Recording) -> list[Exchange]:
    """The generations of a recording, in order."""
    path = case.settings.generate_path
    return [entry for entry in recording.exchanges if entry.request.method == "POST" and _path(entry) == path]


def _path(exchange: Exchange) -> str:
    url = exchange.request.url.partition("://")[2]
    return "/" + url.partition("/")[2].partition("?")[0]


def sent(case: Case, label: str = "generate") -> tuple[Exchange, list[Message]]:
    """A generation of `broadcast` and the messages that its answer lists; NotTestable where it lists none."""
    exchange = exchange_of(case["broadcast"], label)
    messages = generated(exchange) if exchange.status == _OK else []
    if not messages:
        raise NotTestable(f"no message was generated: {shown(exchange)}")
    return exchange, messages


def copies(message: Message, seen: Iterable[Arrival]) -> list[Arrival]:
    """What arrived of a message: by its id, or where nothing has that, by what it says."""
    known = list(seen)
    same = [entry for entry in known if message.get("id") and entry.message.get("id") == message["id"]]
    return same or [entry for entry in known if sign_of(entry.message) == sign_of(message)]


def named(message: Message) -> str:
    """A message in a few words."""
    return f"message {message.get('id')!r} of {message.get('agentId')!r}"
