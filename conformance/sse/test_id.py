"""Event ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ._streams import INTERPRETING, expect_no, html, streams

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange


@requirement(
    "SSE-ID-01",
    Level.MUST,
    INTERPRETING,
    html("9.2.4 The `Last-Event-ID` header", "the-last-event-id-header"),
    why="A client ignores an id with U+0000 in it and goes on with the one before: after a reconnect it gets events "
    "that it already has.",
    example='id: 42\nevent: token\ndata: {"text":"Hello"}\n\n',
    remedy={
        "any": "Use plain printable ids, such as a counter.",
        "sse-starlette": "`ServerSentEvent(id=str(counter), ...)`.",
    },
)
def test_ids_hold_no_nul(case: Case) -> None:
    """An event id holds no U+0000."""
    recorded = streams(case)
    for exchange in recorded:
        expect_no("id-with-nul", exchange, meaning="an id with U+0000", expected="an id without U+0000")
    if not any(_sends_ids(exchange) for exchange in recorded):
        raise NotClaimed("the stream sends no event ids")


def _sends_ids(exchange: Exchange) -> bool:
    """Some id was set."""
    return any(event.id for event in exchange.stream.events) or bool(exchange.stream.last_event_id)
