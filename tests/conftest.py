"""What holds for all tests."""

from __future__ import annotations

import signal
from itertools import islice
from pathlib import Path

import pytest

# A shell ignores SIGINT for what it starts in the background, and every process below inherits that:
# then nobody could press Ctrl-C in a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FOLDERS_OF_COMMANDS = {Path(__file__).parent / name for name in ("outcomes", "own", "packaging", "plugin", "real")}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Lets each worker begin with its share of the modules that run whole commands.

    The workers are given blocks of the same length. What is left at the end is done by few of them, and the rest wait:
    so that should be many quick tests, and not a few long ones.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long: dict[Path, list[pytest.Item]] = {}
    quick: list[pytest.Item] = []
    for item in items:
        (long.setdefault(item.path, []) if item.path.parent in FOLDERS_OF_COMMANDS else quick).append(item)
    modules, rest, ordered = list(long.values()), iter(quick), list[pytest.Item]()
    for worker in range(workers):
        block = [item for module in modules[worker::workers] for item in module]
        length = (len(items) - len(ordered)) // (workers - worker)
        ordered += [*block, *islice(rest, max(0, length - len(block)))]
    items[:] = [*ordered, *rest]
