"""
The grammar of a chat turn as a state machine over a whole stream: token+ usage done, and then nothing.

Each breach is booked on one rule only, so that one defect breaks one requirement:
`usage` out of place is a breach of USAGE wherever it stands, another event after `done` (or a
second `done`) one of DONE, and what is no chat event after `done` (comment, heartbeat, block
without data) one of TRAILING.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from chatproof.sse import Comment, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.config import AiChat
    from chatproof.sse import Frame

__all__ = ["HEARTBEAT_NAMES", "Breach", "Order", "Rule", "excerpt", "order_of", "payload", "text_of"]

HEARTBEAT_NAMES = frozenset({"heartbeat", "ping", "keepalive", "keep-alive", "keep_alive"})


class Rule(StrEnum):
    """What a breach is booked on."""

    TOKEN = "token"  # noqa: S105 - a piece of an answer, no credential
    USAGE = "usage"
    DONE = "done"
    TRAILING = "trailing"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of the grammar: its rule, what was found, and the byte of the stream where it shows."""

    rule: Rule
    found: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    A stream read by the grammar.

    `done` is the first `done` event and `finish_reason` its reason (None where it gives none that
    is text). `last` is the last event of the chat: whatever is no heartbeat.
    """

    breaches: tuple[Breach, ...]
    tokens: tuple[Event, ...]
    done: Event | None
    finish_reason: str | None
    last: Event | None

    def of(self, rule: Rule) -> Breach | None:
        """The first breach of a rule, if it was broken."""
        return next((breach for breach in self.breaches if breach.rule is rule), None)

    @property
    def failed(self) -> bool:
        """The backend itself says that the turn failed."""
        return self.finish_reason == "error"


class _State(Enum):
    ANSWERING = "before usage"
    REPORTED = "after usage"
    DONE = "after done"


def order_of(frames: Iterable[Frame], settings: AiChat) -> Order:
    """Reads the frames of one turn; pure, and total over any frames."""
    frames = tuple(frames)
    events = [frame for frame in frames if isinstance(frame, Event)]
    done = next((event for event in events if event.type == "done"), None)
    chat = [event for event in events if not _is_heartbeat(event, settings)]
    reason = payload(done).get("finish_reason") if done else None
    return Order(
        breaches=tuple(_walk(frames, settings)),
        tokens=tuple(event for event in events if event.type == "token"),
        done=done,
        finish_reason=reason if isinstance(reason, str) else None,
        last=chat[-1] if chat else None,
    )


def _walk(frames: tuple[Frame, ...], settings: AiChat) -> Iterator[Breach]:
    state = _State.ANSWERING
    seen: dict[str, int] = {"token": 0, "usage": 0, "done": 0}
    failed = False
    for frame in frames:
        if not isinstance(frame, Event) or _is_heartbeat(frame, settings):
            if state is _State.DONE:
                yield Breach(Rule.TRAILING, f"{_named(frame)} after `done`", frame.offset)
            continue
        if frame.type in seen:
            seen[frame.type] += 1
        yield from _event(frame, state, seen, settings)
        if frame.type == "done":
            state = _State.DONE
            failed = failed or payload(frame).get("finish_reason") == "error"
        elif frame.type == "usage" and state is _State.ANSWERING:
            state = _State.REPORTED
    yield from _missing(frames, seen, failed=failed)


def _event(event: Event, state: _State, seen: dict[str, int], settings: AiChat) -> Iterator[Breach]:
    """The breaches of one event, given what came before; `seen` counts it already."""
    match event.type:
        case "token":
            yield from _token(event, state)
        case "usage":
            yield from _usage(event, state, seen["usage"])
        case "done":
            yield from _done(event, seen["done"], settings)
        case name if name not in settings.extra_events:
            if name == "message":
                yield Breach(Rule.TOKEN, f"an event without a name, data {excerpt(event.data)}", event.offset)
            else:
                yield Breach(Rule.NAME, f"an event named {excerpt(name)}", event.offset)
    if state is _State.DONE and event.type not in {"usage", "done"}:
        yield Breach(Rule.DONE, f"{_named(event)} after `done`", event.offset)


def _missing(frames: tuple[Frame, ...], seen: dict[str, int], *, failed: bool) -> Iterator[Breach]:
    end = frames[-1].end if frames else 0
    if not seen["token"] and not failed:
        yield Breach(Rule.TOKEN, "no event named `token`", end)
    if not seen["usage"] and not failed:
        yield Breach(Rule.USAGE, "no `usage` event", end)
    if not seen["done"]:
        yield Breach(Rule.DONE, "no `done` event", end)


def _token(event: Event, state: _State) -> Iterator[Breach]:
    data = payload(event)
    if not isinstance(data.get("text"), str):
        yield Breach(Rule.TOKEN, f"a `token` with data {excerpt(event.data)}", event.offset)
    if state is _State.REPORTED:
        yield Breach(Rule.USAGE, "a `token` after `usage`", event.offset)


def _usage(event: Event, state: _State, count: int) -> Iterator[Breach]:
    if count > 1:
        yield Breach(Rule.USAGE, f"{count} `usage` events", event.offset)
    elif state is _State.DONE:
        yield Breach(Rule.USAGE, "`usage` after `done`", event.offset)
    data = payload(event)
    for name in ("tokens_in", "tokens_out"):
        if not _is_number(data.get(name)) or data[name] != int(data[name]):
            yield Breach(Rule.USAGE, f"`{name}` is {_shown(data, name)}", event.offset)
    if not _is_number(data.get("cost_usd")):
        yield Breach(Rule.USAGE, f"`cost_usd` is {_shown(data, 'cost_usd')}", event.offset)
    model = data.get("model")
    if not isinstance(model, str) or not model:
        yield Breach(Rule.USAGE, f"`model` is {_shown(data, 'model')}", event.offset)


def _is_number(value: object) -> bool:
    """A finite JSON number that is not negative; `true` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _done(event: Event, count: int, settings: AiChat) -> Iterator[Breach]:
    if count > 1:
        yield Breach(Rule.DONE, f"{count} `done` events", event.offset)
    data = payload(event)
    if data.get("finish_reason") not in settings.finish_reasons:
        yield Breach(Rule.DONE, f"`finish_reason` is {_shown(data, 'finish_reason')}", event.offset)


def _is_heartbeat(event: Event, settings: AiChat) -> bool:
    names = HEARTBEAT_NAMES | {settings.heartbeat_event} if settings.heartbeat_form == "event" else HEARTBEAT_NAMES
    return event.type in names and event.type not in settings.extra_events


def payload(event: Event) -> dict[str, Any]:
    """The JSON object in an event's data; empty where there is none."""
    try:
        value = json.loads(event.data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def text_of(frames: Iterable[Frame]) -> str:
    """The answer: the text of all tokens, joined."""
    texts = (payload(f).get("text") for f in frames if isinstance(f, Event) and f.type == "token")
    return "".join(text for text in texts if isinstance(text, str))


def excerpt(text: str, limit: int = 80) -> str:
    """A text in quotes, cut to a limit of characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def _shown(data: dict[str, Any], name: str) -> str:
    return excerpt(json.dumps(data[name])) if name in data else "missing"


def _named(frame: Frame) -> str:
    if isinstance(frame, Event):
        return f"an event named {excerpt(frame.type)}"
    return f"a comment {excerpt(frame.text)}" if isinstance(frame, Comment) else "a block without data"
