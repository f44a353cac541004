from __future__ import annotations

import itertools
import os
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from chatproof.config.load_keys import Observe
from chatproof.load_run.observe import Observer, observes
from chatproof.load_run.observed_log import ObservedLog
from chatproof.load_run.observed_metrics import ObservedMetrics, sum_of
from chatproof.load_run.observed_process import ObservedProcess
from chatproof.samples import Pool, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = """# HELP process_open_fds Number of open file descriptors.
# TYPE process_open_fds gauge
process_open_fds 17
process_resident_memory_bytes{worker="1"} 4.0e+07
process_resident_memory_bytes{worker="2"} 3.5e+07 1700000000
process_cpu_seconds_total 1.5
process_open_fds_limit 1024
"""


@contextmanager
def page(status: int, text: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/metrics"
        finally:
            server.shutdown()
            thread.join()


def test_a_process_is_read_with_its_children() -> None:
    alone = ObservedProcess(os.getpid())
    before = alone.read()
    with subprocess.Popen(
        [sys.executable, "-Ic", "print('up', flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        family = alone.read()
        assert child.stdin is not None
        child.stdin.close()

    assert before.rss_bytes is not None
    assert family.rss_bytes is not None
    assert family.rss_bytes > before.rss_bytes + 1_000_000
    assert (before.cpu, before.open_files) != (None, None)
    assert family.cpu is not None
    assert family.cpu >= 0


def test_cpu_is_that_since_the_reading_before() -> None:
    process = ObservedProcess(os.getpid())
    process.read()
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass

    share = process.read().cpu

    assert share is not None
    assert share > 0.02


def test_a_process_that_is_gone_is_an_error_in_words() -> None:
    with subprocess.Popen([sys.executable, "-Ic", ""]) as child:
        child.wait(10)

    with pytest.raises(OSError, match=f"process {child.pid} cannot be observed"):
        ObservedProcess(child.pid).read()


def test_metrics_are_summed_over_their_labels() -> None:
    with page(200, PAGE) as url:
        metrics = ObservedMetrics(url)
        first, second = metrics.read(), metrics.read()

    assert first == Reading(at_ns=0, rss_bytes=75_000_000, open_files=17)
    assert second.cpu == 0.0


@pytest.mark.parametrize(("text", "found"), [("a 1\na 2\n", 3.0), ("ab 1\n", None), ("a NaN\n", None), ("a x\n", None)])
def test_a_sum_is_a_number_or_nothing(text: str, found: float | None) -> None:
    assert sum_of(text, "a") == found


def test_metrics_that_cannot_be_read_are_an_error_in_words() -> None:
    with page(404, "") as url, pytest.raises(OSError, match="status 404"):
        ObservedMetrics(url).read()
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        port = free.server_address[1]
    with pytest.raises(OSError, match="cannot be read"):
        ObservedMetrics(f"http://127.0.0.1:{port}/metrics").read()


def test_the_log_is_followed_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "backend.log"
    path.write_text("memory_ms: 900\n")
    observe = Observe(log_file=path, memory_pattern=r"memory_ms: (\S+)", retry_pattern=r"retries=(\d+)")
    log = ObservedLog(observe)

    with path.open("a") as file:
        file.write("memory_ms: 150.02\nretries=2\nretries=0\nmemory_ms: soon\nmemory_ms: nan\nmemory_")
        file.flush()
        log.read(judged=True)
        file.write("ms: 12\n")
        file.flush()
        log.read(judged=True)
        file.write("memory_ms: 700\n")
        file.flush()
        log.read(judged=False)

    assert log.pools() == [
        Pool(metric="memory", counts={"1500": 1, "120": 1}),
        Pool(metric="retries.provider", counts={"2": 1, "0": 1}),
    ]


def test_a_log_that_is_cut_or_comes_later_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "backend.log"
    log = ObservedLog(Observe(log_file=path, memory_pattern=r"m=(\d+)"))
    log.read(judged=True)
    for text in ("m=1\nm=1\n", "m=2\n"):
        path.write_text(text)
        log.read(judged=True)

    assert log.pools() == [Pool(metric="memory", counts={"10": 2, "20": 1})]


def test_readings_have_their_phase_and_the_runs_clock() -> None:
    zero_ns = time.time_ns()
    with Observer(Observe(pid=os.getpid()), every_seconds=0.01) as observer:
        assert observer.wait_for_readings(2, seconds=10)
        observer.phase = "load"
        assert observer.wait_for_readings(2, seconds=10)
        observer.phase = "after"
        assert observer.wait_for_readings(1, seconds=10)

    readings = [record for record in observer.records(zero_ns) if isinstance(record, Reading)]
    phases = list(dict.fromkeys(reading.phase for reading in readings))

    assert phases == ["before", "load", "after"]
    assert all(0 <= one.at_ns < two.at_ns < 60e9 for one, two in itertools.pairwise(readings))
    assert observer.trouble == ""


def test_a_backend_that_cannot_be_observed_gives_no_readings_and_says_why() -> None:
    with subprocess.Popen([sys.executable, "-Ic", ""]) as child:
        child.wait(10)
    with Observer(Observe(pid=child.pid), every_seconds=0.01) as observer:
        assert not observer.wait_for_readings(1, seconds=0.2)

    assert observer.records(0) == []
    assert "cannot be observed" in observer.trouble


def test_what_is_not_declared_is_not_observed(tmp_path: Path) -> None:
    assert not observes(Observe())
    assert observes(Observe(pid=1))
    assert observes(Observe(metrics_url="http://localhost/metrics"))
    assert observes(Observe(log_file=tmp_path / "log"))
