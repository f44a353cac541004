"""One exchange: its connection, its deadlines, and its answer as the bytes come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from .causes import FRAME_BYTES, HTTP2, Trouble, foreign, head_trouble, is_event_stream
from .connection import Connection
from .exchange import Answer
from .message import AnswerFraming
from .sse_split import EventSplitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from .addresses import Address
    from .exchange import Limits, Listener, Request
    from .shared import Shared

__all__ = ["Stream"]

_BETWEEN_BODIES: Final = 256 * 1024  # bytes of heads, chunk extensions or trailers in a row
_now = time.monotonic_ns


class Stream:
    """
    One exchange from `begin` until `done` is called, once, in the hub or in the greenlet that ended it.

    It is the owner of its connection and waits in the deadlines; `answer` is complete at the end.
    """

    __slots__ = (
        "_asked_ns", "_bare_bytes", "_bare_since", "_body", "_connect_by_ns", "_connection", "_done", "_ended",
        "_foreign", "_framing", "_last_ns", "_limits", "_listener", "_payload", "_request", "_shared", "_split",
        "_splitter", "answer", "slot",
    )  # fmt: skip

    def __init__(
        self,
        shared: Shared,
        request: Request,
        payload: bytes,
        *,
        limits: Limits,
        listener: Listener | None,
        done: Callable[[Stream], None],
    ) -> None:
        self.slot = 0
        self.answer = Answer(start_ns=_now())
        self._shared = shared
        self._request = request
        self._payload = payload
        self._limits = limits
        self._listener = listener
        self._done = done
        self._connection: Connection | None = None
        self._framing: AnswerFraming | None = None
        self._splitter: EventSplitter | None = None
        self._split: Callable[[bytes, int], bool] | None = None
        self._body: list[bytes] | None = None
        self._foreign = b""
        self._ended = False
        self._asked_ns = self._last_ns = self.answer.start_ns
        self._connect_by_ns = self.answer.start_ns + int(limits.connect_seconds * 1e9)
        self._bare_bytes = 0
        self._bare_since = 0

    @property
    def name(self) -> str:
        """The name of the connection that is kept afterwards; empty: none."""
        return self._request.connection

    @property
    def ended(self) -> bool:
        """Nothing more will happen."""
        return self._ended

    def begin(self, addresses: list[Address], kept: Connection | None) -> None:
        """Sends the request on a kept connection, or on a fresh one."""
        if kept is None:
            self._open(addresses)
            return
        self._asked_ns = _now()
        self._framing = AnswerFraming(self._request.method, self._shared.pieces)
        self._connection = kept
        self.answer.reused = True
        kept.serve(self)
        kept.send(self._payload)

    def _open(self, addresses: list[Address]) -> None:
        self._asked_ns = now = _now()
        if self._framing is not None:
            self._framing.release()
        self._framing = AnswerFraming(self._request.method, self._shared.pieces)
        self._connection = connection = Connection(self._shared, self, addresses)
        self._connect_by_ns = now + int(self._limits.connect_seconds * 1e9)
        self._shared.deadlines.put(self, self._due_ns())
        connection.open()

    def opened(self) -> None:
        """The connection is ready."""
        connection = self._connection
        if connection is not None:
            self.answer.connected_ns = self._last_ns = connection.connected_ns or 0
            connection.send(self._payload)

    def sent(self, at_ns: int, network_ns: int) -> None:
        """The last byte of the request is with the kernel."""
        self.answer.sent_ns = at_ns
        self._last_ns = max(self._last_ns, at_ns) if self.answer.reads else at_ns
        self._shared.lags.sent(at_ns - self._asked_ns - network_ns)
        self._shared.deadlines.put(self, self._due_ns())

    def take(self, data: bytes, size: int, at_ns: int) -> None:  # noqa: C901 - in one piece, as `Connection._read`
        """Takes one read: the hot path."""
        answer = self.answer
        last = self._last_ns
        if at_ns < last:
            at_ns = last  # the offset of the clocks was measured again, or the answer overtook our own `sent`
        elif at_ns - last > answer.silence_max_ns:
            answer.silence_max_ns = at_ns - last
        self._last_ns = at_ns
        answer.reads += 1
        answer.wire_bytes += size
        framing = self._framing
        if framing is None:
            return
        try:
            sound = framing.feed(data)
            if answer.headers_ns is None and not self._head(framing, at_ns, sound=sound, data=data):
                return
            pieces = self._shared.pieces
            if not pieces:
                self._bare(size, at_ns)
            else:
                body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
                pieces.clear()
                answer.bytes += len(body)
                if self._body is not None:
                    self._body.append(body)
                split = self._split
                if split is not None and split(body, at_ns):
                    self._stopped(at_ns)
                elif answer.bytes > self._limits.max_bytes:
                    self.finish(at_ns, "too_large", f"the body has more than {self._limits.max_bytes} bytes")
            if framing.complete:
                self.finish(at_ns)
            elif not sound:
                self.finish(at_ns, "invalid", "the framing of the body is broken")
        except Exception as error:  # noqa: BLE001 - a listener's: it must not end the hub
            self._shared.pieces.clear()
            self.finish(at_ns, "ours", f"the listener raised {type(error).__name__}")

    def over(self, at_ns: int) -> None:
        """The server ended the connection."""
        framing, answer = self._framing, self.answer
        if self._foreign:
            self._fail(foreign(self._foreign), at_ns)
        elif framing is not None and answer.headers_ns is not None and framing.until_close:
            self.finish(at_ns)
        elif not self._again():
            body = f"after {answer.bytes} bytes of the body" if answer.headers_ns else "within the head"
            where = body if answer.wire_bytes else "before it answered"
            self.finish(at_ns, "cut", f"the server closed the connection {where}")

    def lost(self, trouble: Trouble) -> None:
        """The connection broke."""
        if not (trouble.cause in {"reset", "cut"} and self._again()):
            self._fail(trouble, _now())

    def overdue(self, now_ns: int) -> None:
        """A deadline may have passed: reads what has come meanwhile, so that our own lateness is no silence."""
        if now_ns >= self._due_ns() and self._connection is not None:
            self._connection.read_once()
        if self._ended:
            return
        if now_ns < self._due_ns() or (self._connection is not None and self._connection.next_address()):
            if not self._ended:
                self._shared.deadlines.put(self, self._due_ns())
            return
        answer, limits = self.answer, self._limits
        if now_ns - answer.start_ns >= limits.total_seconds * 1e9:
            self.finish(now_ns, "timeout", f"not over after {limits.total_seconds:g} s")
        elif answer.connected_ns is None and not answer.reused:
            self.finish(now_ns, "connect", f"no connection within {limits.connect_seconds:g} s")
        elif answer.headers_ns is None:
            what = "the request was not taken" if answer.sent_ns is None else "no answer"
            self.finish(now_ns, "timeout", f"{what} within {limits.head_seconds:g} s")
        else:
            self.finish(now_ns, "idle", f"no byte for {limits.idle_seconds:g} s")

    def finish(self, at_ns: int, cause: str = "", detail: str = "", *, by_us: bool = False) -> None:
        """Ends the exchange; the connection is closed unless it is to be kept and may be."""
        if self._ended:
            return
        self._ended = True
        answer, connection, framing = self.answer, self._connection, self._framing
        answer.end_ns, answer.cause, answer.detail, answer.closed_by_us = at_ns, cause, detail, by_us
        if answer.sent_ns is not None:
            answer.silence_max_ns = max(answer.silence_max_ns, at_ns - self._last_ns)
        if self._body is not None:
            answer.body = b"".join(self._body)
        if self._splitter is not None:
            answer.coalesced = self._splitter.coalesced
        if connection is not None:
            answer.lag_max_ns = connection.lag_max_ns
            answer.kernel = connection.stamped and answer.reads > 0
            answer.local_port = connection.local_port
        self._shared.deadlines.forget(self)
        self._done(self)
        # What holds one another is parted here, so that memory does not wait for the garbage collector.
        if framing is not None:
            framing.release()
        if self._connection is not None:
            self._connection.close()
        self._framing = self._connection = self._splitter = self._split = self._body = self._listener = None

    def release(self) -> Connection | None:
        """The connection, no longer this stream's, where it may serve another exchange."""
        framing, connection, answer = self._framing, self._connection, self.answer
        if answer.cause or answer.closed_by_us or answer.sent_ns is None:
            return None
        if framing is None or not (framing.complete and framing.keep):
            return None
        self._connection = None
        return connection

    def _due_ns(self) -> int:
        """The next deadline, as far as is known now."""
        answer, limits, connection = self.answer, self._limits, self._connection
        due = answer.start_ns + int(limits.total_seconds * 1e9)
        if answer.headers_ns is not None:
            return min(due, self._last_ns + int(limits.idle_seconds * 1e9))
        if answer.sent_ns is not None or answer.reused or answer.connected_ns is not None:
            since = answer.sent_ns or answer.connected_ns or self._asked_ns
            return min(due, since + int(limits.head_seconds * 1e9))
        if connection is None or not connection.untried:
            return min(due, self._connect_by_ns)
        since = connection.dialled_ns
        return min(due, since + (self._connect_by_ns - since) // (len(connection.untried) + 1))

    def _again(self) -> bool:
        """Sends once more where a kept connection had been closed before anything of the answer came."""
        answer = self.answer
        if not answer.reused or answer.wire_bytes or self._connection is None or self._connection.address is None:
            return False
        address = self._connection.address
        self._connection.close()
        answer.reused, answer.sent_ns = False, None
        self._open([address])
        return True

    def _head(self, framing: AnswerFraming, at_ns: int, *, sound: bool, data: bytes) -> bool:
        """Looks whether the head is whole by now; True where the body, if any, is to be taken."""
        answer, status = self.answer, framing.status
        if status is None:
            if not sound or self._foreign:
                self._foreign = (self._foreign + data[:FRAME_BYTES])[:FRAME_BYTES]
                if len(self._foreign) == FRAME_BYTES or self._foreign[:1] != b"\0":
                    self._fail(foreign(self._foreign), at_ns)
            elif answer.wire_bytes > _BETWEEN_BODIES:
                self.finish(at_ns, "too_large", f"the head has more than {_BETWEEN_BODIES} bytes")
            return False
        answer.headers_ns, answer.status, answer.headers = at_ns, status, framing.headers
        listener, trouble = self._listener, head_trouble(status, framing.headers)
        if trouble is not HTTP2 and listener is not None and listener.head(status, framing.headers, at_ns):
            self.finish(at_ns, by_us=True)
        elif trouble is not None:
            self._fail(trouble, at_ns)
        streams = is_event_stream(framing.headers)
        if streams and listener is not None and not self._ended:
            self._splitter = EventSplitter(listener, max_event_bytes=self._limits.max_event_bytes)
            self._split = self._splitter.feed
        if self._ended:
            self._shared.pieces.clear()
            return False
        if not streams or self._request.keep_body:
            self._body = []
        self._shared.deadlines.put(self, self._due_ns())
        return True

    def _bare(self, size: int, at_ns: int) -> None:
        """Counts a read without body: framing alone may not go on for ever."""
        if self._bare_since != self.answer.bytes:
            self._bare_since, self._bare_bytes = self.answer.bytes, 0
        self._bare_bytes += size
        if self._bare_bytes > _BETWEEN_BODIES:
            self.finish(at_ns, "too_large", f"more than {_BETWEEN_BODIES} bytes of framing in a row")

    def _stopped(self, at_ns: int) -> None:
        if self._splitter is not None and self._splitter.too_large:
            most = self._limits.max_event_bytes
            self.finish(at_ns, "too_large", f"an event has more than {most} bytes")
        else:
            self.finish(at_ns, by_us=True)

    def _fail(self, trouble: Trouble, at_ns: int) -> None:
        self.finish(at_ns, trouble.cause, trouble.detail)
