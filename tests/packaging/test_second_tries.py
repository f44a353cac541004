"""A test is forgiven one failure, and a run of tests a few of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import second_tries
from support.second_tries import MOST_SECOND_TRIES

TESTS = """
import pytest
seen = set()

@pytest.mark.parametrize("number", range({tests}))
def test_that_fails_at_first(number):
    first = number not in seen
    seen.add(number)
    assert not first or {healthy}
"""


@pytest.mark.parametrize(
    ("unsteady", "spread", "code"),
    [
        (0, ("-n", "2"), 0),
        (MOST_SECOND_TRIES, ("-n", "2"), 0),
        (MOST_SECOND_TRIES + 1, ("-n", "2"), 1),
        (MOST_SECOND_TRIES + 1, ("-p", "no:xdist"), 1),
    ],
)
def test_few_second_tries_are_forgiven_and_more_are_not(
    tmp_path: Path, unsteady: int, spread: tuple[str, ...], code: int
) -> None:
    shutil.copy(second_tries.__file__, tmp_path / "conftest.py")
    (tmp_path / "test_them.py").write_text(TESTS.format(tests=unsteady or 5, healthy=not unsteady))
    line = [
        sys.executable,
        "-Im",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *spread,
        "--reruns",
        "1",
        str(tmp_path),
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    closing = f"{unsteady} passed, {unsteady} rerun in" if unsteady else "5 passed in"
    assert (done.returncode, closing in done.stdout) == (code, True), done.stdout
    assert (f"{unsteady} second tries, where at most" in done.stdout) is (code == 1)
