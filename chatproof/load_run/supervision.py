"""A process under supervision: its lines are handed on as they come, and it ends in any case."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from types import MappingProxyType
from typing import TYPE_CHECKING

from chatproof.load_run.pump import Pump, Tail

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["SILENCE_SECONDS", "START_SECONDS", "Child", "Generated", "supervise"]

START_SECONDS = 60.0
SILENCE_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LEFT_SECONDS = 3.0
_POLL_SECONDS = 0.1
_TICK_SECONDS = 0.25
_BATCHES_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """
    How the generator ended.

    `reason` is empty where it ended by itself or was stopped as asked; else one phrase. `tail` holds the last lines
    that it wrote to its error output, which may hold anything. `stopped` says that it was asked to stop. `too_long`
    counts lines that were not read because they were too long.
    """

    exit_code: int
    reason: str = ""
    tail: tuple[str, ...] = ()
    stopped: bool = False
    too_long: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """
    A process to supervise.

    `command` is given the number of the pipe's end it writes to, as is `environment`, and the folder that it is started
    in; `limit_seconds` is how long it may take from its first line on, `start_seconds` until that.
    """

    command: Callable[[int, Path], Sequence[str]]
    environment: Callable[[int], Mapping[str, str]]
    limit_seconds: float
    start_seconds: float = START_SECONDS
    stop_seconds: float = _STOP_SECONDS
    silence_seconds: float = SILENCE_SECONDS


def supervise(
    child: Child,
    *,
    on_line: Callable[[str], None],
    stop: threading.Event,
    log: Path | None = None,
    tick: Callable[[], None] = lambda: None,
    keep: Mapping[str, Path] = MappingProxyType({}),
) -> Generated:
    """
    Starts a process in a group of its own, in an empty folder, and sees to it until it and its group are gone.

    `keep` says of files that it writes there where they go in the end; one that does not fit there is done without.
    """
    with tempfile.TemporaryDirectory(prefix="chatproof-load-", ignore_cleanup_errors=True) as folder:
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - our own command
                child.command(writing, Path(folder)),
                env=dict(child.environment(writing)),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        with Pump(reading) as lines, Tail(process.stdout, log=log) as tail:
            found = _Watch(child, process, lines, tail).until_the_end(on_line, stop, tick)
        for name, wanted in keep.items():
            _moved(Path(folder, name), wanted)
        return found


def _moved(made: Path, wanted: Path) -> None:
    if not made.is_file():
        return
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, wanted)
    except OSError:
        with contextlib.suppress(OSError):
            wanted.unlink(missing_ok=True)


class _Watch:
    """One running child."""

    def __init__(self, child: Child, process: subprocess.Popen[bytes], lines: Pump, tail: Tail) -> None:
        self._child = child
        self._process = process
        self._lines = lines
        self._tail = tail
        self._began = time.monotonic()
        self._first = math.inf
        self._last = math.inf
        self._asked = math.inf
        self._gone = math.inf
        self._reason = ""

    def until_the_end(
        self, on_line: Callable[[str], None], stop: threading.Event, tick: Callable[[], None]
    ) -> Generated:
        next_tick = 0.0
        try:
            while not self._over():
                self._hand_on(on_line)
                asked = stop.is_set() and math.isinf(self._asked)
                if asked:
                    self._asked = time.monotonic()
                    self._interrupt()
                if asked or time.monotonic() >= next_tick:
                    tick()
                    next_tick = time.monotonic() + _TICK_SECONDS
                self._mind_the_limits()
        except BaseException:
            self._kill()
            raise
        self._kill()  # what outlived the leader of its group
        while self._hand_on(on_line):
            pass
        return self._generated()

    def _hand_on(self, on_line: Callable[[str], None]) -> bool:
        """Hands on what has come, waiting a moment for the first of it; whether there was anything."""
        try:
            batch = self._lines.batches.get(timeout=_POLL_SECONDS)
        except Empty:
            return False
        for _number in range(_BATCHES_AT_ONCE):
            self._last = time.monotonic()
            self._first = min(self._first, self._last)
            for line in batch:
                on_line(line)
            try:
                batch = self._lines.batches.get_nowait()
            except Empty:
                break
        else:
            for line in batch:
                on_line(line)
        return True

    def _over(self) -> bool:
        """Whether the leader has ended and all that it wrote is here; others of its group get a moment to end too."""
        if self._process.poll() is None:
            return False
        self._gone = min(self._gone, time.monotonic())
        return self._lines.ended or time.monotonic() - self._gone > _LEFT_SECONDS

    def _mind_the_limits(self) -> None:
        """Ends a child that does not end, or says nothing any more."""
        now = time.monotonic()
        child = self._child
        if now - self._asked > child.stop_seconds:
            self._reason = f"it did not end within {child.stop_seconds:g} s of being asked to"
        elif math.isinf(self._first) and now - self._began > child.start_seconds:
            self._reason = f"it did not start within {child.start_seconds:g} s"
        elif now - self._first > child.limit_seconds:
            self._reason = f"it did not end within {child.limit_seconds:g} s"
        elif now - self._last > child.silence_seconds:
            self._reason = f"nothing came from it for {child.silence_seconds:g} s"
        if self._reason:
            self._kill()

    def _interrupt(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_LEFT_SECONDS)
        self._lines.wait(_LEFT_SECONDS)

    def _generated(self) -> Generated:
        code = self._process.returncode
        stopped = not math.isinf(self._asked)
        reason = self._reason
        if not reason and code and not stopped:
            ended = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
            reason = f"it ended {ended}"
        return Generated(
            exit_code=code,
            reason=reason,
            tail=self._tail.lines(),
            stopped=stopped,
            too_long=self._lines.too_long,
            seconds=time.monotonic() - self._began,
        )
