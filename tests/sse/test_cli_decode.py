"""`chatproof decode`: what it prints, where, and the exit code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from chatproof.cli import run
from chatproof.sse import _decoder

if TYPE_CHECKING:
    from pathlib import Path

STREAM = (
    b'\xef\xbb\xbf: hello\nretry: 3000\nid: 7\nevent: token\ndata: {"text":"a\x1b"}\n\nevent: x\n\n'
    b"retry: 5\n\ndata: b\n: beat\ndata: c\r\n\r\n"
)
LISTING = """\
       3  comment: hello
      11  event    token (id 7): {"text":"a\\x1b"}
      63  silent   event type x, no data
      73  silent   no data
      91  comment in a block: beat
      83  event    message (id 7): b\\nc
2 events, 2 comments, 2 silent blocks, 0 violations, 109 bytes, CRLF and LF, byte order mark, retry 5 ms, \
last event id 7
"""
BROKEN = b"data: \xff\nData: x\n\nid: a\0\nretry: 3s\ndata: a\n\ndata: cut"
BROKEN_LISTING = """\
       0  event    message: \ufffd
      17  event    message: a
       6  violation invalid-utf8: 0xFF
       8  violation unknown-field: Data: x
      17  violation id-with-nul: id: a\\x00
      24  violation retry-not-digits: retry: 3s
      43  violation unfinished-block: data: cut (9 bytes, no blank line after them)
2 events, 0 comments, 0 silent blocks, 5 violations, 52 bytes, LF
"""


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return tmp_path / "capture.sse"


def test_listing_shows_frames_in_order_and_sums_up(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture.write_bytes(STREAM)

    assert run(["decode", str(capture)]) == 0
    assert capsys.readouterr() == (LISTING, "")


def test_listing_ends_with_the_violations(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture.write_bytes(BROKEN)

    assert run(["decode", str(capture)]) == 1
    assert capsys.readouterr() == (BROKEN_LISTING, "")


def test_json_is_one_document_of_these_keys(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture.write_bytes(STREAM)

    assert run(["decode", "--json", str(capture)]) == 0
    out, err = capsys.readouterr()
    assert (err, out.count("\n")) == ("", 1)
    assert json.loads(out) == {
        "events": [
            {"type": "token", "data": '{"text":"a\x1b"}', "id": "7"},
            {"type": "message", "data": "b\nc", "id": "7"},
        ],
        "comments": ["hello", "beat"],
        "retry": 5,
        "violations": [],
    }


def test_json_holds_the_violations(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture.write_bytes(b"retry: 3s\ndata: cut")

    assert run(["decode", str(capture), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "events": [],
        "comments": [],
        "retry": None,
        "violations": [
            {"rule": "retry-not-digits", "offset": 0, "found": "retry: 3s"},
            {"rule": "unfinished-block", "offset": 0, "found": "retry: 3s (19 bytes, no blank line after them)"},
        ],
    }


def test_an_empty_capture_is_a_stream_without_frames(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture.write_bytes(b"")

    assert run(["decode", str(capture)]) == 0
    assert capsys.readouterr().out == "0 events, 0 comments, 0 silent blocks, 0 violations, 0 bytes\n"


@pytest.mark.parametrize("name", ["absent.sse", "."])
def test_a_file_that_cannot_be_read_is_wrong_usage(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["decode", str(tmp_path / name), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: cannot read ")
    assert "\nhint: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"data: a\n\n")))

    assert run(["decode", *arguments]) == 0
    assert capsys.readouterr().out.startswith("       0  event    message: a\n1 event, ")


def test_a_stream_is_shown_as_it_comes() -> None:
    """The first event is printed before the second one is sent: no clock, a rendezvous."""
    command = [sys.executable, "-Im", "chatproof", "decode", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        limit = threading.Timer(30, process.kill)
        limit.start()
        assert process.stdin is not None
        assert process.stdout is not None
        for data in (b"a", b"b"):
            process.stdin.write(b"data: " + data + b"\n\n")
            process.stdin.flush()

            assert process.stdout.readline().endswith(b"event    message: " + data + b"\n")
        process.stdin.close()

        assert process.stdout.read().startswith(b"2 events, ")
        assert process.wait(timeout=30) == 0
        limit.cancel()


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_without_standard_input_there_is_nothing_to_decode(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert run(["decode", *arguments]) == 2
    assert "error: there is no stream to decode\nhint: " in capsys.readouterr().err


def test_a_frame_longer_than_a_block_of_the_file_is_one_frame(
    capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture.write_bytes(b"data: " + b"x" * 200_000 + b"\n\n")

    assert run(["decode", str(capture)]) == 0
    assert capsys.readouterr().out.startswith("       0  event    message: " + "x" * 200_000 + "\n1 event, ")


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(b"data: a\n\n"))
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", terminal)

    assert run(["decode"]) == 2
    assert "`-` reads it from standard input" in capsys.readouterr().err


def test_a_response_head_before_the_stream_gets_a_hint(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n")

    assert run(["decode", str(capture)]) == 1
    out, err = capsys.readouterr()
    assert "violation unknown-field: HTTP/1.1 200 OK" in out
    assert err.startswith("hint: the capture begins with a response head")


def test_a_frame_over_the_cap_is_a_violation(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_decoder.Decoder.__init__, "__kwdefaults__", {"max_frame_bytes": 10})
    capture.write_bytes(b"data: 0123456789\n\ndata: a\n\n")

    assert run(["decode", str(capture)]) == 1
    assert "       0  violation frame-too-large: a frame of more than 10 bytes\n" in capsys.readouterr().out
