"""The interval of heartbeats as a stream shows it, against one that was asked for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.sse import Comment

from .answers import heartbeats, seconds, shown, silence

if TYPE_CHECKING:
    from chatproof.config import AiChat
    from chatproof.recording import Exchange
    from chatproof.sse import Frame

__all__ = ["expect_interval", "expect_no_flood"]

_TOLERANCE = 1.5
_MOST_PER_SECOND = 10.0


def expect_interval(exchange: Exchange, settings: AiChat, asked_ms: int) -> None:
    """
    Heartbeats come at the interval that was asked for, in milliseconds.

    No silence is longer than 1.5 times that, and there are no more than twice as many as fit. NotTestable where
    nothing but tokens was seen.
    """
    asked_ns = asked_ms * 1_000_000
    longest, began = silence(exchange)
    beats = _between_events(exchange, settings)
    expect(
        longest <= _TOLERANCE * asked_ns,
        found=f"{seconds(longest)} without a byte, from {seconds(began)} after the request",
        expected=f"a heartbeat each {asked_ms} ms, as the variable says",
        at=exchange,
    )
    if not beats:
        raise NotTestable(f"no heartbeat was due: events came faster than the {asked_ms} ms of the variable")
    opened = exchange.response.at_ns if exchange.response else 0
    lasted = max(beat.at_ns for beat in beats) - opened
    if lasted < asked_ns / 2:
        raise NotTestable("the stream came all at once, so that the interval cannot be seen")
    expect(
        len(beats) <= 2 * (lasted / asked_ns + 1),
        found=f"{len(beats)} heartbeats in {seconds(lasted)}",
        expected=f"a heartbeat each {asked_ms} ms, as the variable says",
        at=exchange,
        offset=beats[0].offset,
    )


def _between_events(exchange: Exchange, settings: AiChat) -> list[Frame]:
    """The heartbeats but for those inside an event, which come with it: that is another requirement's matter."""
    beats = heartbeats(exchange, settings)
    return [beat for beat in beats if not (isinstance(beat, Comment) and beat.in_block)]


def expect_no_flood(exchange: Exchange, settings: AiChat, what: str) -> None:
    """A turn of a backend started with a value that is no interval: a stream, without heartbeats in torrents."""
    expect(
        exchange.status == HTTPStatus.OK and exchange.is_stream,
        found=f"with {what}: {shown(exchange)}",
        expected="a turn as usual, or a backend that refuses to start",
        at=exchange,
    )
    beats = _between_events(exchange, settings)
    most = max(_MOST_PER_SECOND, 2 / settings.heartbeat)
    lasted = max((beat.at_ns for beat in beats), default=0) - min((beat.at_ns for beat in beats), default=0)
    expect(
        len(beats) <= most * (lasted / 1e9 + 1),
        found=f"with {what}: {len(beats)} heartbeats in {seconds(lasted)}",
        expected=f"an interval of at least {1 / most:g} s, such as the default of 10 s",
        at=exchange,
    )
