"""Runs the user's command that prints a token: without a shell, and within limits of time and output."""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import time
from typing import IO, TYPE_CHECKING

from chatproof.process import stop

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TokenCommandError", "first_line"]

_MOST_BYTES = 64 * 1024
_READ_BYTES = 16 * 1024


class TokenCommandError(Exception):
    """The command printed no token; `said` is the last line of its error output, which may hold anything."""

    def __init__(self, found: str, *, said: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.said = said


def first_line(command: str, seconds: float) -> str:
    """
    The first line that a command prints, stripped; raises `TokenCommandError` where it fails or there is none.

    The command and what it started are ended when it has printed 64 KiB or the time is over.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, from the user's own file
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        words = getattr(error, "strerror", None) or "it cannot be started"
        raise TokenCommandError(f"{type(error).__name__}: {words}") from None
    deadline = time.monotonic() + seconds
    try:
        printed, complained = _read(_pipes(process), deadline)
        status = process.wait(max(0.0, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, TimeoutError):
        raise TokenCommandError(f"no end within {seconds:g} s") from None
    finally:
        stop(process)
    token = printed.decode("utf-8", "replace").partition("\n")[0].strip()
    said = complained.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if status:
        raise TokenCommandError(f"exit status {status}", said=said)
    if not token:
        raise TokenCommandError("an empty first line", said=said)
    return token


def _pipes(process: subprocess.Popen[bytes]) -> Sequence[IO[bytes]]:
    """What it prints and what it complains of."""
    return [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]


def _read(pipes: Sequence[IO[bytes]], deadline: float) -> list[bytes]:
    """What comes out of the pipes until all are closed; raises TimeoutError, and TokenCommandError for too much."""
    read = {pipe: bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready or time.monotonic() > deadline:
                raise TimeoutError
            for key, _events in ready:
                data = os.read(key.fd, _READ_BYTES)
                if not data:
                    selector.unregister(key.fileobj)
                read[key.fileobj] += data  # type: ignore[index]  # it is one of the pipes
                if len(read[key.fileobj]) > _MOST_BYTES:  # type: ignore[index]  # as above
                    raise TokenCommandError(f"more than {_MOST_BYTES // 1024} KiB of output")
    return [bytes(found) for found in read.values()]
