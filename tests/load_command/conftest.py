"""Backends of plain sockets for whole runs, and the command in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.load_backend import good_turns
from support.raw_server import Peer, Server

TARGETS = """
[targets]
"ttft.p95" = "off"
"ttft[memory].p95" = "off"
"retry_rate.client" = "off"
"error_rate" = "< 60%"
"""
LOAD = '[load]\nusers = 3\nspawn_rate = 30\nrun_time = "1s"\nwarm_up = 0\nthink_min = "50ms"\nthink_max = "100ms"\n'
LONGEST = 120.0

Handler = Callable[[Peer], None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with nothing of the machine's own in sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Server]]:
    """Starts a backend with a handler for each connection, and writes the configuration that names it."""
    with contextlib.ExitStack() as stack:

        def start(handler: Handler = good_turns, *, load: str = LOAD, targets: str = TARGETS, more: str = "") -> Server:
            server = Server(handler)
            stack.callback(server.close)
            text = f'[backend]\nurl = "{server.url}"\n{more}\n{load}{targets}'
            (folder / "chatproof.toml").write_text(text)
            return server

        yield start


class Command:
    """`chatproof` in a process group of its own; its stderr is read as it comes."""

    def __init__(self, *arguments: str, limit: Callable[[], None] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-Im", "chatproof", *arguments, "--color", "never"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=limit,  # noqa: PLW1509 - sets a limit of the child, and no thread of ours holds a lock that it needs
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.said: list[str] = []
        self.out = ""
        self._heard = threading.Condition()
        self._threads = [threading.Thread(target=self._listen), threading.Thread(target=self._read)]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._heard:
                self.said.append(line.rstrip("\n"))
                self._heard.notify_all()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.out = self.process.stdout.read()

    def wait_for(self, text: str) -> None:
        """Until a line of stderr holds the text."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(text in line for line in self.said), LONGEST), self.said

    def end(self) -> int:
        """The exit code; everything that was said is there."""
        code = self.process.wait(LONGEST)
        for thread in self._threads:
            thread.join(LONGEST)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LONGEST)
        for thread in self._threads:
            thread.join(LONGEST)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Command]]:
    """Starts the command; what still runs at the end of the test is ended."""
    with contextlib.ExitStack() as stack:

        def started(*arguments: str, limit: Callable[[], None] | None = None) -> Command:
            command = Command(*arguments, limit=limit)
            stack.callback(command.close)
            return command

        yield started


@pytest.fixture
def document(folder: Path) -> Callable[[], dict[str, Any]]:
    """Reads the run document that a load has written."""

    def read() -> dict[str, Any]:
        found: dict[str, Any] = json.loads((folder / "chatproof-report" / "load" / "run.json").read_text())
        return found

    return read
