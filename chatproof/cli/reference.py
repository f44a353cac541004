"""Starts the embedded reference backend in a process of its own."""

from __future__ import annotations

import os
import queue
import secrets
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from chatproof.config import from_table
from chatproof.loading import load
from chatproof.process import BackendProcessError, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatproof.config import Config

__all__ = ["reference_backend"]

_START_SECONDS = 15.0
_HEARTBEAT = "1s"


@contextmanager
def reference_backend(*, profiles: Sequence[str] = ()) -> Iterator[Config]:
    """
    Runs `chatproof serve` on a free port and yields the configuration that declares all it offers.

    The signing key is made anew each time and reaches the process by its environment.
    """
    secret = secrets.token_urlsafe(32)
    environment = {**os.environ, "CHATPROOF_SERVE_SECRET": secret}
    line = [sys.executable, "-P", "-m", "chatproof", "serve", "--port", "0", "--heartbeat", _HEARTBEAT]
    process = subprocess.Popen(  # noqa: S603 - our own command
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    try:
        url = _address(process)
        table = load("fixtures", "backend").reference_table(url, secret=secret, heartbeat=_HEARTBEAT)
        yield from_table(table, origin="the reference backend", profiles=profiles)
    finally:
        stop(process)


def _address(process: subprocess.Popen[str]) -> str:
    """The address from the first line that the server prints, within a limit."""
    lines: queue.Queue[str] = queue.Queue()
    stdout = process.stdout
    if stdout is None:
        raise BackendProcessError("the reference backend was started without a pipe")
    threading.Thread(target=_first_line, args=(stdout, lines), daemon=True).start()
    try:
        first = lines.get(timeout=_START_SECONDS)
    except queue.Empty:
        first = ""
    if not first.startswith("listening on "):
        msg = f"the reference backend did not start within {_START_SECONDS:g} s\nhint: `chatproof serve` shows why"
        raise BackendProcessError(msg)
    return first.removeprefix("listening on ").strip()


def _first_line(stdout: IO[str], lines: queue.Queue[str]) -> None:
    lines.put(stdout.readline())
