"""Event streams split by bytes, cut anywhere: the semantics of `chatproof.sse`, without its text and offsets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .exchange import Listener

__all__ = ["EventSplitter"]

_BOM: Final = b"\xef\xbb\xbf"
_PLAIN: Final = b"data: "
_FORM: Final = re.compile(rb"(?:id: ?([^\n\0]*)\n)?(?:event: ?([^\n]*)\n)?data: ?([^\n]*)").fullmatch
_SPACE: Final = 0x20


class EventSplitter:
    """
    Splits one event stream as WHATWG HTML section 9.2.6 has a browser do, and tells the listener at once.

    What a read holds of whole blocks is cut at blank lines; a block of the same event type as the one before it is
    known by how it begins. All else goes line by line. Between reads no more is held than one unfinished block,
    of at most `max_event_bytes`. `coalesced` counts the calls that held more than one frame, `too_large` says that
    a block was larger than allowed: nothing may be fed after that.
    """

    __slots__ = (
        "_after_cr",
        "_block_bytes",
        "_clean",
        "_comment",
        "_data",
        "_event",
        "_frames",
        "_identifier",
        "_max_bytes",
        "_name",
        "_new_identifier",
        "_opening",
        "_opening_bytes",
        "_opening_name",
        "_pending",
        "_starting",
        "coalesced",
        "too_large",
    )

    def __init__(self, listener: Listener, *, max_event_bytes: int) -> None:
        self._event = listener.event
        self._comment = listener.comment
        self._max_bytes = max_event_bytes
        self.coalesced = 0
        self.too_large = False
        self._identifier = b""
        # What the next block most likely begins with, and the event type that this gives it.
        self._opening = _PLAIN
        self._opening_bytes = len(_PLAIN)
        self._opening_name = b""
        # `_clean`: the next byte begins a block, and nothing is pending.
        self._clean = False
        self._starting = True
        self._after_cr = False
        self._frames = 0
        self._pending: bytes | bytearray = b""
        self._block_bytes = 0
        self._data: list[bytes] = []
        self._name = b""
        self._new_identifier: bytes | None = None

    def feed(self, data: bytes, at_ns: int) -> bool:
        """Takes the bytes of one read that arrived at `at_ns`; True where the listener or a limit ends the stream."""
        size = len(data)
        if self._clean and data.endswith(b"\n\n") and b"\r" not in data and size <= self._max_bytes:
            start = self._opening_bytes
            if data.startswith(self._opening) and data.find(b"\n", start) == size - 2:
                event = self._event  # a function in a slot is called faster by way of a local
                return event(self._opening_name, data[start:-2], self._identifier, at_ns)
            self._frames = 0
            stopped = self._blocks(data[:-2], at_ns)
        else:
            self._frames = 0
            stopped = self._mixed(data, at_ns)
        if self._frames > 1:
            self.coalesced += 1
        return stopped

    def _blocks(self, text: bytes, at_ns: int) -> bool:
        """Takes whole blocks, of LF alone, without the last blank line; nothing is pending before and after."""
        event = self._event
        for block in text.split(b"\n\n"):
            start = self._opening_bytes
            if block.startswith(self._opening) and block.find(b"\n", start) < 0:
                self._frames += 1
                if event(self._opening_name, block[start:], self._identifier, at_ns):
                    return True
            elif found := _FORM(block):
                identifier, name, value = found.groups()
                if identifier is None:
                    self._learn(block, name, value)
                else:
                    self._identifier = identifier
                self._frames += 1
                if event(name or b"", value, self._identifier, at_ns):
                    return True
            elif self._lines([*block.split(b"\n"), b""], at_ns):
                return True
        return False

    def _learn(self, block: bytes, name: bytes | None, value: bytes) -> None:
        """Notes how a block without id begins, where a space stands before its data: it is no part of the value."""
        start = len(block) - len(value)
        if block[start - 1] == _SPACE:
            self._opening = block[:start]
            self._opening_bytes = start
            self._opening_name = name or b""

    def _mixed(self, data: bytes, at_ns: int) -> bool:
        """Takes bytes of any form: with LF as the only line end, the whole blocks apart from what is around them."""
        data = self._plain(data)
        if not self._clean:
            first = data.find(b"\n\n")
            end = len(data) if first < 0 else first + 2
            if self._cut(data[:end], at_ns):
                return True
            data = data[end:]
        last = data.rfind(b"\n\n")
        if self._clean and 0 <= last <= self._max_bytes:
            if self._blocks(data[:last], at_ns):
                return True
            data = data[last + 2 :]
        return bool(data) and self._cut(data, at_ns)

    def _plain(self, data: bytes) -> bytes:
        """The bytes with LF as their only line end, less a byte order mark; holds back what may yet become one."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not self._starting:
            return data
        data, self._pending = bytes(self._pending) + data, b""
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._pending = data
            return b""
        self._starting = False
        self._clean = True
        return data.removeprefix(_BOM)

    def _cut(self, data: bytes, at_ns: int) -> bool:
        """Takes bytes of LF alone line by line; keeps the start of a line that is not yet whole."""
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._pending:
            lines[0] = bytes(self._pending) + lines[0]
            self._pending = b""
        if self._lines(lines, at_ns):
            return True
        if rest:
            # A line in very many reads is gathered in place, in time linear in its length.
            if not isinstance(self._pending, bytearray):
                self._pending = bytearray(self._pending)
            self._pending += rest
            self.too_large = self._block_bytes + len(self._pending) > self._max_bytes
        if not self._starting:
            self._clean = not (self._pending or self._block_bytes)
        return self.too_large

    def _lines(self, lines: list[bytes], at_ns: int) -> bool:  # noqa: C901 - a branch for each kind of line
        """Takes whole lines; an empty one ends the block."""
        for line in lines:
            if not line:
                if self._block_bytes and self._dispatch(at_ns):
                    return True
                continue
            name, _, value = line.partition(b":")
            if value[:1] == b" ":
                value = value[1:]
            if name or self._block_bytes:
                self._block_bytes += len(line) + 1
            if len(line) + 1 > self._max_bytes or self._block_bytes > self._max_bytes:
                self.too_large = True
                return True
            if name == b"data":
                self._data.append(value)
            elif name == b"event":
                self._name = value
            elif name == b"id" and b"\0" not in value:
                self._new_identifier = value
            elif not name:
                self._frames += 1
                if self._comment(value, at_ns):
                    return True
        return False

    def _dispatch(self, at_ns: int) -> bool:
        """Ends a block; one without data is no event, but sets the id."""
        if self._new_identifier is not None:
            self._identifier = self._new_identifier
        data, name = self._data, self._name
        self._block_bytes = 0
        self._name, self._new_identifier = b"", None
        if not data:
            return False
        self._data = []
        self._frames += 1
        return self._event(name, data[0] if len(data) == 1 else b"\n".join(data), self._identifier, at_ns)
