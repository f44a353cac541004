"""What a client on httpx-sse sees of a stream, and why that is not what a browser sees."""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import httpx_sse

from chatproof.content_coding import decoded_reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatproof.recording import Exchange

__all__ = ["DIVERGENCES", "Divergence", "Seen", "View", "view", "view_of"]

_BOM: Final = "\ufeff"
_LINE_END: Final = re.compile("\r\n|\n|\r")


class Seen(NamedTuple):
    """An event as a client is given it."""

    type: str
    data: str
    id: str


@dataclass(frozen=True, slots=True)
class Divergence:
    """A known way in which httpx-sse departs from WHATWG HTML 9.2; `because` completes "it sees others, because"."""

    name: str
    because: str


DIVERGENCES: Final = (
    Divergence("media-type", "it looks for `text/event-stream` anywhere in the media type, and in lower case only"),
    Divergence("charset", "it decodes with the charset of the Content-Type, where an event stream is always UTF-8"),
    Divergence("bom", "it does not strip the byte order mark, and so loses the first field"),
    Divergence(
        "phantom-after-id",
        "once an id was sent, each heartbeat and each further blank line is an empty event to it",
    ),
    Divergence("id-without-data", "it dispatches a block that has an id and no data"),
    Divergence("event-without-data", "it dispatches a block that has an event type and no data"),
    Divergence("retry-without-data", "it dispatches a block that has a retry time and no data"),
    Divergence("lenient-retry", "it takes a retry time that is not all digits, such as `+5`"),
)
_ALL: Final = frozenset(divergence.name for divergence in DIVERGENCES)
_STANDARD: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    What a client on httpx-sse sees.

    `refused` is its error where it takes the answer for no event stream. `divergences` are known
    ones that together explain the difference to `browser`, what a browser sees, and none of which could
    be left out; `explained` is False where even all of them do not.
    """

    events: tuple[Seen, ...]
    browser: tuple[Seen, ...]
    refused: str
    divergences: tuple[Divergence, ...]
    explained: bool


def view_of(exchange: Exchange) -> View:
    """The view of a recorded answer; an answer that never came is seen as empty."""
    content_type = exchange.response.header("content-type") if exchange.response else None
    return view((data for _, data in decoded_reads(exchange)), content_type=content_type or "")


def view(reads: Iterable[bytes], *, content_type: str = "text/event-stream") -> View:
    """The view of a stream that came in these reads under this Content-Type."""
    payload = list(reads)
    refused = ""
    events: tuple[Seen, ...] = ()
    try:
        found = list(httpx_sse.EventSource(cast("Any", _Response(payload, content_type))).iter_sse())
        events = tuple(Seen(event.event, event.data, event.id) for event in found)
    except httpx_sse.SSEError as error:
        refused = str(error)
    body = b"".join(payload)
    browser = _events(body, content_type, _STANDARD)
    names = _explanation(body, content_type, browser, events)
    return View(
        events=events,
        browser=browser,
        refused=refused,
        divergences=tuple(divergence for divergence in DIVERGENCES if divergence.name in (names or ())),
        explained=names is not None,
    )


class _Response:
    """As much of an `httpx.Response` as httpx-sse looks at, text decoded as httpx does."""

    def __init__(self, reads: list[bytes], content_type: str) -> None:
        self.headers = {"content-type": content_type}
        self._reads = reads
        self._charset = _charset(content_type)

    def iter_text(self) -> Iterator[str]:
        """The text of each read; a character is part of the read that completes it."""
        decoder = codecs.getincrementaldecoder(self._charset)(errors="replace")
        for last, data in itertools.chain(((False, data) for data in self._reads), ((True, b""),)):
            text = decoder.decode(data, last)
            if text:
                yield text


def _explanation(
    body: bytes, content_type: str, browser: tuple[Seen, ...], events: tuple[Seen, ...]
) -> tuple[str, ...] | None:
    """Divergences that turn what a browser sees into these events, none of them idle; None where all of them do not."""
    if browser == events:
        return ()
    if _events(body, content_type, _ALL) != events:
        return None
    names = _ALL
    for divergence in DIVERGENCES:
        fewer = names - {divergence.name}
        if _events(body, content_type, fewer) == events:
            names = fewer
    return tuple(sorted(names))


def _events(body: bytes, content_type: str, diverging: frozenset[str]) -> tuple[Seen, ...]:
    """The events that a client with just these divergences sees; with none of them it is a browser."""
    essence = content_type.partition(";")[0]
    accepted = "text/event-stream" in essence if "media-type" in diverging else _is_event_stream(essence)
    if not accepted:
        return ()
    text = body.decode(_charset(content_type) if "charset" in diverging else "utf-8", "replace")
    if "bom" not in diverging:
        text = text.removeprefix(_BOM)
    events: list[Seen] = []
    block = _Block(last_id="")
    for line in _LINE_END.split(text)[:-1]:
        if line:
            block.take(line, lenient="lenient-retry" in diverging)
            continue
        if block.data or not diverging.isdisjoint(block.dispatched_by()):
            events.append(Seen(block.type or "message", "\n".join(block.data), block.last_id))
        block = _Block(last_id=block.last_id)
    return tuple(events)


@dataclass(slots=True, kw_only=True)
class _Block:
    """A block as it is read; `last_id` is the last event id so far."""

    last_id: str
    type: str = ""
    data: list[str] = field(default_factory=list)
    has_id: bool = False
    has_retry: bool = False

    def take(self, line: str, *, lenient: bool) -> None:
        """Takes a line that is not blank."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.type = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
            self.has_id = True
        elif name == "retry" and (lenient or re.fullmatch("[0-9]+", value)):
            self.has_retry = self.has_retry or _is_integer(value)

    def dispatched_by(self) -> Iterator[str]:
        """The divergences for which this is an event even without data."""
        if self.type:
            yield "event-without-data"
        if self.has_retry:
            yield "retry-without-data"
        if self.last_id and self.has_id:
            yield "id-without-data"
        elif self.last_id and not self.type and not self.has_retry:
            yield "phantom-after-id"


def _is_integer(value: str) -> bool:
    """Python reads the text as an integer; of more than 4,300 digits it does not."""
    try:
        int(value)
    except ValueError:
        return False
    return True


def _is_event_stream(essence: str) -> bool:
    """A browser takes an answer of this media type for an event stream."""
    return essence.strip(" \t").lower() == "text/event-stream"


def _charset(content_type: str) -> str:
    """The charset that httpx decodes with: the declared one if Python knows it for text, else UTF-8."""
    message = Message()
    message["content-type"] = content_type
    charset = message.get_content_charset() or "utf-8"
    try:
        "".encode(charset)
    except LookupError:
        return "utf-8"
    return charset
