"""The command that prints a token: bounded in time and output, and gone afterwards."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from chatproof.token_command import TokenCommandError, first_line


def python(code: str) -> str:
    return f'{sys.executable} -Ic "{code}"'


def test_the_first_line_without_spaces() -> None:
    assert first_line(python("print(' abc \\\\nmore')"), 10) == "abc"


@pytest.mark.parametrize(
    ("command", "found", "said"),
    [
        (python("pass"), "an empty first line", ""),
        (python("import sys; sys.exit('no login')"), "exit status 1", "no login"),
        ("/nowhere/mint --fast", "FileNotFoundError: No such file or directory", ""),
        ("unbalanced '", "ValueError: it cannot be started", ""),
        (python("print('x' * 10_000_000)"), "more than 64 KiB of output", ""),
        (python("import time; time.sleep(60)"), "no end within 0.5 s", ""),
        (python("import os, time; os.close(1); os.close(2); time.sleep(60)"), "no end within 0.5 s", ""),
    ],
)
def test_no_token(command: str, found: str, said: str) -> None:
    with pytest.raises(TokenCommandError) as caught:
        first_line(command, 0.5 if "sleep" in command else 20)

    assert (caught.value.found, caught.value.said) == (found, said)


def test_what_it_started_does_not_outlive_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    line = f"/bin/sh -c 'sleep 60 & echo $! > {file}; wait'"
    with pytest.raises(TokenCommandError, match="no end within 1 s"):
        first_line(line, 1)

    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(int(file.read_text())):
        time.sleep(0.01)
    assert not _runs(int(file.read_text()))


def _runs(pid: int) -> bool:
    """The process is there, and not merely waiting for its parent to notice its end."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
