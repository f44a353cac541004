"""The command `chatproof` in a process of its own, in a folder of its own, with nothing of the tests' environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_SECONDS = 150.0
_POLL_SECONDS = 0.01
_ROOM_SECONDS = 5.0


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: exit code, output, report folder, and the most memory it held in KiB (0: unknown)."""

    code: int
    out: str
    err: str
    folder: Path
    seconds: float
    peak_kib: int

    @cached_property
    def run(self) -> dict[str, Any]:
        """The run document of its report folder."""
        return self.document("chatproof-report")

    def document(self, reports: str) -> dict[str, Any]:
        """The run document of another report folder."""
        document: dict[str, Any] = json.loads((self.folder / reports / "check" / "run.json").read_bytes())
        return document

    def of(self, verdict: str) -> list[str]:
        """The requirements of one verdict, sorted."""
        return sorted(entry["requirement"] for entry in self.run["verdicts"] if entry["verdict"] == verdict)

    def entry(self, requirement: str) -> dict[str, Any]:
        """The one verdict on a requirement."""
        (found,) = (entry for entry in self.run["verdicts"] if entry["requirement"] == requirement)
        return dict(found)


class Command:
    """A running command; a context manager that ends it where it has not ended by itself."""

    def __init__(self, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self._cwd = cwd
        self._out = cwd / "stdout.txt"
        self._err = cwd / "stderr.txt"
        self._since = time.monotonic()
        self._peak_kib = 0
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-Im", "chatproof", *arguments],
                cwd=cwd,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(_ROOM_SECONDS)

    @property
    def said(self) -> str:
        """What it has written to stderr so far."""
        return self._err.read_text("utf-8", errors="replace")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process alone, not to its group."""
        self._process.send_signal(number)

    def finish(self, seconds: float = LONGEST_SECONDS) -> Outcome:
        """Waits for its end, at most so long."""
        deadline = time.monotonic() + seconds
        while self.running:
            self._peak_kib = max(self._peak_kib, _peak_kib(self._process.pid))
            if time.monotonic() > deadline:
                message = f"no end within {seconds:g} s; it said:\n{self.said}"
                raise TimeoutError(message)
            time.sleep(_POLL_SECONDS)
        return Outcome(
            code=self._process.returncode,
            out=self._out.read_text("utf-8"),
            err=self.said,
            folder=self._cwd,
            seconds=time.monotonic() - self._since,
            peak_kib=self._peak_kib,
        )


def chatproof(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, seconds: float = LONGEST_SECONDS
) -> Outcome:
    """Runs a command to its end."""
    with Command(*arguments, cwd=cwd, env=env) as command:
        return command.finish(seconds)


def until(what: Callable[[], bool], seconds: float = LONGEST_SECONDS) -> None:
    """Waits until something holds; raises TimeoutError where it does not within the limit."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            message = f"not so within {seconds:g} s"
            raise TimeoutError(message)
        time.sleep(_POLL_SECONDS)


def _peak_kib(pid: int) -> int:
    """VmHWM of a process, which begins anew with the program that it runs; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
