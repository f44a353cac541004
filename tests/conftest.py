"""What holds for all tests."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest
from hypothesis import settings

from support.order import dealt

# A shell ignores SIGINT for what it starts in the background, and every process below inherits that:
# then nobody could press Ctrl-C in a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that stands still for a moment is no failure of what Hypothesis tries then.
settings.register_profile("chatproof", deadline=None)
settings.load_profile("chatproof")

FOLDERS_OF_COMMANDS = {Path(__file__).parent / name for name in ("outcomes", "own", "packaging", "plugin", "real")}


def pytest_sessionstart(session: pytest.Session) -> None:
    """What tries tests again asks the controller about each, in small packets: 40 ms a test by Nagle's algorithm."""
    asking = getattr(getattr(session.config, "failures_db", None), "sock", None)
    if asking is not None:
        asking.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole commands first, and their modules shared out among the workers."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [(item.path, item) for item in items if item.path.parent in FOLDERS_OF_COMMANDS]
    quick = [item for item in items if item.path.parent not in FOLDERS_OF_COMMANDS]
    items[:] = dealt(long, quick, workers=workers)
