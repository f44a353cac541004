"""HTTP/1.1 responses from raw bytes: the head as it came, the payload, and how the message ended (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.recording import End

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEAD_LIMIT", "HEAD_LINES", "LINE_LIMIT", "Framing", "Head"]

HEAD_LIMIT = 64 * 1024
"""Bytes that all heads of one answer (the 1xx ones too) may have together; many clients stop far below that."""
HEAD_LINES = 1000
"""Lines that all of these heads may have together."""
LINE_LIMIT = 16 * 1024
"""Bytes that the line before a chunk, or all trailers together, may have."""

_STATUS = re.compile(r"(HTTP/\d\.\d) (\d{3})(?: (.*))?", re.DOTALL)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,18}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_VALUE = re.compile(r"[^\x00\r\n]*")
_SWITCHING = 101
_FIRST_FINAL = 200
_MOST_ODDITIES = 20
_BEGINNING = b"HTTP/"
_OTHER_PROTOCOLS = (
    (re.compile(rb"\A...\x04\x00", re.DOTALL), "it speaks HTTP/2 without being asked"),
    (re.compile(rb"\A[\x15\x16]\x03", re.DOTALL), "it speaks TLS: the URL needs https"),
)
_NO_CONTENT = 204
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a final answer: names and values as received, decoded as ISO-8859-1, which loses nothing."""

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name]


