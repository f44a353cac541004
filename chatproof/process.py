"""The backend's own process: started, waited for and stopped, and waiting for one that somebody else started."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chatproof.config import Backend

__all__ = [
    "BackendProcessError",
    "Running",
    "answers",
    "await_answer",
    "backend_process",
    "spawned",
    "stop",
    "wait_until_answers",
]

_POLL_SECONDS = 0.05
_ATTEMPT_SECONDS = 2.0
_STOP_SECONDS = 5.0
_LAST_LINES = 10
_LAST_BYTES = 4096
_HTTP = b"HTTP/"


class BackendProcessError(Exception):
    """The backend's command cannot be started, ended early, or answers nothing; ends in a hint."""


@dataclass(frozen=True, slots=True)
class Running:
    """A command that runs, and the file that takes what it says."""

    line: str
    process: subprocess.Popen[bytes]
    output: BinaryIO

    def stop(self) -> None:
        """Ends it, and all that it started, within a bound; a second time does nothing."""
        stop(self.process)
        self.output.close()


@contextmanager
def backend_process(backend: Backend) -> Iterator[None]:
    """
    Runs `[backend] command` without a shell, in a process group of its own, until the block ends.

    Enters once `url` answers; raises BackendProcessError after `start_timeout`, or when the command ends before.
    """
    running = spawned(backend.command, os.environ)
    try:
        await_answer(running, backend)
        yield
    finally:
        running.stop()


def spawned(line: str, environment: Mapping[str, str]) -> Running:
    """Starts a command line without a shell, in a process group of its own; BackendProcessError where that fails."""
    output: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process is stopped
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, from the user's own file
            shlex.split(line),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        output.close()
        said = getattr(error, "strerror", None) or str(error)
        hint = "it is run without a shell; check `command` in [backend]"
        msg = f"`{line}` cannot be started: {said}\nhint: {hint}"
        raise BackendProcessError(msg) from error
    return Running(line, process, output)


def await_answer(running: Running, backend: Backend) -> None:
    """Returns once `url` answers; raises BackendProcessError after `start_timeout`, or when the command has ended."""
    deadline = time.monotonic() + backend.start_timeout
    while not answers(backend.url, min(_ATTEMPT_SECONDS, max(0.01, deadline - time.monotonic()))):
        if running.process.poll() is not None:
            msg = (
                f"`{running.line}` ended with status {running.process.returncode} before {backend.url} answered"
                f"{_tail(running.output.fileno())}\nhint: run the command by hand"
            )
            raise BackendProcessError(msg)
        if time.monotonic() >= deadline:
            msg = (
                f"`{running.line}` runs, but {backend.url} did not answer within {backend.start_timeout:g} s"
                f"{_tail(running.output.fileno())}"
                "\nhint: check `url`, or give it more time with `start_timeout` in [backend]"
            )
            raise BackendProcessError(msg)
        time.sleep(_POLL_SECONDS)


def _tail(descriptor: int) -> str:
    """The last lines of the output so far, for a message."""
    size = os.fstat(descriptor).st_size
    last = os.pread(descriptor, _LAST_BYTES, max(0, size - _LAST_BYTES))
    if size > _LAST_BYTES:
        last = last.partition(b"\n")[2]  # half a line may hold half a secret, which nobody would know for one
    lines = last.decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:]
    return "; its last words:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""


def stop(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """
    Ends a process that we started in a group of its own, and what it started: asks first, within a bound.

    Closes its pipes. A process that is gone already is left alone.
    """
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    _signal(process.pid, signal.SIGKILL)  # also what outlived the leader of its group
    process.wait(_STOP_SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def wait_until_answers(backend: Backend, seconds: float) -> bool:
    """Whether `url` answers HTTP, with any status, before so many seconds are over."""
    deadline = time.monotonic() + seconds
    while not answers(backend.url, min(_ATTEMPT_SECONDS, max(0.01, deadline - time.monotonic()))):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def answers(url: str, seconds: float) -> bool:
    """Whether something that speaks HTTP is there; a port that is merely open (a proxy's, say) is not enough."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    request = f"GET / HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode()
    try:
        with socket.create_connection((host, port), timeout=seconds) as plain:
            stream = _unverified().wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
            with stream:
                stream.sendall(request)
                with stream.makefile("rb") as answer:
                    return answer.read(len(_HTTP)) == _HTTP
    except OSError:
        return False


def _unverified() -> ssl.SSLContext:
    """Nothing secret is sent by `_answers`; whether the certificate is good is told by the exchanges that follow."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
