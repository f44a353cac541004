"""Bytes with arrival times in; frames and violations out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.sse._form import NO_FORM, form_of
from chatproof.sse._frames import Comment, Event, Stream
from chatproof.sse._lines import LineDecoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.sse._form import Form
    from chatproof.sse._frames import Frame, Violation

__all__ = ["MAX_FRAME_BYTES", "Decoder", "decode"]

MAX_FRAME_BYTES: Final = 128 * 1024 * 1024
_new = tuple.__new__  # a named tuple's own constructor takes three times as long


class Decoder:
    """
    Decodes one event stream as its bytes arrive, in time linear in their number.

    How the bytes are cut into reads changes nothing but the frames' times. A frame of more than
    `max_frame_bytes` bytes, from its first field to the end of its blank line, is a violation and is
    dropped up to the next blank line; no more than that and one read is ever held.

    `LineDecoder` reads every stream. What this class adds is speed: runs of whole blocks that begin
    alike are cut at what they have in common.
    """

    __slots__ = ("_after_end", "_closed", "_lines", "_max_frame_bytes", "_type", "_whole")

    def __init__(self, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        if max_frame_bytes < 1:
            msg = f"max_frame_bytes={max_frame_bytes} must be at least 1"
            raise ValueError(msg)
        self._max_frame_bytes = max_frame_bytes
        self._lines = LineDecoder(max_frame_bytes=max_frame_bytes)
        self._closed = False
        # What the next block is expected to be, see `Form`; `_after_end` are the bytes after the one that ends it.
        self._whole = NO_FORM.whole
        self._type = NO_FORM.type
        self._after_end = 0

    @property
    def violations(self) -> list[Violation]:
        """The breaches of the format so far; a caller that has dealt with them may clear the list."""
        return self._lines.violations

    @property
    def retry(self) -> int | None:
        """The last valid reconnection time in milliseconds; None where none was set."""
        return self._lines.retry

    @property
    def last_event_id(self) -> str:
        """The id that a client would resume with; empty where none was set."""
        return self._lines.last_event_id

    @property
    def bom(self) -> bool:
        """A byte order mark was stripped."""
        return self._lines.bom

    @property
    def line_endings(self) -> frozenset[str]:
        """Which of `LF`, `CRLF` and `CR` occurred; a CR that ends a read is counted with what follows it."""
        seen = {"LF": self._lines.lf, "CRLF": self._lines.crlf, "CR": self._lines.cr}
        return frozenset(name for name, occurred in seen.items() if occurred)

    @property
    def size(self) -> int:
        """The number of bytes fed so far."""
        return self._lines.size

    def feed(self, data: bytes, at_ns: int) -> list[Frame]:
        """
        Takes the bytes of one read, which returned at `at_ns`; returns the frames that they completed.

        Raises ValueError after `close`.
        """
        lines = self._lines
        if lines.clean and (found := self._whole(data)) and len(data) <= self._max_frame_bytes:
            last_id, value = found.groups()
            if b"\n" not in value and b"\r" not in value:
                try:
                    text = str(value, "utf-8")
                    if last_id is not None:
                        lines.last_event_id = str(last_id, "utf-8")
                except UnicodeDecodeError:
                    return self._mixed(data, at_ns)
                start = lines.offset
                lines.offset = end = start + len(data)
                return [_new(Event, (at_ns, start, end - self._after_end, self._type, text, lines.last_event_id))]
        return self._mixed(data, at_ns)

    def close(self) -> list[Violation]:
        """Ends the stream, drops what no blank line closed, and returns the violation that this is, if any."""
        if self._closed:
            return []
        self._closed = True
        violation = self._lines.close()
        return [violation] if violation else []

    def _mixed(self, data: bytes, at_ns: int) -> list[Frame]:
        """Takes what is not just one block of the expected form: the blocks that are whole apart from the rest."""
        if self._closed:
            raise ValueError("the decoder is closed")
        lines = self._lines
        frames: list[Frame] = []
        blank = b"\r\n\r\n" if b"\r" in data else b"\n\n"
        first = data.find(blank)
        if first < 0:
            lines.take(data, at_ns, frames)
            return frames
        start = 0 if lines.clean else first + len(blank)
        if start:
            lines.take(data[:start], at_ns, frames)
        last = data.rfind(blank, start)
        if last >= 0:
            self._blocks(data[start : last + len(blank)], at_ns, frames)
            start = last + len(blank)
        if start < len(data):
            lines.take(data[start:], at_ns, frames)
        return frames

    def _blocks(self, data: bytes, at_ns: int, frames: list[Frame]) -> None:
        """Takes whole blocks, the first of them starting where nothing is pending, the last ended by a blank line."""
        lines = self._lines
        eol = "\r\n" if data.endswith(b"\r\n") else "\n"
        plain = data if eol == "\n" else data.replace(b"\r\n", b"\n")
        try:
            text = str(plain, "utf-8")
        except UnicodeDecodeError:
            text = ""
        mixed_ends = eol != "\n" and (b"\r" in plain or len(data) - len(plain) != plain.count(b"\n"))
        if not text or mixed_ends or "\0" in text or len(data) > self._max_frame_bytes:
            lines.take(data, at_ns, frames)
            return
        lines.lf, lines.crlf = lines.lf or eol == "\n", lines.crlf or eol != "\n"
        form = form_of(text, eol=eol)
        if form is NO_FORM:
            self._others(text[:-2], eol, at_ns, frames)
            return
        after_end = self._after_end = len(eol) - 1
        self._whole, kind = form.whole, form.type
        self._type = kind
        opening, between = form.opening, form.between
        around = len(opening) + len(between) + 2 + form.lines * after_end
        separator = "\n\n" + opening
        values = text[len(opening) : -2].split(separator)
        sizes = values if text.isascii() else plain[len(opening) : -2].split(separator.encode())
        around = len(opening) + 2 + form.lines * after_end
        offset, last_id = lines.offset, lines.last_event_id
        append = frames.append
        for value, size in zip(values, map(len, sizes)):
            if between:
                before = last_id
                last_id, found, value = value.partition(between)
                if not found or "\n" in last_id or "\n" in value:
                    lines.offset, lines.last_event_id = offset, before
                    self._others(f"{opening}{last_id}{found}{value}", eol, at_ns, frames)
                    offset, last_id = lines.offset, lines.last_event_id
                    continue
            elif "\n" in value:
                lines.offset = offset
                self._others(opening + value, eol, at_ns, frames)
                offset, last_id = lines.offset, lines.last_event_id
                continue
            end = offset + around + size
            append(_new(Event, (at_ns, offset, end - after_end, kind, value, last_id)))
            offset = end
        lines.offset, lines.last_event_id = offset, last_id

    def _others(self, text: str, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes whole blocks of any form, without the blank line of the last."""
        for block in text.split("\n\n"):
            self._block(block, eol, at_ns, frames)

    def _block(self, block: str, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes one block, without its blank line."""
        lines = self._lines
        after_end = len(eol) - 1
        start = lines.offset
        data: list[str] = []
        kind, last_id = "", lines.last_event_id
        fields = block.split("\n")
        for field in fields:
            name, _, value = field.partition(":")
            if value[:1] == " ":
                value = value[1:]
            if name == "data":
                data.append(value)
            elif name == "event":
                kind = value
            elif name == "id":
                last_id = value
            elif field == block and not name and field:
                size = (len(block) if block.isascii() else len(block.encode())) + 1
                lines.offset = start + size + 1 + 2*after_end
                frames.append(_new(Comment, (at_ns, start, start + size, value, False)))
                return
            else:
                data.clear()
                break
        if not data:
            lines.take(f"{block}\n\n".replace("\n", eol).encode(), at_ns, frames)
            return
        lines.last_event_id = last_id
        size = (len(block) if block.isascii() else len(block.encode())) + 2 + after_end*(len(fields)+1)
        lines.offset = start + size
        text = data[0] if len(data) == 1 else "\n".join(data)
        frames.append(_new(Event, (at_ns, start, start + size - after_end, kind or "message", text, last_id)))


def decode(reads: Iterable[tuple[int, bytes]], *, max_frame_bytes: int = MAX_FRAME_BYTES) -> Stream:
    """Decodes a whole stream from its reads, each with the time in nanoseconds at which it returned."""
    decoder = Decoder(max_frame_bytes=max_frame_bytes)
    frames: list[Frame] = []
    for at_ns, data in reads:
        frames += decoder.feed(data, at_ns)
    decoder.close()
    return Stream(
        frames=tuple(frames),
        violations=tuple(decoder.violations),
        retry=decoder.retry,
        last_event_id=decoder.last_event_id,
        bom=decoder.bom,
        line_endings=decoder.line_endings,
        size=decoder.size,
    )

