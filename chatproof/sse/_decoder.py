"""Bytes with arrival times in; frames and violations out."""

from __future__ import annotations

import re
from itertools import islice, repeat, starmap
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
_COMMENT: Final = re.compile(r":(?: ?)([^\r\n]*+)(\r?\n)\2").fullmatch
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
        size = len(data)
        if not lines.clean or size > self._max_frame_bytes:
            return self._mixed(data, at_ns)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return self._mixed(data, at_ns)
        start = lines.offset
        if found := self._whole(text):
            last_id, value = found.groups()
            if "\n" not in value and "\r" not in value:
                if last_id:
                    lines.last_event_id = last_id
                lines.offset = end = start + size
                return [_new(Event, (at_ns, start, end - self._after_end, self._type, value, lines.last_event_id))]
        elif found := _COMMENT(text):
            comment, eol = found.groups()
            lines.note_line_ending(eol)
            lines.offset = start + size
            return [_new(Comment, (at_ns, start, start + size - 2 * len(eol) + 1, comment, False))]
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
        eol = "\n" if data.find(b"\r") < 0 else "\r\n"
        blank = b"\n\n" if eol == "\n" else b"\r\n\r\n"
        start = 0
        if not lines.clean:
            first = data.find(blank)
            start = len(data) if first < 0 else first + len(blank)
            lines.take(data[:start], at_ns, frames)
        last = data.rfind(blank, start)
        if last >= 0:
            end = last + len(blank)
            if text := self._text(data, start, end, eol):
                self._blocks(text, eol, at_ns, frames)
            else:
                lines.take(data[start:end], at_ns, frames)
            start = end
        if start < len(data):
            lines.take(data[start:], at_ns, frames)
        return frames

    def _text(self, data: bytes, start: int, end: int, eol: str) -> str:
        """The text of whole blocks, with LF as line end; empty where only `LineDecoder` can take them."""
        if end - start > self._max_frame_bytes:
            return ""
        try:
            text = str(memoryview(data)[start:end], "utf-8")
        except UnicodeDecodeError:
            return ""
        if eol == "\n":
            return text
        plain = text.replace(eol, "\n")
        return plain if "\r" not in plain and len(text) - len(plain) == plain.count("\n") else ""

    def _blocks(self, text: str, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes the text of whole blocks where nothing is pending."""
        lines = self._lines
        lines.note_line_ending(eol)
        if text.startswith(":"):
            comment, _, text = text.partition("\n\n")
            self._others(comment, eol, at_ns, frames)
            if text == "\n":  # a blank line more, of which the one that ends the comment took the first half
                lines.take(eol.encode(), at_ns, frames)
                return
        form = form_of(text, eol)
        if form is NO_FORM or (form.between and "\0" in text):
            if text:
                self._others(text[:-2], eol, at_ns, frames)
            return
        self._whole, self._type, self._after_end = form.whole, form.type, len(eol) - 1
        pieces = text.split(f"\n\n{form.opening}")
        pieces[0] = pieces[0][len(form.opening) :]
        pieces[-1] = pieces[-1][:-2]
        take = self._pieces if form.between else self._values
        take(pieces, form, eol, at_ns, frames)

    def _values(self, values: list[str], form: Form, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes blocks of a form without ids from their values; a few may hold more lines or other blocks."""
        joined = "".join(values)
        odd = [index for index, value in enumerate(values) if "\n" in value] if "\n" in joined else []
        if odd and (eol != "\n" or "\nid" in joined):  # their sizes and ids are not known beforehand
            self._pieces(values, form, eol, at_ns, frames)
            return
        raw = values if joined.isascii() else list(map(str.encode, values))
        lines = self._lines
        end, around = lines.offset, form.around
        starts = [end, *[end := end + around + len(value) for value in raw]]
        ends = starts[1:] if eol == "\n" else [start - 1 for start in starts[1:]]
        fields = zip(repeat(at_ns), starts, ends, repeat(form.type), values, repeat(lines.last_event_id), strict=False)
        events = starmap(_new, zip(repeat(Event), fields, strict=False))
        done = 0
        for index in odd:
            frames += islice(events, index - done)
            lines.offset = starts[index]
            value, _, comment = values[index].partition("\n\n")
            if comment[:1] == ":" and "\n" not in value and "\n" not in comment:
                size = len(comment.encode())
                next(events)
                text = comment[2:] if comment[1:2] == " " else comment[1:]
                end = ends[index] - size - 2
                frames.append(_new(Event, (at_ns, starts[index], end, form.type, value, lines.last_event_id)))
                frames.append(_new(Comment, (at_ns, end, end + size + 1, text, False)))
            else:
                next(events)
                self._others(form.opening + values[index], eol, at_ns, frames)
            done = index + 1
        frames += events
        lines.offset = starts[-1]

    def _pieces(self, pieces: list[str], form: Form, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes what follows each opening of a form: the rest of its block, maybe more lines or other blocks."""
        lines = self._lines
        start, last_id = lines.offset, lines.last_event_id
        around, between, kind, crlf = form.around, form.between, form.type, eol != "\n"
        sizes = map(len, pieces if "".join(pieces).isascii() else map(str.encode, pieces))
        append = frames.append
        for piece, size in zip(pieces, sizes, strict=True):
            new_id, found, value = piece.partition(between) if between else (last_id, "", piece)
            if "\n" in value or "\n" in new_id or found != between:
                lines.offset, lines.last_event_id = start, last_id
                self._others(form.opening + piece, eol, at_ns, frames)
                start, last_id = lines.offset, lines.last_event_id
                continue
            last_id = new_id
            end = start + around + size
            append(_new(Event, (at_ns, start, end - 1 if crlf else end, kind, value, last_id)))
            start = end
        lines.offset, lines.last_event_id = start, last_id

    def _others(self, text: str, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes whole blocks of any form, without the blank line of the last."""
        for block in text.split("\n\n"):
            self._block(block, eol, at_ns, frames)

    def _block(self, block: str, eol: str, at_ns: int, frames: list[Frame]) -> None:
        """Takes one block, without its blank line."""
        lines = self._lines
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
            elif name == "id" and "\0" not in value:
                last_id = value
            else:
                data.clear()
                break
        if not data:
            lines.take(f"{block}\n\n".replace("\n", eol).encode(), at_ns, frames)
            return
        start = lines.offset
        end = start + len(block.encode()) + 2 + (len(fields) + 1) * (len(eol) - 1)
        lines.offset, lines.last_event_id = end, last_id
        value = data[0] if len(data) == 1 else "\n".join(data)
        frames.append(_new(Event, (at_ns, start, end - len(eol) + 1, kind or "message", value, last_id)))


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
