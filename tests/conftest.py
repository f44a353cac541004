"""What holds for all tests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from support.order import dealt
from support.second_tries import pytest_sessionfinish, pytest_terminal_summary

# A shell ignores SIGINT for what it starts in the background, and every process below inherits that:
# then nobody could press Ctrl-C in a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that stands still for a moment is no failure of what Hypothesis tries then.
settings.register_profile("chatproof", deadline=None)
settings.load_profile("chatproof")

__all__ = ["pytest_collection_modifyitems", "pytest_sessionfinish", "pytest_terminal_summary"]

FOLDERS_OF_COMMANDS = {Path(__file__).parent / name for name in ("outcomes", "own", "packaging", "plugin", "real")}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole commands first, and their modules shared out among the workers."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [(item.path, item) for item in items if item.path.parent in FOLDERS_OF_COMMANDS]
    quick = [item for item in items if item.path.parent not in FOLDERS_OF_COMMANDS]
    items[:] = dealt(long, quick, workers=workers)
