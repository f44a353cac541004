"""The backend's own process: started, waited for, stopped, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from chatproof.config import Backend
from chatproof.process import BackendProcessError, backend_process, stop, wait_until_answers
from support.raw_server import Peer, each_request, turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.raw_server import Server

    Serve = Callable[..., Server]

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_arguments): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
open(sys.argv[2], "w").write(str(os.getpid()))
server.serve_forever()
"""


@pytest.fixture
def port(serve: Serve) -> int:
    """A port that is free, as far as anybody can know."""
    server = serve(each_request(turn))
    server.close()
    return int(server.port)


def script(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "backend.py"
    path.write_text(text)
    return path


def gone(pid: int) -> bool:
    """The process has ended, within a bound."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_it_runs_for_as_long_as_the_block(tmp_path: Path, port: int) -> None:
    pid_file = tmp_path / "pid"
    line = f"{sys.executable} -I {script(tmp_path, SERVER)} {port} {pid_file}"
    backend = Backend(url=f"http://127.0.0.1:{port}", command=line)
    with backend_process(backend):
        pid = int(pid_file.read_text())
        assert wait_until_answers(backend, 1)
    assert gone(pid)
    assert not wait_until_answers(backend, 0.1)


def test_a_command_that_ends_early_shows_its_last_words(tmp_path: Path, port: int) -> None:
    path = script(tmp_path, "import sys\nprint('starting')\nsys.exit('no database')\n")
    backend = Backend(url=f"http://127.0.0.1:{port}", command=f"{sys.executable} -I {path}")
    with pytest.raises(BackendProcessError) as caught, backend_process(backend):
        pytest.fail("it never answered")
    text = str(caught.value)
    assert f"ended with status 1 before http://127.0.0.1:{port} answered; its last words:\n" in text
    assert "  no database" in text
    assert text.endswith("\nhint: run the command by hand")


def test_a_command_that_never_answers_is_stopped(tmp_path: Path, port: int) -> None:
    pid_file = tmp_path / "pid"
    line = f"/bin/sh -c 'echo $$ > {pid_file}; exec sleep 60'"  # Python itself may take long to start
    backend = Backend(url=f"http://127.0.0.1:{port}", command=line, start_timeout=1.0)
    with (
        pytest.raises(BackendProcessError, match=r"runs, but .* did not answer within 1 s\nhint: "),
        backend_process(backend),
    ):
        pytest.fail("it never answered")
    assert gone(int(pid_file.read_text()))


@pytest.mark.parametrize("line", ["/nowhere/backend --port 1", "unbalanced '", ""])
def test_a_command_that_cannot_be_started(line: str) -> None:
    with (
        pytest.raises(BackendProcessError, match=r"cannot be started: (.|\n)*\nhint: "),
        backend_process(Backend(url="http://h", command=line)),
    ):
        pytest.fail("it cannot be started")


def test_stop_ends_the_whole_group_even_when_it_will_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.process._STOP_SECONDS", 0.3)
    text = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
    line = [sys.executable, "-I", str(script(tmp_path, text))]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    stop(process)
    assert process.returncode == -9
    assert gone(child)
    stop(process)


def test_an_open_port_is_no_answer(serve: Serve) -> None:
    silent = serve(lambda peer: peer.send(b"220 mail ESMTP\r\n"))
    assert not wait_until_answers(Backend(url=silent.url), 0.2)


def test_any_status_is_an_answer(serve: Serve) -> None:
    server = serve(
        each_request(lambda peer, _request: peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    )
    assert wait_until_answers(Backend(url=server.url), 1)


def test_it_waits_until_somebody_answers(serve: Serve) -> None:
    ready = threading.Event()

    def handler(peer: Peer) -> None:
        if peer.number >= 3:
            ready.set()
            peer.request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    assert wait_until_answers(Backend(url=serve(handler).url), 10)
    assert ready.is_set()


def test_an_answer_in_plain_is_none_behind_tls(serve: Serve) -> None:
    plain = serve(each_request(turn))
    assert not wait_until_answers(Backend(url=plain.url.replace("http:", "https:")), 0.2)
