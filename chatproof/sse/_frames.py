"""What an event stream is made of, as a browser sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

__all__ = ["Comment", "Event", "Frame", "Silent", "Stream", "Violation"]

# Frames are named tuples: a stream has very many of them, and a frozen dataclass takes four times as
# long to make, which alone would be half of what a client library spends on a whole event.


class Event(NamedTuple):
    """
    A block that a browser dispatches.

    `at_ns` is the arrival of the read that held the byte which ended the block, `offset` the first
    byte of its first field and `end` the byte after the one which ended it (the LF of a closing CRLF
    is not counted: the CR had ended the block). `id` is the last event id when it was dispatched.
    """

    at_ns: int
    offset: int
    end: int
    type: str
    data: str
    id: str


class Comment(NamedTuple):
    """
    A line that starts with a colon: the text after it, less one leading space.

    It is a frame of its own wherever it stands; `in_block` says that fields came before it in the
    same block. `at_ns`, `offset` and `end` are as for an event, of the line.
    """

    at_ns: int
    offset: int
    end: int
    text: str
    in_block: bool


class Silent(NamedTuple):
    """
    A block with fields but no data: it sets id or retry, and no browser dispatches it.

    `type` is the value of its `event` field, empty where it has none; `id` the last event id after it.
    """

    at_ns: int
    offset: int
    end: int
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Violation:
    """
    A breach of the format: the rule's name, the byte offset, and what was found there.

    Rules: `invalid-utf8` (one for each line), `unfinished-block`, `retry-not-digits`, `id-with-nul`,
    `unknown-field`, `frame-too-large` (our own limit; the frame was dropped).
    """

    rule: str
    offset: int
    found: str


Frame: TypeAlias = Event | Comment | Silent


@dataclass(frozen=True, slots=True)
class Stream:
    """
    A whole decoded stream.

    `retry` is the last valid reconnection time in milliseconds, `last_event_id` the id a client would
    resume with. `bom` says that a byte order mark was stripped, `line_endings` which of `LF`, `CRLF`
    and `CR` occurred, `size` the number of bytes.
    """

    frames: tuple[Frame, ...]
    violations: tuple[Violation, ...]
    retry: int | None
    last_event_id: str
    bom: bool
    line_endings: frozenset[str]
    size: int

    @property
    def events(self) -> tuple[Event, ...]:
        """The frames that a browser dispatches."""
        return tuple(frame for frame in self.frames if isinstance(frame, Event))

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments, also those inside a block."""
        return tuple(frame for frame in self.frames if isinstance(frame, Comment))
