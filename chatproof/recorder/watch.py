"""One exchange as it happens: what came in which read, and when we stop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatproof.framing import Framing
from chatproof.inflate import MAX_LINES, Inflater, coding_of, line_ends
from chatproof.recorder.room import FULL, Room
from chatproof.recording import End, Exchange, Read, Response
from chatproof.sse import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.driver import Issued, Limits, Until
    from chatproof.framing import Head
    from chatproof.recording import Request
    from chatproof.sse import Frame

__all__ = ["MAX_READS", "Asked", "Watch"]

MAX_READS = 100_000
"""Reads that are kept of one answer: a backend that sends single bytes must not fill our memory."""
_SECOND = 1_000_000_000
_LAST_LOOK = 0.01
_SELF_DELIMITED = frozenset({End.TERMINAL_CHUNK, End.LENGTH_REACHED, End.NO_BODY})


@dataclass(frozen=True, slots=True)
class Asked:
    """How an answer is read, as `Driver.send` was asked; `finish` is given the record before it is redacted."""

    limits: Limits
    until: Until | None = None
    terminal: Callable[[Frame], bool] | None = None
    linger_seconds: float = 2.5
    accept_429: bool = False
    issues: tuple[Issued, ...] = ()
    finish: Callable[[Exchange], Exchange] = lambda exchange: exchange

    def watch(self, method: str, room: Room) -> Watch:
        """The tap of a new attempt."""
        return Watch(
            method,
            self.limits,
            until=self.until,
            terminal=self.terminal,
            linger_seconds=self.linger_seconds,
            room=room,
        )


class Watch:
    """
    The tap of one exchange (see `chatproof.wire.Tap`): feeds the framing, keeps the reads, holds the limits.

    `until` and `terminal` are as in `Driver.send`. What is kept is taken from `room`; once that is full we stop.
    `exchange` gives the record, whenever it is asked for.
    """

    def __init__(
        self,
        method: str,
        limits: Limits,
        *,
        until: Until | None = None,
        terminal: Callable[[Frame], bool] | None = None,
        linger_seconds: float = 2.5,
        room: Room | None = None,
    ) -> None:
        self.limits = limits
        self.room = room or Room()
        self._until = until
        self._terminal = terminal
        self._linger_ns = int(linger_seconds * _SECOND)
        self._framing = Framing(method)
        self._started_ns = time.monotonic_ns()
        self._sent_ns: int | None = None
        self._first_ns: int | None = None
        self._last_ns = 0
        self._head_ns = 0
        self._ended_ns: int | None = None
        self._terminal_ns: int | None = None
        self._pieces: list[tuple[int, bytes]] = []
        self._bytes = 0
        self._lines = 0
        self._frames: list[Frame] = []
        self._decoder = Decoder() if until or terminal else None
        self._inflater: Inflater | None = None
        self._end: End | None = None
        self._trouble = ""

    @property
    def done(self) -> bool:
        """The answer is over, or we have seen enough of it."""
        return self._end is not None

    @property
    def reusable(self) -> bool:
        """The message ended by its own framing, and nothing came after it."""
        return self._end in _SELF_DELIMITED and not self._framing.surplus

    @property
    def head(self) -> Head | None:
        """The head of the answer, once it is whole."""
        return self._framing.head

    @property
    def surplus(self) -> int:
        """So many bytes came after the end of the message; after a 101 they are the other protocol's."""
        return self._framing.surplus

    @property
    def silent(self) -> bool:
        """Not one byte of an answer came."""
        return self._first_ns is None

    def sent(self, at_ns: int) -> None:
        """The last call of this is the end of the request."""
        self._sent_ns = at_ns

    def patience(self) -> float:
        """The seconds until the first of the limits is reached."""
        at_ns, end = self._deadline()
        seconds = (at_ns - time.monotonic_ns()) / _SECOND
        return max(seconds, _LAST_LOOK) if end is End.STILL_OPEN else seconds

    def _deadline(self) -> tuple[int, End]:
        begun = self._base_ns
        total = (begun + int(self.limits.total_seconds * _SECOND), End.TOTAL_DEADLINE)
        if self._framing.head is None:
            return min(total, (begun + int(self.limits.head_seconds * _SECOND), End.NO_ANSWER))
        idle = (self._last_ns + int(self.limits.idle_seconds * _SECOND), End.IDLE_DEADLINE)
        if self._terminal_ns is None:
            return min(total, idle)
        return min(total, idle, (self._terminal_ns + self._linger_ns, End.STILL_OPEN))

    def ran_out(self, at_ns: int) -> None:
        """A limit was reached."""
        end = self._deadline()[1]
        if self._framing.head is None:
            seconds = (at_ns - self._base_ns) / _SECOND
            self._trouble = (
                f"no answer within {seconds:.1f} s" if self.silent else f"no whole head within {seconds:.1f} s"
            )
            end = End.NO_ANSWER
        self._finish(end, at_ns)

    def received(self, data: bytes, at_ns: int) -> None:
        """One read of the socket."""
        if self._first_ns is None:
            self._first_ns = at_ns
        self._last_ns = at_ns
        headless = self._framing.head is None
        payload = self._framing.feed(data)
        if headless and self._framing.head is not None:
            self._head_ns = at_ns
            self._open_coding()
        kept = payload[: self.limits.max_bytes - self._bytes]
        plain = self._inflater.feed(kept) if self._inflater else kept
        if kept:
            self._keep(kept, plain, at_ns)
        too_much = self._too_much(dropped=len(payload) - len(kept))
        if too_much:
            self._trouble = too_much
            self._finish(End.BYTE_CAP, at_ns)
        elif self._framing.end is not None:
            self._finish(self._framing.end, at_ns)
        elif plain:
            self._look(plain, at_ns)

    def _open_coding(self) -> None:
        head = self._framing.head
        if head is None:
            return
        coding = coding_of(", ".join(head.values("content-encoding")))
        self._inflater = Inflater(coding) if coding else None
        self.room.take(sum(len(name) + len(value) for name, value in head.headers), lines=len(head.headers))

    def _keep(self, data: bytes, plain: bytes, at_ns: int) -> None:
        lines = line_ends(plain)
        self._bytes += len(data)
        self._lines += lines
        self._pieces.append((at_ns, data))
        self.room.take(len(data) + (len(plain) if self._inflater else 0), reads=1, lines=lines)

    def _too_much(self, *, dropped: int) -> str:
        """Why we read no more of a body that may be fine; empty where we do."""
        if dropped:
            return f"its body has more than {self.limits.max_bytes} bytes"
        if self._lines > MAX_LINES or (self._inflater and self._inflater.cut):
            return f"its body has more than {MAX_LINES} lines, or inflates to more than we read"
        if len(self._pieces) >= MAX_READS:
            return f"its body came in more than {MAX_READS} reads"
        return FULL if self.room.full else ""

    def _look(self, plain: bytes, at_ns: int) -> None:
        """Asks `until` and `terminal`; frames are those of the decoded body."""
        if self._decoder is None:
            return
        frames = self._decoder.feed(plain, at_ns)
        if self._until is not None:
            self._frames += frames
            if self._until(self._frames):
                self._finish(End.ABORTED, at_ns)
                return
        if self._terminal is not None and self._terminal_ns is None and any(map(self._terminal, frames)):
            self._terminal_ns = at_ns

    def closed(self, at_ns: int) -> None:
        """The backend closed the connection."""
        self._framing.close()
        self._finish(self._framing.end or End.CLOSED, at_ns)

    def failed(self, at_ns: int, trouble: str) -> None:
        """There is no connection, or none any more."""
        self._trouble = trouble
        self._framing.reset(trouble)
        self._finish(self._framing.end or End.RESET, at_ns)

    def stopped(self, at_ns: int, why: str) -> None:
        """We were told to leave off."""
        self._trouble = why
        self._finish(End.ABORTED if self._framing.head else End.NO_ANSWER, at_ns)

    def _finish(self, end: End, at_ns: int) -> None:
        if self._end is None:
            self._end = end
            self._ended_ns = at_ns

    @property
    def _base_ns(self) -> int:
        """The end of the request; an answer that came before it shows that nobody waited for the rest."""
        known = [at_ns for at_ns in (self._sent_ns, self._first_ns) if at_ns is not None]
        return min(known, default=self._started_ns)

    def exchange(self, label: str, request: Request, *, scenario: str, connection: int, since_ns: int) -> Exchange:
        """The record so far, not yet redacted; `since_ns` is the recording's start in `time.monotonic_ns()`."""
        base = self._base_ns
        head = self._framing.head
        response = None
        if head is not None:
            response = Response(
                status=head.status,
                reason=head.reason,
                version=head.version,
                headers=head.headers,
                at_ns=self._head_ns - base,
                first_byte_ns=(self._first_ns or base) - base,
            )
        return Exchange(
            label=label,
            request=request,
            response=response,
            reads=tuple(Read(at_ns=at_ns - base, data=data) for at_ns, data in self._pieces),
            end=self._end or End.NO_ANSWER,
            started_ns=max(0, self._started_ns - since_ns),
            ended_ns=(self._ended_ns or base) - base,
            connection=connection,
            trouble=self._trouble or self._framing.problem,
            findings=self._findings(),
            scenario=scenario,
        )

    def _findings(self) -> dict[str, Any]:
        findings: dict[str, Any] = {}
        if self._framing.oddities:
            findings["framing"] = list(self._framing.oddities)
        if self._framing.surplus:
            findings["surplus_bytes"] = self._framing.surplus
        return findings
