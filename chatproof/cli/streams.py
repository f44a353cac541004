"""The standard streams of a command: which take colour, and how a check outlives whoever reads it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_terminal", "lasting_streams", "lead_nowhere", "open_missing_streams", "takes_colour"]


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person reads the stream in a terminal that can write over a line."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def takes_colour(choice: str, stream: IO[str] | None) -> bool:
    """By `--color`, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def open_missing_streams() -> None:
    """Lets a stream that the caller has closed (`2>&-`) lead nowhere, before a socket takes its number."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end


def lead_nowhere(stream: IO[str]) -> None:
    """What a stream could not write it keeps, and must be able to put somewhere when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def lasting_streams() -> Iterator[None]:
    """
    While the block runs stdout and stderr accept text also when nobody reads it any more (`2>&1 | head`).

    What a check has to say may go unread; its report and its exit code must not depend on that.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Lasting(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Lasting:
    """A text stream that leads nowhere from the moment at which its reader is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            lead_nowhere(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            lead_nowhere(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
