"""The end of a command that judges: pytest runs the judges, then the reports are written and told."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from chatproof.cli.progress import progress
from chatproof.cli.streams import takes_colour
from chatproof.document import document
from chatproof.exit_code import ExitCode
from chatproof.loading import load
from chatproof.pytest_suite import ChatSuite
from chatproof.report_folder import ReportFolderError, write_report
from chatproof.run_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatproof.catalogue import Catalogue
    from chatproof.checking import Check
    from chatproof.recorder.events import Event
    from chatproof.run import Run

__all__ = ["Talk", "finish", "judge_with_pytest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What is said on stderr while a command runs, and how the outcome is shown."""

    color: str
    quiet: bool
    verbose: bool
    as_json: bool

    def say(self, text: str) -> None:
        """A line of progress; silent under `-q`."""
        if not self.quiet:
            click.echo(text, err=True)

    @property
    def coloured(self) -> bool:
        """Whether stderr takes colour."""
        return takes_colour(self.color, sys.stderr)


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
    written = _write(check, run, folder)
    if talk.as_json:
        click.echo(json.dumps(to_json(run), ensure_ascii=False))
    width = shutil.get_terminal_size((100, 24)).columns
    summary: str = load("reports", "terminal").render(
        run, colour=talk.coloured, width=width, verbose=talk.verbose, quiet=talk.quiet, report=written
    )
    click.echo(summary, err=True, color=talk.coloured)
    _tell_github(run, talk)
    code = ExitCode(run.exit_code)
    return ExitCode.CRASHED if not written and code is ExitCode.MET else code


def _write(check: Check, run: Run, folder: Path) -> str:
    """The path of the written index; empty where the folder cannot be written, which is said and not hidden."""
    try:
        return str(write_report(folder, run, recordings=check.save))
    except ReportFolderError as error:
        click.echo(f"error: {error}\nhint: {error.hint}; --json prints the run document on stdout", err=True)
        return ""


def _tell_github(run: Run, talk: Talk) -> None:
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    github = load("reports", "github")
    click.echo(github.render(run), err=talk.as_json, nl=False)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    try:
        github.append_step_summary(run, Path(summary))
    except OSError as error:
        hint = "GITHUB_STEP_SUMMARY must name a file that can be written"
        click.echo(f"error: the step summary cannot be written: {error}\nhint: {hint}", err=True)


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
    with progress(talk.say, scenarios=scenarios, quiet=talk.quiet, verbose=talk.verbose) as listener:
        yield listener


def _unheard(_event: Event) -> None:
    """Nothing happens to a backend in a replay."""
