"""Starts Locust on a workload's file as `chatproof load` does, and reads its records from the pipe."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatproof.load_plan import Plan
from chatproof.samples.codec import decode
from chatproof.samples.records import End, Mark, Record, Sample

LOAD = Path(__file__).parents[2] / "load"
SECONDS = 40.0


@dataclass
class Ran:
    """What came of a run: the exit code, its records in order, and what it said."""

    code: int
    records: list[Record] = field(default_factory=list)
    said: str = ""

    @property
    def samples(self) -> list[Sample]:
        return [entry for entry in self.records if isinstance(entry, Sample)]

    @property
    def marks(self) -> dict[str, Mark]:
        return {entry.what: entry for entry in self.records if isinstance(entry, Mark)}

    @property
    def ends(self) -> dict[str, End]:
        return {entry.process: entry for entry in self.records if isinstance(entry, End)}


def plan(**fields: Any) -> Plan:
    """A plan that is soon over."""
    values: dict[str, Any] = {
        "users": 4,
        "spawn_rate": 100.0,
        "run_time_seconds": 1.2,
        "warm_up_seconds": 0.0,
        "think_seconds": (0.02, 0.05),
        "judged_share": 0.0,
    }
    return Plan(**values | fields)


def tables(url: str, **keys: Any) -> dict[str, Any]:
    return {"backend": {"url": url}, "profiles": {"ai-chat": {"heartbeat": 0.5, **keys}}}


def free_port() -> int:
    """A port of this machine that nobody has taken yet."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Started:
    """A run under way: lines are read until the pipe ends; each has a limit of time."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: int) -> None:
        self.process = process
        self.records: list[Record] = []
        self._pipe = pipe
        self._rest = b""
        self._deadline = time.monotonic() + SECONDS

    def until(self, wanted: Callable[[list[Record]], bool]) -> None:
        """Reads until what came is as wanted, or the pipe has ended."""
        while not wanted(self.records) and self._read():
            pass

    def end(self) -> Ran:
        """Reads all that is left."""
        self.until(lambda _records: False)
        said = self.process.communicate(timeout=max(1.0, self._deadline - time.monotonic()))[0]
        return Ran(code=self.process.returncode, records=self.records, said=said.decode())

    def _read(self) -> bool:
        left = self._deadline - time.monotonic()
        ready, _, _ = select.select([self._pipe], [], [], max(0.0, left))
        assert ready, "the run did not end in time"
        data = os.read(self._pipe, 1 << 16)
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.records += [decode(line.decode()) for line in lines if line]
        return bool(data)


@contextlib.contextmanager
def started(
    workload: str, wanted: Plan, config: Mapping[str, Any], *arguments: str, sink: str = "", profile: str = "ai-chat"
) -> Iterator[Started]:
    """Starts a run; it is ended with the block, whatever happens."""
    if wanted.processes > 1:
        arguments = (*arguments, "--processes", str(wanted.processes))
        port = str(free_port())
        arguments = (*arguments, "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port)
    reading, writing = os.pipe()
    document = {
        "plan": wanted.to_json(),
        "config": {"tables": dict(config), "profiles": [profile]},
        "sink": sink or f"fd:{writing}",
    }
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "locust", "-f", str(LOAD / f"{workload}.py")),
                *("--headless", "--only-summary", "--loglevel", "WARNING", *arguments),
            ],
            env={**os.environ, "CHATPROOF_LOAD": json.dumps(document)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(writing,),
            start_new_session=True,
        )
        os.close(writing)
        try:
            yield Started(process, reading)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            if process.stdout is not None:
                process.stdout.close()
            os.close(reading)


def run(workload: str, wanted: Plan, config: Mapping[str, Any], *arguments: str, **options: Any) -> Ran:
    """A whole run."""
    with started(workload, wanted, config, *arguments, **options) as under_way:
        return under_way.end()


def runs(*wanted: tuple[str, Plan, Mapping[str, Any]]) -> list[Ran]:
    """Whole runs side by side: they wait more than they compute."""
    with contextlib.ExitStack() as stack:
        under_way = [stack.enter_context(started(*entry)) for entry in wanted]
        return [entry.end() for entry in under_way]
