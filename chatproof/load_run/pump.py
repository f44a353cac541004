"""Reads the pipes of a child in threads, so that it never waits for us: its records as lines, and its last words."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Pump", "Tail"]

_READ_BYTES = 1 << 18
_LINE_BYTES = 1 << 23
_TAIL_LINES = 200
_TAIL_CHARACTERS = 400
_LOG_BYTES = 1 << 20
_JOIN_SECONDS = 3.0


class Pump:
    """
    Lines out of a pipe's end: lists of them wait in `batches`.

    A line of more than 8 MiB is left out and counted in `too_long`. `ended` says that nothing more will come. The
    pipe's end is closed when the block ends.
    """

    def __init__(self, descriptor: int) -> None:
        self.batches: SimpleQueue[list[str]] = SimpleQueue()
        self.too_long = 0
        self._descriptor = descriptor
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._read, name="load-records", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(_JOIN_SECONDS)
        if not self._thread.is_alive():
            os.close(self._descriptor)

    @property
    def ended(self) -> bool:
        """Whether all that was written has been put into `batches`."""
        return self._end.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether the end came within so many seconds."""
        return self._end.wait(seconds)

    def _read(self) -> None:
        left = b""
        skipping = False
        try:
            while data := os.read(self._descriptor, _READ_BYTES):
                *whole, rest = data.split(b"\n")
                if whole:
                    whole[0] = left + whole[0]
                    left = b""
                    if skipping:
                        del whole[0]
                        skipping = False
                if not skipping:
                    left += rest
                if len(left) > _LINE_BYTES:
                    left, skipping = b"", True
                    self.too_long += 1
                if lines := [line.decode("utf-8", "replace") for line in whole if line]:
                    self.batches.put(lines)
        except OSError:
            pass
        finally:
            self._end.set()


class Tail:
    """The last lines of what a child says, and the first MiB of it in a file where one is named."""

    def __init__(self, stream: IO[bytes] | None, *, log: Path | None) -> None:
        self._stream = stream
        self._log = log
        self._kept: deque[str] = deque(maxlen=_TAIL_LINES)
        self._thread = threading.Thread(target=self._read, name="load-words", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(_JOIN_SECONDS)
        if self._stream is not None and not self._thread.is_alive():
            self._stream.close()

    def lines(self) -> tuple[str, ...]:
        """The last lines so far; those of a child that has ended are all there."""
        self._thread.join(_JOIN_SECONDS)
        return tuple(self._kept)

    def _read(self) -> None:
        if self._stream is None:
            return
        room = _LOG_BYTES
        with contextlib.ExitStack() as stack:
            file: IO[bytes] | None = None
            if self._log is not None:
                with contextlib.suppress(OSError):
                    file = stack.enter_context(self._log.open("wb", buffering=0))
            while line := self._stream.readline(_TAIL_CHARACTERS):
                if text := line.decode("utf-8", "replace").rstrip():
                    self._kept.append(text)
                if file is not None and room > 0:
                    room -= len(line)
                    with contextlib.suppress(OSError):
                        file.write(line)
