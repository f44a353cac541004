"""Gzip and deflate, read by read: off as bytes arrive, and on again where a body was redacted."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from chatproof.read import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_BYTES", "Inflater", "coding_of", "deflated"]

MAX_BYTES: Final = 64 * 1024 * 1024
"""How much we take out of one body: a compressed one may be a thousand times larger than its bytes."""
_GZIP: Final = 31
_ZLIB: Final = 15
_RAW: Final = -15
_WINDOWS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


def coding_of(header: str | None) -> str | None:
    """The content coding that we can take off; None where there is none, an unknown one, or several."""
    name = (header or "").strip().lower()
    return name if name in _WINDOWS else None


class Inflater:
    """Takes a coding off a body as it arrives; members that follow each other are one body. Garbage ends it."""

    def __init__(self, coding: str) -> None:
        self._window = _WINDOWS[coding]
        self._inner = zlib.decompressobj(self._window)
        self._left = MAX_BYTES
        self._started = False
        self._broken = False

    def feed(self, data: bytes) -> bytes:
        """What the next bytes of the body stand for; empty after bytes that are not of this coding."""
        found = bytearray()
        while data and self._left > 0 and not self._broken:
            if self._inner.eof:
                self._inner = zlib.decompressobj(self._window)
            try:
                part = self._inner.decompress(data, self._left)
            except zlib.error:
                if self._window == _ZLIB and not self._started:
                    self._window = _RAW  # some send deflate without zlib's frame, and browsers take it
                    self._inner = zlib.decompressobj(_RAW)
                    self._started = True
                    continue
                self._broken = True
                break
            self._started = True
            self._left -= len(part)
            found += part
            data = self._inner.unused_data
        return bytes(found)


def deflated(reads: Sequence[Read], coding: str) -> tuple[Read, ...]:
    """The reads with the coding put on, as one member, flushed at each read so that each stands for itself."""
    outer = zlib.compressobj(wbits=_WINDOWS[coding])
    coded: list[Read] = []
    for index, read in enumerate(reads):
        last = index == len(reads) - 1
        data = outer.compress(read.data) + outer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
        coded.append(Read(at_ns=read.at_ns, data=data))
    return tuple(coded)
