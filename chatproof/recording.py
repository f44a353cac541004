"""What a scenario saw: requests, raw answers, every read with its time, and how each body ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chatproof.content_coding import decoded_reads
from chatproof.read import Read
from chatproof.sse import Stream, decode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["End", "Exchange", "Read", "Recording", "Request", "Response"]

Header = tuple[str, str]


class End(StrEnum):
    """How the body of an answer ended, as seen on the socket."""

    TERMINAL_CHUNK = "terminal chunk"
    LENGTH_REACHED = "length reached"
    NO_BODY = "no body"
    CLOSED = "connection closed"
    CLOSED_BETWEEN_CHUNKS = "connection closed before the terminal chunk"
    CUT_IN_CHUNK = "cut inside a chunk"
    CUT_SHORT = "cut before the announced length"
    MALFORMED = "malformed framing"
    RESET = "connection reset"
    IDLE_DEADLINE = "our idle deadline"
    TOTAL_DEADLINE = "our total deadline"
    BYTE_CAP = "our byte cap"
    STILL_OPEN = "still open when we stopped waiting after its last event"
    ABORTED = "closed by the scenario"
    NO_ANSWER = "no answer"

    @property
    def clean(self) -> bool:
        """The message was complete by the rules of RFC 9112 section 8."""
        return self in {End.TERMINAL_CHUNK, End.LENGTH_REACHED, End.NO_BODY, End.CLOSED}

    @property
    def ours(self) -> bool:
        """We stopped reading; the backend had not ended the body."""
        return self in {End.IDLE_DEADLINE, End.TOTAL_DEADLINE, End.BYTE_CAP, End.STILL_OPEN, End.ABORTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as sent: the header list in order, the body in bytes."""

    method: str
    url: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case; None where it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """
    The head of an answer: raw header list with case and order as received.

    `at_ns` is when the read that completed the head returned, `first_byte_ns` the first read
    of the answer, both in nanoseconds since the last byte of the request.
    """

    status: int
    reason: str
    version: str
    headers: tuple[Header, ...]
    at_ns: int
    first_byte_ns: int

    def header(self, name: str) -> str | None:
        """The values of a header joined by `, ` as RFC 9110 5.3 allows; None where it is absent."""
        found = self.values(name)
        return ", ".join(found) if found else None

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order, one for each field line."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def media_type(self) -> str:
        """The essence of the Content-Type in lower case, without parameters; empty where there is none."""
        values = self.values("content-type")
        return values[-1].split(";", 1)[0].strip().lower() if values else ""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """
    One request and all that came back.

    `started_ns` is when sending began, in nanoseconds since the recording's start; `ended_ns` when
    the body ended, in nanoseconds since the last byte of the request. `connection` numbers the
    TCP connections of the recording: equal numbers, same connection; 0 is none at all. `trouble` says why there is
    no (whole) answer, in the words of the client. `reads` are redacted.
    """

    label: str
    request: Request
    response: Response | None = None
    reads: tuple[Read, ...] = ()
    end: End = End.NO_ANSWER
    started_ns: int = 0
    ended_ns: int = 0
    connection: int = 0
    attempts: int = 1
    trouble: str = ""
    findings: Mapping[str, Any] = field(default_factory=dict)
    scenario: str = ""

    @cached_property
    def body(self) -> bytes:
        """The payload of all reads, content coding left as it came."""
        return b"".join(read.data for read in self.reads)

    @cached_property
    def stream(self) -> Stream:
        """The payload decoded as an event stream, gzip or deflate removed, frame by frame with times."""
        return decode(decoded_reads(self))

    @property
    def status(self) -> int | None:
        """The status code; None where no answer came."""
        return self.response.status if self.response else None

    @property
    def unsent(self) -> bool:
        """There was no connection on which the request could have been sent."""
        return self.response is None and self.connection == 0

    @property
    def is_stream(self) -> bool:
        """The answer calls itself an event stream."""
        return self.response is not None and self.response.media_type == "text/event-stream"

    @property
    def key(self) -> str:
        """The name of this exchange in a run document's evidence."""
        return f"{self.scenario}/{self.label}"

    def json(self) -> Any:
        """The body as JSON; raises ValueError where it is none."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """
    All exchanges of one scenario against one profile, in the order they were started.

    `not_claimed` (with `declare`) and `not_testable` say why the scenario did not take place or
    was left early; where one is set the exchanges are what was seen until then.
    """

    scenario: str
    profile: str
    exchanges: tuple[Exchange, ...] = ()
    findings: Mapping[str, Any] = field(default_factory=dict)
    not_claimed: str = ""
    declare: str = ""
    not_testable: str = ""
    seconds: float = 0.0

    def __getitem__(self, label: str) -> Exchange:
        """The exchange of that label; KeyError names the labels there are."""
        for exchange in self.exchanges:
            if exchange.label == label:
                return exchange
        labels = ", ".join(exchange.label for exchange in self.exchanges) or "none"
        msg = f"no exchange {label!r} in the recording of {self.scenario!r} (there are: {labels})"
        raise KeyError(msg)

    @property
    def turns(self) -> tuple[Exchange, ...]:
        """The exchanges that asked what the one labelled `turn` asked (all, where none is): others only helped it."""
        asked = {entry.request.url for entry in self.exchanges if entry.label == "turn"}
        return tuple(entry for entry in self.exchanges if not asked or entry.request.url in asked)

    def __contains__(self, label: object) -> bool:
        """An exchange of that label was recorded."""
        return any(exchange.label == label for exchange in self.exchanges)
