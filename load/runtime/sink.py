"""Where the lines of a run go: a pipe that somebody reads, or a file."""

from __future__ import annotations

import errno
import os
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types
from gevent.os import make_nonblocking, nb_write  # type: ignore[import-untyped]  # gevent has no types

from chatproof.samples.file import SampleWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FileSink", "PipeSink", "Sink", "SinkClosedError", "open_sink"]

_MOST_BYTES = 64 * 1024 * 1024
_PIECE = 64 * 1024


class SinkClosedError(Exception):
    """Nobody reads any more."""


class Sink(Protocol):
    """Takes lines in order; each line is kept whole or not at all. `lost` counts those that are not kept."""

    lost: int

    def write(self, lines: Sequence[str]) -> None:
        """Takes lines, without waiting; raises `SinkClosedError`."""

    def close(self, seconds: float) -> None:
        """Waits so long at the most until all is written, and closes."""


def open_sink(text: str) -> Sink:
    """The sink that `fd:N` or `file:PATH` names; raises ValueError for another, OSError where it cannot be had."""
    kind, _, name = text.partition(":")
    if kind == "fd" and name.isdecimal():
        return PipeSink(int(name))
    if kind == "file" and name:
        return FileSink(Path(name))
    raise ValueError(f"a sink is fd:N or file:PATH, not {text!r}")


class PipeSink:
    """
    A pipe, written by a greenlet of its own so that a slow reader holds up no stream.

    Up to 64 MiB wait for the reader; lines beyond that are lost, and counted.
    """

    def __init__(self, descriptor: int) -> None:
        os.fstat(descriptor)
        make_nonblocking(descriptor)
        self.lost = 0
        self._descriptor = descriptor
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._more = Event()
        self._empty = Event()
        self._empty.set()
        self._broken = False
        self._writer = gevent.spawn(self._run)

    def write(self, lines: Sequence[str]) -> None:
        """Queues lines; raises `SinkClosedError` once the reader is gone."""
        if self._broken:
            self.lost += len(lines)
            raise SinkClosedError("nobody reads the records")
        for line in lines:
            data = line.encode() + b"\n"
            if self._bytes + len(data) > _MOST_BYTES:
                self.lost += 1
                continue
            self._waiting.append(data)
            self._bytes += len(data)
        if self._waiting:
            self._empty.clear()
            self._more.set()

    def close(self, seconds: float) -> None:
        """Waits until all is written, but not for longer than `seconds`."""
        self._empty.wait(seconds)
        self.lost += len(self._waiting)
        self._writer.kill()
        try:
            os.close(self._descriptor)
        except OSError:
            self._broken = True

    def _run(self) -> None:
        while True:
            self._more.wait()
            self._more.clear()
            while self._waiting:
                piece = bytearray()
                while self._waiting and len(piece) < _PIECE:
                    piece += self._waiting.popleft()
                if not self._put(bytes(piece)):
                    return
                self._bytes -= len(piece)
            self._empty.set()

    def _put(self, data: bytes) -> bool:
        view = memoryview(data)
        while view:
            try:
                view = view[nb_write(self._descriptor, view) :]
            except OSError:
                self._broken = True
                self.lost += len(self._waiting) + data.count(b"\n")
                self._waiting.clear()
                self._empty.set()
                return False
        return True


class FileSink:
    """A file of records. A full disk is told once, on stderr, and the run goes on without a file."""

    def __init__(self, path: Path) -> None:
        self.lost = 0
        self._writer = SampleWriter(path)

    def write(self, lines: Sequence[str]) -> None:
        """Writes lines."""
        try:
            self._writer.write(lines)
        except OSError as error:
            _tell(error)
        if self._writer.failed:
            self.lost += len(lines)

    def close(self, seconds: float) -> None:  # noqa: ARG002 - a file needs no waiting
        """Closes the file."""
        try:
            self._writer.close()
        except OSError as error:
            _tell(error)


def _tell(error: OSError) -> None:
    hint = "; free some space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else ""
    words = error.strerror or type(error).__name__
    sys.stderr.write(f"chatproof: {error.filename}: {words}: the run goes on, and its records are lost{hint}\n")