class Framing:
    """
    Reads one answer, in pieces of any size, and loses nothing of it.

    `feed` takes the bytes of one read and returns the payload in them; `close` tells that the
    connection ended, `reset` that it was torn down. `head` is set once the final head is whole, `end` once the
    message is over (or beyond understanding). `oddities` are deviations that do not stop a reader,
    `problem` is the one that did, `surplus` counts bytes after the message. The same bytes give the
    same result however they are split.
    """

    def __init__(self, method: str) -> None:
        self.head: Head | None = None
        self.end: End | None = None
        self.problem = ""
        self.oddities: list[str] = []
        self.surplus = 0
        self._bodiless = method == "HEAD"
        self._line = bytearray()
        self._lines: list[str] = []
        self._allowance = HEAD_LIMIT
        self._head_lines = 0
        self._remaining = 0
        self._step: Callable[[bytes, int, bytearray], int] = self._in_head

    def feed(self, data: bytes) -> bytes:
        """The payload in the next bytes of the connection."""
        payload = bytearray()
        at = 0
        while at < len(data) and self.end is None:
            at = self._step(data, at, payload)
        self.surplus += len(data) - at
        return bytes(payload)

    def close(self) -> None:
        """The connection was closed in order."""
        if self.end is not None:
            return
        if self.head is None:
            self.end = End.NO_ANSWER
            self.problem = "the connection was closed " + ("inside the head" if self._begun else "without an answer")
            if not self._lines and not _may_begin(self._line):
                self.problem = _not_http(bytes(self._line))
        elif self._step == self._in_trailers:
            self._odd("the connection was closed before the end of the trailers")
            self.end = End.TERMINAL_CHUNK
        elif self._step == self._until_closed:
            self.end = End.CLOSED
        elif self._step == self._in_length:
            self.end = End.CUT_SHORT
            self.problem = f"{self._remaining} bytes of the announced length are missing"
        elif self._step == self._in_size and not self._line:
            self.end = End.CLOSED_BETWEEN_CHUNKS
        else:
            self.end = End.CUT_IN_CHUNK

    def reset(self, why: str) -> None:
        """The connection was torn down."""
        if self.end is None:
            self.end = End.RESET if self.head else End.NO_ANSWER
            self.problem = why

    @property
    def _begun(self) -> bool:
        return bool(self._line or self._lines)

    def _odd(self, what: str) -> None:
        if what not in self.oddities and len(self.oddities) < _MOST_ODDITIES:
            self.oddities.append(what)

    def _malformed(self, what: str) -> None:
        self.end = End.MALFORMED
        self.problem = what

    def _take_line(self, data: bytes, at: int, what: str) -> tuple[int, bytes | None]:
        """Where the line under way ends in the data, and the line without its end once it is whole."""
        found = data.find(b"\n", at)
        after = len(data) if found < 0 else found + 1
        self._allowance -= after - at
        if self._allowance < 0:
            self._malformed(f"{what} is longer than {HEAD_LIMIT if self.head is None else LINE_LIMIT} bytes")
            return after + self._allowance, None
        self._line += data[at:after]
        if found < 0:
            return after, None
        line = bytes(self._line[:-1])
        self._line.clear()
        if line.endswith(b"\r"):
            return after, line[:-1]
        self._odd(f"a line ends without a carriage return, in {what}")
        return after, line

    def _in_head(self, data: bytes, at: int, _payload: bytearray) -> int:
        after, line = self._take_line(data, at, "the head")
        if line is None:
            return after
        self._head_lines += 1
        if not self._lines and not _STATUS.fullmatch(line.decode("latin-1")):
            self._malformed(_not_http(line))
        elif self._head_lines > HEAD_LINES:
            self._malformed(f"the head has more than {HEAD_LINES} lines")
        elif line or not self._lines:
            self._lines.append(line.decode("latin-1"))
        else:
            self._head_ended()
        return after

    def _head_ended(self) -> None:
        first, *fields = self._lines
        self._lines.clear()
        found = _STATUS.fullmatch(first)
        version, status, reason = found.groups(default="") if found else ("", "0", "")
        head = Head(version, int(status), reason, self._fields(fields))
        if head.status < _FIRST_FINAL and head.status != _SWITCHING:
            return
        self.head = head
        self._choose_body(head)

    def _fields(self, lines: list[str]) -> tuple[tuple[str, str], ...]:
        fields: list[tuple[str, str]] = []
        for line in lines:
            if line[0] in " \t" and fields:
                self._odd("a header is folded over several lines")
                name, value = fields[-1]
                fields[-1] = (name, f"{value} {line.strip()}")
                continue
            name, colon, value = line.partition(":")
            if not colon:
                self._odd(f"a header line without a colon: {_quoted(line)}")
            elif not _NAME.fullmatch(name):
                self._odd(f"an illegal header name: {_quoted(name)}")
            if not _VALUE.fullmatch(value):
                self._odd(f"an illegal character in the value of the header {_quoted(name)}")
            fields.append((name, value.strip(" \t")))
        return tuple(fields)

    def _choose_body(self, head: Head) -> None:
        """RFC 9112 section 6.3, in its order."""
        codings = [part.strip().lower() for value in head.values("transfer-encoding") for part in value.split(",")]
        lengths = {part.strip() for value in head.values("content-length") for part in value.split(",")}
        if self._bodiless or head.status in {_SWITCHING, _NO_CONTENT, _NOT_MODIFIED}:
            if head.status == _NO_CONTENT and (codings or lengths - {"0"}):
                self._odd("a 204 announces a body")
            self.end = End.NO_BODY
        elif codings:
            if lengths:
                self._odd("both Transfer-Encoding and Content-Length")
            if codings[-1] == "chunked":
                if len(codings) > 1:
                    self._odd(f"transfer codings beside chunked: {', '.join(codings[:-1])}")
                self._expect_size()
            else:
                self._odd(f"a transfer coding that does not end in chunked: {', '.join(codings)}")
                self._step = self._until_closed
        elif lengths:
            self._expect_length(lengths)
        else:
            self._step = self._until_closed

    def _expect_length(self, lengths: set[str]) -> None:
        text = lengths.pop()
        if lengths:
            self._malformed(f"contradictory Content-Length values: {', '.join(sorted({text, *lengths}))}")
        elif not _LENGTH.fullmatch(text):
            self._malformed(f"Content-Length is no number: {_quoted(text)}")
        else:
            self._remaining = int(text)
            self._step = self._in_length
            if not self._remaining:
                self.end = End.LENGTH_REACHED

    def _expect_size(self) -> None:
        self._allowance = LINE_LIMIT
        self._step = self._in_size

    def _until_closed(self, data: bytes, at: int, payload: bytearray) -> int:
        payload += data[at:]
        return len(data)

    def _in_length(self, data: bytes, at: int, payload: bytearray) -> int:
        after = self._copy(data, at, payload)
        if not self._remaining:
            self.end = End.LENGTH_REACHED
        return after

    def _copy(self, data: bytes, at: int, payload: bytearray) -> int:
        piece = data[at : at + self._remaining]
        payload += piece
        self._remaining -= len(piece)
        return at + len(piece)

    def _in_size(self, data: bytes, at: int, _payload: bytearray) -> int:
        after, line = self._take_line(data, at, "the line before a chunk")
        if line is None:
            return after
        found = _SIZE.fullmatch(line)
        if not found:
            self._malformed(f"no chunk size: {_quoted(line)}")
            return after
        self._remaining = int(found[1], 16)
        self._allowance = LINE_LIMIT
        self._step = self._in_chunk if self._remaining else self._in_trailers
        return after

    def _in_chunk(self, data: bytes, at: int, payload: bytearray) -> int:
        after = self._copy(data, at, payload)
        if not self._remaining:
            self._step = self._after_chunk
        return after

    def _after_chunk(self, data: bytes, at: int, _payload: bytearray) -> int:
        after, line = self._take_line(data, at, "the end of a chunk")
        if line:
            self._malformed(f"a chunk is longer than announced: {_quoted(line)}")
        elif line is not None:
            self._expect_size()
        return after

    def _in_trailers(self, data: bytes, at: int, _payload: bytearray) -> int:
        after, line = self._take_line(data, at, "the trailer section")
        if line == b"":
            self.end = End.TERMINAL_CHUNK
        return after


def _quoted(found: bytes | str) -> str:
    """The whole of it: what is cut here is no longer known for the secret that it may be a part of."""
    text = found if isinstance(found, str) else found.decode("latin-1")
    return "`" + _CONTROL.sub(lambda char: f"\\x{ord(char[0]):02x}", text) + "`"


def _not_http(line: bytes) -> str:
    other = next((words for pattern, words in _OTHER_PROTOCOLS if pattern.match(line)), "")
    remark = f" ({other})" if other else ""
    return f"the answer does not begin with an HTTP/1.x status line{remark}: {_quoted(line)}"


def _may_begin(line: bytes | bytearray) -> bool:
    """The start of a first line may yet become a status line."""
    return line.startswith(_BEGINNING) or _BEGINNING.startswith(line)
