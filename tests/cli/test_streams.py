"""Readers that go away, streams that are closed, disks that are full: none of them may change a verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from chatproof.cli.streams import takes_colour

CHATPROOF = f"{sys.executable} -Im chatproof"
NOWHERE = "http://127.0.0.1:1 --color never"
FULL = Path("/dev/full")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which a pipe has the exit code of its first command."""
    return subprocess.run(
        ["/bin/bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "line",
    [
        f"{CHATPROOF} check {NOWHERE} 2>&1 | head -1",
        f"{CHATPROOF} check {NOWHERE} --json | head -c 1",
        f"{CHATPROOF} check {NOWHERE} 2>&1 | true",
    ],
)
def test_a_check_comes_to_its_verdict_though_nobody_listens(line: str, tmp_path: Path) -> None:
    done = shell(line, tmp_path)

    assert done.returncode == 3, done
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert (tmp_path / "chatproof-report" / "check" / "run.json").is_file()


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_a_check_comes_to_its_verdict_though_streams_are_closed(closed: str, tmp_path: Path) -> None:
    assert shell(f"{CHATPROOF} check {NOWHERE} {closed}", tmp_path).returncode == 3
    assert (tmp_path / "chatproof-report" / "index.html").is_file()


@pytest.mark.parametrize("arguments", ["list", "explain SSE-TYPE-01", "list --json"])
def test_other_commands_end_quietly_where_their_reader_has_seen_enough(arguments: str, tmp_path: Path) -> None:
    done = shell(f"{CHATPROOF} {arguments} | head -c 1", tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
def test_a_full_disk_is_no_defect_of_ours(tmp_path: Path) -> None:
    done = shell(f"{CHATPROOF} list > {FULL}", tmp_path)

    assert done.returncode == 4
    assert done.stderr.startswith("error: the output cannot be written: No space left on device\nhint: ")
    assert "report it" not in done.stderr


@pytest.mark.parametrize(
    ("choice", "variables", "stream", "coloured"),
    [
        ("auto", {}, Terminal(), True),
        ("auto", {}, StringIO(), False),
        ("auto", {}, None, False),
        ("auto", {"TERM": "dumb"}, Terminal(), False),
        ("auto", {"NO_COLOR": "1"}, Terminal(), False),
        ("auto", {"NO_COLOR": ""}, Terminal(), True),
        ("auto", {"FORCE_COLOR": "1"}, StringIO(), True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
        ("always", {"NO_COLOR": "1"}, StringIO(), True),
        ("never", {"FORCE_COLOR": "1"}, Terminal(), False),
    ],
)
def test_colour_is_as_the_flag_then_variables_then_the_terminal_have_it(
    choice: str, variables: dict[str, str], stream: StringIO | None, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert takes_colour(choice, stream) is coloured
