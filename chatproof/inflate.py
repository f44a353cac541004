"""Gzip and deflate, read by read: off as bytes arrive, and on again where a body was redacted."""

from __future__ import annotations

import re
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Final

from chatproof.read import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_BYTES", "MAX_LINES", "Inflater", "coding_of", "deflated", "line_ends", "opaque"]

MAX_BYTES: Final = 4 * 1024 * 1024
"""How much we take out of one body: a compressed one may be a thousand times larger than its bytes."""
MAX_LINES: Final = 50_000
"""How many line ends we read of one body: each may become a frame, which takes far more memory than its bytes."""
_GZIP: Final = 31
_ZLIB: Final = 15
_RAW: Final = -15
_WINDOWS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_COMPRESSIONS: Final = frozenset({*_WINDOWS, "br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_LINE_END: Final = re.compile(rb"[\r\n]")


def coding_of(header: str | None) -> str | None:
    """The content coding that we can take off; None where there is none, an unknown one, or several."""
    name = (header or "").strip().lower()
    return name if name in _WINDOWS else None


def opaque(header: str | None) -> bool:
    """The body is compressed in a way that we cannot look into."""
    names = {part.strip() for part in (header or "").lower().split(",")}
    return coding_of(header) is None and not names.isdisjoint(_COMPRESSIONS)


def line_ends(data: bytes) -> int:
    """The number of CR and LF in some bytes."""
    return data.count(b"\n") + data.count(b"\r")


class Inflater:
    """
    Takes a coding off a body as it arrives; members that follow each other are one body.

    Garbage ends it, and so do `MAX_BYTES` or `MAX_LINES` of what comes out: then it is `cut`.
    """

    def __init__(self, coding: str) -> None:
        self._window = _WINDOWS[coding]
        self._inner = zlib.decompressobj(self._window)
        self._left = MAX_BYTES
        self._lines_left = MAX_LINES
        self._started = False
        self._broken = False
        self.cut = False

    def feed(self, data: bytes) -> bytes:
        """What the next bytes of the body stand for; empty after bytes that are not of this coding."""
        found = bytearray()
        while data and not self._broken and not self.cut:
            if self._inner.eof:
                self._inner = zlib.decompressobj(self._window)
            try:
                part = self._inner.decompress(data, self._left + 1)
            except zlib.error:
                if self._window == _ZLIB and not self._started:
                    self._window = _RAW  # some send deflate without zlib's frame, and browsers take it
                    self._inner = zlib.decompressobj(_RAW)
                    self._started = True
                    continue
                self._broken = True
                break
            self._started = True
            found += self._within_limits(part)
            data = self._inner.unused_data
        return bytes(found)

    def _within_limits(self, part: bytes) -> bytes:
        lines = line_ends(part)
        if len(part) > self._left or lines > self._lines_left:
            self.cut = True
            last = next(islice(_LINE_END.finditer(part), self._lines_left, None), None)
            part = part[: min(self._left, last.start() if last else self._left)]
        self._left -= len(part)
        self._lines_left -= lines
        return part


def deflated(reads: Sequence[Read], coding: str) -> tuple[Read, ...]:
    """The reads with the coding put on, as one member, flushed at each read so that each stands for itself."""
    outer = zlib.compressobj(wbits=_WINDOWS[coding])
    coded: list[Read] = []
    for index, read in enumerate(reads):
        last = index == len(reads) - 1
        data = outer.compress(read.data) + outer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
        coded.append(Read(at_ns=read.at_ns, data=data))
    return tuple(coded)
