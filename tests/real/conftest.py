"""Starts the backends of this folder as their users do, each in a process of its own, on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import IO, TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SECRET = "the-signing-key-of-these-small-backends-0123456789"
START_SECONDS = 90.0
_ADDRESS = re.compile(r"running on (http://127\.0\.0\.1:\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RunningBackend:
    """A started backend: where it answers, the key of its tokens, and what it has logged so far."""

    url: str
    secret: str
    log: list[str]


def _command(name: str) -> list[str]:
    if name == "aiohttp_backend":
        return [sys.executable, str(HERE / "aiohttp_backend.py")]
    return [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), f"{name}:app", "--port", "0"]


def _collect(stream: IO[str], lines: Queue[str | None], log: list[str]) -> None:
    """Reads a process's output to its end, so that the process never waits for us, and closes it."""
    with stream:
        for line in stream:
            log.append(line)
            lines.put(line)
    lines.put(None)


def _address(lines: Queue[str | None], log: list[str]) -> str:
    """The address that the log names; raises `AssertionError` with the log where the process ends or stays silent."""
    while True:
        try:
            line = lines.get(timeout=START_SECONDS)
        except Empty:
            line = None
        if line is None:
            pytest.fail(f"the backend did not start:\n{''.join(log)}")
        if found := _ADDRESS.search(line):
            return found.group(1)


@pytest.fixture(scope="session")
def run_backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], RunningBackend]]:
    """Starts a backend of this folder by the name of its module; one process for each name, ended with the session."""
    folder = tmp_path_factory.mktemp("real")
    environment = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "LANG", "LC_"))}
    environment |= {"CHAT_JWT_SECRET": SECRET, "HEARTBEAT_SECONDS": "1", "PORT": "0", "PYTHONUNBUFFERED": "1"}
    processes: list[subprocess.Popen[str]] = []
    collectors: list[threading.Thread] = []
    started: dict[str, RunningBackend] = {}

    def run(name: str) -> RunningBackend:
        if name not in started:
            process = subprocess.Popen(
                _command(name), cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            processes.append(process)
            assert process.stdout is not None
            lines: Queue[str | None] = Queue()
            log: list[str] = []
            collectors.append(threading.Thread(target=_collect, args=(process.stdout, lines, log), daemon=True))
            collectors[-1].start()
            started[name] = RunningBackend(_address(lines, log), SECRET, log)
        return started[name]

    yield run
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)
    for collector in collectors:
        collector.join(timeout=30)
