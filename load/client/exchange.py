"""What is asked of the stream client, what it tells while bytes arrive, and what it knows at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Answer", "Limits", "Listener", "Request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One HTTP/1.1 request: `path` with its query, headers without Host and Content-Length.

    `connection` names a connection that is kept for the next request of that name; empty: a fresh one each time.
    `keep_body` keeps the body of an event stream too (`Answer.body`), for a stream that is to be judged.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    connection: str = ""
    keep_body: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one exchange, in seconds and bytes: to connect, to the head, between two reads, in all."""

    connect_seconds: float = 10.0
    head_seconds: float = 30.0
    idle_seconds: float = 60.0
    total_seconds: float = 600.0
    max_bytes: int = 64 * 1024 * 1024
    max_event_bytes: int = 1024 * 1024


class Listener(Protocol):
    """
    Hears what arrives, at once and in order; must be quick, must not block or switch greenlets.

    `at_ns` is the arrival on the monotonic clock (`time.monotonic_ns`), by the kernel's stamp where there is one.
    Each returns True to have the stream closed at once (`Answer.closed_by_us`).
    """

    def head(self, status: int, headers: list[tuple[str, str]], at_ns: int) -> bool:
        """The head of the answer is complete; names in lower case."""

    def event(self, name: bytes, data: bytes, identifier: bytes, at_ns: int) -> bool:
        """One event with data, as a browser would dispatch it (`name` empty: message)."""

    def comment(self, text: bytes, at_ns: int) -> bool:
        """One comment, less its colon and one leading space."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """
    How an exchange went; moments in `time.monotonic_ns`, None where they did not come.

    `cause` and `detail` are those of `Sample`, as far as HTTP knows (`connect`, `refused`, `tls`, `reset`, `cut`,
    `idle`, `timeout`, `too_large`, `http2`, `not_sse`, `invalid`, `ours`). `body` is kept only of answers that are no
    event stream, unless the request says otherwise. `reused` says that a kept connection served it. `lag_max_ns` is the
    worst time from kernel to read, `kernel` whether arrivals are the kernel's.
    """

    start_ns: int = 0
    connected_ns: int | None = None
    sent_ns: int | None = None
    headers_ns: int | None = None
    end_ns: int = 0
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    cause: str = ""
    detail: str = ""
    closed_by_us: bool = False
    reused: bool = False
    bytes: int = 0
    wire_bytes: int = 0
    reads: int = 0
    coalesced: int = 0
    silence_max_ns: int = 0
    lag_max_ns: int = 0
    kernel: bool = False
    local_port: int = 0
