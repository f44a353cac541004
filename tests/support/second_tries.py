"""A test that fails is tried once more where `--reruns` says so; more than a few of them are no accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["MOST_SECOND_TRIES", "pytest_sessionfinish", "pytest_terminal_summary"]

MOST_SECOND_TRIES = 3


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run in which every test passed in the end, but too many at their second try."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _too_many(reporter) and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says so."""
    if _too_many(terminalreporter):
        tries = len(terminalreporter.stats["rerun"])
        terminalreporter.write_line(
            f"{tries} second tries, where at most {MOST_SECOND_TRIES} are an accident",
            red=True,
        )


def _too_many(reporter: pytest.TerminalReporter) -> bool:
    return len(reporter.stats.get("rerun", ())) > MOST_SECOND_TRIES
