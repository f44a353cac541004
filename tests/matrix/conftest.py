from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatproof.fixtures.catalogue import FAULTS

GOLDEN = Path(__file__).parent / "matrix.json"
ROW = "matrix-row"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-matrix", action="store_true", help="write what was seen as the golden matrix")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("update_matrix", default=False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Scribe(), "matrix-scribe")


class Scribe:
    """Collects the rows that the tests saw, from all workers, and writes them when the session is over."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == ROW:
                fault, row = json.loads(str(value))
                self._rows[fault] = row

    def pytest_sessionfinish(self) -> None:
        kept = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        rows = {name: row for name, row in {**kept, **self._rows}.items() if name in FAULTS}
        GOLDEN.write_text(json.dumps(dict(sorted(rows.items())), indent=1) + "\n")


@pytest.fixture(scope="session")
def golden() -> dict[str, dict[str, object]]:
    """The golden matrix: for each fault what is not met, not testable and not claimed, and the exit codes."""
    if not GOLDEN.exists():
        return {}
    rows: dict[str, dict[str, object]] = json.loads(GOLDEN.read_text())
    return rows
