"""A terminal that remembers what was written to it."""

from __future__ import annotations

import re
import sys
from io import StringIO

import pytest


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def in_terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int = 60) -> Terminal:
    """Makes stderr a terminal for the rest of the test; a fixture would do so before pytest takes stderr itself."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def screens(terminal: Terminal) -> list[str]:
    """What the line showed, one text after another."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    return [re.sub(r"\s+", " ", line).strip() for line in re.split("[\r\n]+", plain) if line.strip()]


def unheard(_line: str) -> None:
    """Takes a line that stays, and forgets it."""
