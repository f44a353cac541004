"""The event stream line by line: all of WHATWG HTML section 9.2.6, for bytes of any form cut anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.sse._frames import Comment, Event, Silent, Violation

if TYPE_CHECKING:
    from chatproof.sse._frames import Frame

__all__ = ["LineDecoder"]

_BOM: Final = b"\xef\xbb\xbf"
_LONGEST_EXCERPT: Final = 80
_LONGEST_RETRY: Final = 18


class LineDecoder:
    """
    The state of a stream between two reads.

    `offset` is the first byte of the line that is not yet whole, `last_event_id` the id of the blocks
    dispatched so far. `clean` says that the next byte starts a block and nothing is pending: then others
    may take whole blocks, if they move `offset` and keep `last_event_id`. The rest is as in `Stream`.
    """

    __slots__ = (
        "_after_cr",
        "_block",
        "_data",
        "_in_dropped_line",
        "_max_frame_bytes",
        "_new_id",
        "_opening",
        "_pending",
        "_skipping",
        "_starting",
        "_type",
        "bom",
        "clean",
        "cr",
        "crlf",
        "last_event_id",
        "lf",
        "offset",
        "retry",
        "violations",
    )

    def __init__(self, *, max_frame_bytes: int) -> None:
        self._max_frame_bytes = max_frame_bytes
        self.violations: list[Violation] = []
        self.retry: int | None = None
        self.bom = self.lf = self.crlf = self.cr = False
        self.clean = False
        self.offset = 0
        self.last_event_id = ""
        # `_pending` is the start of an unfinished line. While `_skipping` the rest of a frame that is too
        # large, nothing is kept but whether the present line has bytes.
        self._pending = bytearray()
        self._starting = True
        self._after_cr = False
        self._skipping = False
        self._in_dropped_line = False
        # The block so far; `_block` is the first byte of its first field, None before one.
        self._block: int | None = None
        self._opening = ""
        self._data: list[str] = []
        self._type = ""
        self._new_id: str | None = None

    @property
    def size(self) -> int:
        """The number of bytes taken so far."""
        return self.offset + len(self._pending)

    def note_line_ending(self, eol: str) -> None:
        """Notes that a line end occurs in what others have taken: LF or CRLF."""
        if eol == "\n":
            self.lf = True
        else:
            self.crlf = True

    def take(self, data: bytes, at_ns: int, frames: list[Frame]) -> None:
        """Takes the next bytes, read at `at_ns`; appends the frames that they completed."""
        data = self._without_bom(self._without_second_half(data))
        # Of bytes, unlike text, `splitlines` knows no other line ends than LF, CRLF and CR.
        lines = data.splitlines(keepends=True)
        rest = b"" if not lines or lines[-1].endswith((b"\n", b"\r")) else lines.pop()
        if lines:
            self._note_line_endings(data)
            if self._pending:
                lines[0] = b"".join((self._pending, lines[0]))
                self._pending.clear()
        for line in lines:
            content = line.rstrip(b"\r\n")
            if self._skipping:
                self._skipping = bool(content) or self._in_dropped_line
                self._in_dropped_line = False
            elif content:
                self._field(content, at_ns, frames)
            elif self._block is not None:
                self._dispatch(self._block, at_ns, frames)
            self.offset += len(line)
        if not self._starting:
            self._pending += rest
            self._drop_what_is_too_large()
            self.clean = not (self._pending or self._block is not None or self._after_cr or self._skipping)

    def close(self) -> Violation | None:
        """Ends the stream; returns the violation that it is to end within a block or a line, if it does."""
        self.clean = False
        self.cr = self.cr or self._after_cr
        if not self._pending and self._block is None:
            return None
        start, opening = self.offset, self._pending.decode(errors="replace")
        self.offset += len(self._pending)
        if self._block is not None:
            start, opening = self._block, self._opening
        found = f"{_excerpt(opening)} ({self.offset - start} bytes, no blank line after them)"
        violation = Violation("unfinished-block", start, found)
        self.violations.append(violation)
        self._pending.clear()
        self._forget_block()
        return violation

    def _without_second_half(self, data: bytes) -> bytes:
        """Takes the LF of a CRLF whose CR ended the read before, and ended the line then."""
        if not self._after_cr or not data:
            return data
        self._after_cr = False
        if not data.startswith(b"\n"):
            self.cr = True
            return data
        self.crlf = True
        self.offset += 1
        return data[1:]

    def _without_bom(self, data: bytes) -> bytes:
        """Takes one byte order mark off the start of the stream; holds back what may yet become one."""
        if not self._starting:
            return data
        data = bytes(self._pending) + data
        self._pending.clear()
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._pending += data
            return b""
        self._starting = False
        self.bom = data.startswith(_BOM)
        if not self.bom:
            return data
        self.offset = len(_BOM)
        return data[len(_BOM) :]

    def _note_line_endings(self, data: bytes) -> None:
        """Notes which line ends occur; a CR at the end of the read waits for the next one."""
        crlf = data.count(b"\r\n")
        self._after_cr = data.endswith(b"\r")
        self.crlf = self.crlf or crlf > 0
        self.lf = self.lf or data.count(b"\n") > crlf
        self.cr = self.cr or data.count(b"\r") > crlf + self._after_cr

    def _field(self, line: bytes, at_ns: int, frames: list[Frame]) -> None:
        """Takes a line that is not blank, without its end."""
        offset = self.offset
        end = offset + len(line) + 1
        start = offset if self._block is None else self._block
        if end - start > self._max_frame_bytes:
            self._drop(start)
            self._skipping = True
            return
        try:
            text = str(line, "utf-8")
        except UnicodeDecodeError as error:
            malformed = " ".join(f"0x{byte:02X}" for byte in line[error.start : error.end])
            self.violations.append(Violation("invalid-utf8", offset + error.start, malformed))
            text = line.decode(errors="replace")
        name, _, value = text.partition(":")
        if value[:1] == " ":
            value = value[1:]
        if not name:
            frames.append(Comment(at_ns, offset, end, value, self._block is not None))
            return
        if self._block is None:
            self._block = offset
            self._opening = text[: _LONGEST_EXCERPT + 1]
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._new_id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            digits = value.lstrip("0") or "0"
            # Longer ones are no times, and no integers for most readers of a report.
            self.retry = int(digits) if len(digits) <= _LONGEST_RETRY else 10**_LONGEST_RETRY - 1
        else:
            rule = {"id": "id-with-nul", "retry": "retry-not-digits"}.get(name, "unknown-field")
            self.violations.append(Violation(rule, offset, _excerpt(text)))

    def _dispatch(self, start: int, at_ns: int, frames: list[Frame]) -> None:
        """Ends the block at `start` with a blank line."""
        end = self.offset + 1
        if end - start > self._max_frame_bytes:
            self._drop(start)
            return
        if self._new_id is not None:
            self.last_event_id = self._new_id
        if self._data:
            data = "\n".join(self._data)
            frames.append(Event(at_ns, start, end, self._type or "message", data, self.last_event_id))
        else:
            frames.append(Silent(at_ns, start, end, self._type, self.last_event_id))
        self._forget_block()

    def _drop_what_is_too_large(self) -> None:
        """Lets go of a frame that will be too large whatever follows, and of what is skipped."""
        start = self.offset if self._block is None else self._block
        if not self._skipping and self.offset + len(self._pending) - start >= self._max_frame_bytes:
            self._drop(start)
            self._skipping = True
        if self._skipping and self._pending:
            self._in_dropped_line = True
            self.offset += len(self._pending)
            self._pending.clear()

    def _drop(self, start: int) -> None:
        """Reports the frame at `start` as too large, and forgets it with its id."""
        found = f"a frame of more than {self._max_frame_bytes} bytes"
        self.violations.append(Violation("frame-too-large", start, found))
        self._forget_block()

    def _forget_block(self) -> None:
        """A new block may start."""
        self._block = None
        self._data = []
        self._type = ""
        self._new_id = None


def _excerpt(text: str) -> str:
    """The text, cut where it is long."""
    return text if len(text) <= _LONGEST_EXCERPT else f"{text[: _LONGEST_EXCERPT - 1]}…"
