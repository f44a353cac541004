"""Pytest runs the judges of a check, and its run document is told."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from chatproof.cli.finish import tell
from chatproof.cli.progress import progress
from chatproof.document import document
from chatproof.pytest_suite import ChatSuite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.catalogue import Catalogue
    from chatproof.checking import Check
    from chatproof.cli.finish import Talk
    from chatproof.exit_code import ExitCode
    from chatproof.recorder.events import Event

__all__ = ["finish", "judge_with_pytest"]


def judge_with_pytest(check: Check, *, selected: frozenset[str], talk: Talk) -> str:
    """
    Runs the judges under pytest, free of the user's own pytest settings; stdout stays untouched.

    Returns why pytest failed by itself, or an empty string. Raises ConfigError where the credential cannot be had.
    """
    suite = ChatSuite(check, own_run=True, selected=selected, recording=lambda prepared: _told(prepared, talk))
    package = Path(str(files("chatproof")))
    arguments = [
        *("-c", str(package / "pytest.ini"), "--rootdir", str(package), "--noconftest", "--disable-plugin-autoload"),
        *("-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "chatproof", "-s", "--assert=plain"),
        *("-qq", "--tb=no", "--no-header", "--no-summary"),
        f"--color={'yes' if talk.coloured else 'no'}",
        str(files("chatproof.conformance").joinpath("")),
    ]
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    unsaid = io.StringIO()
    with contextlib.redirect_stdout(unsaid if talk.quiet else sys.stderr):
        status = pytest.main(arguments, plugins=[_Named(suite)])
    if suite.refusal is not None:
        raise suite.refusal
    if status == pytest.ExitCode.INTERRUPTED:
        check.interrupted = True
    if status in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
        click.echo(unsaid.getvalue(), err=True, nl=False)
        return f"pytest ended with {pytest.ExitCode(status).name}"
    return ""


class _Named:
    """Registers the suite under the name by which the plugin knows that it need not make one."""

    def __init__(self, suite: ChatSuite) -> None:
        self._suite = suite

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._suite, "chat-suite")


def finish(check: Check, known: Catalogue, *, folder: Path, talk: Talk, command: str, crash: str) -> ExitCode:
    """Builds the run document, writes every report, says the outcome; returns the exit code."""
    run = document(check, known.requirements, command=command, crash=crash)
    return tell(run, folder=folder, talk=talk, beside=check.save)


@contextmanager
def _told(check: Check, talk: Talk) -> Iterator[Callable[[Event], None]]:
    """Says before anything is sent what will be sent at the most, and then how far it is."""
    if check.options.replay is not None:
        talk.say(f"replaying {check.options.replay}")
        yield _unheard
        return
    talk.say(f"checking {check.config.backend.url}")
    plans = check.plans()
    for profile, plan in plans.items():
        if not plan.scenarios:
            continue
        summary = plan.summary()
        talk.say(
            f"plan for {profile}: at most {summary.requests} requests, {summary.turns} of them chat turns, "
            f"about {summary.expected_seconds:.0f} s (longest: {summary.longest}), no more than {summary.seconds:.0f} s"
        )
    scenarios = sum(len(plan.scenarios) for plan in plans.values())
    with progress(
        talk.say,
        scenarios=scenarios,
        quiet=talk.quiet,
        verbose=talk.verbose,
        colour=talk.coloured,
        expected_seconds=sum(plan.summary().expected_seconds for plan in plans.values()),
    ) as listener:
        yield listener


def _unheard(_event: Event) -> None:
    """Nothing happens to a backend in a replay."""
