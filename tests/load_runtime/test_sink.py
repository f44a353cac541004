from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from chatproof.load_plan import Plan
from chatproof.loading import load

sink_module = load("load", "runtime.sink")
files = load("load", "runtime.files")


def reader_of(descriptor: int, into: list[bytes]) -> threading.Thread:
    def read() -> None:
        while data := os.read(descriptor, 1 << 16):
            into.append(data)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def test_a_pipe_gets_whole_lines_in_order_beyond_its_own_room() -> None:
    reading, writing = os.pipe()
    lines = [f"{number}:" + "x" * 1000 for number in range(500)]
    sink = sink_module.open_sink(f"fd:{writing}")
    sink.write(lines)
    got: list[bytes] = []
    thread = reader_of(reading, got)
    sink.close(10.0)
    thread.join(10)
    os.close(reading)
    assert b"".join(got).decode().splitlines() == lines
    assert sink.lost == 0


def test_a_reader_that_is_gone_is_told() -> None:
    reading, writing = os.pipe()
    sink = sink_module.open_sink(f"fd:{writing}")
    os.close(reading)
    sink.write(["one", "two"])
    assert sink._empty.wait(10)
    assert sink.lost == 2
    with pytest.raises(sink_module.SinkClosedError):
        sink.write(["three"])
    sink.close(0.0)


def test_what_does_not_fit_is_lost_whole_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sink_module, "_MOST_BYTES", 1000)
    reading, writing = os.pipe()
    sink = sink_module.open_sink(f"fd:{writing}")
    sink.write(["x" * 399] * 5)
    sink.close(10.0)
    assert os.read(reading, 1 << 16) == b"x" * 399 + b"\n" + b"x" * 399 + b"\n"
    os.close(reading)
    assert sink.lost == 3


def test_a_full_disk_is_told_once_and_counted(capsys: Any) -> None:
    sink = sink_module.open_sink("file:/dev/full")
    for _ in range(3):
        sink.write([os.urandom(200_000).hex()])
    sink.close(1.0)
    assert sink.lost == 3
    assert capsys.readouterr().err.count("No space left") == 1


@pytest.mark.parametrize("text", ["", "fd:", "fd:x", "file:", "tcp:1"])
def test_another_sink_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fd:N or file:PATH"):
        sink_module.open_sink(text)


def test_files_are_those_of_the_most_users() -> None:
    plan = Plan.from_json({"users": 10, "stages": [{"seconds": 1, "users": 500}]})
    assert files.files_needed(plan, workers=2) - files.files_needed(Plan(users=0)) == 500


def test_a_limit_that_cannot_be_raised_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(100, 1000)]
    monkeypatch.setattr(files.resource, "getrlimit", lambda _what: limits[-1])
    monkeypatch.setattr(files.resource, "setrlimit", lambda _what, pair: limits.append(pair))
    assert files.raise_file_limit(600) == (600, "")
    limits[:] = [(100, 1000)]
    limit, why = files.raise_file_limit(2000)
    assert (limit, limits[-1]) == (1000, (1000, 1000))
    assert "2000" in why


def test_a_file_of_records_is_where_it_should_be(tmp_path: Path) -> None:
    sink = sink_module.open_sink(f"file:{tmp_path / 'samples.jsonl.gz'}")
    sink.write(["{}"])
    sink.close(1.0)
    assert (tmp_path / "samples.jsonl.gz").stat().st_size > 0
