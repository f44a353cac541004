"""The end of a command that judges: pytest runs the judges, then the reports are written and told."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from chatproof.document import document
from chatproof.exit_code import ExitCode
from chatproof.loading import load
from chatproof.pytest_suite import ChatSuite
from chatproof.recorder.events import ScenarioFinished
from chatproof.report_folder import ReportFolderError, write_report
from chatproof.run_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

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
        """Whether stderr takes colour, by `--color`, NO_COLOR, FORCE_COLOR, TERM and the terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def judge_with_pytest(check: Check, *, selected: frozenset[str], talk: Talk) -> str:
    """
    Runs the judges under pytest, free of the user's own pytest settings; stdout stays untouched.

    Returns why pytest failed by itself, or an empty string. Raises ConfigError where the credential cannot be had.
    """
    suite = ChatSuite(
        check,
        own_run=True,
        silent=talk.quiet,
        selected=selected,
        listener=_progress(talk),
        before_recording=lambda prepared: _announce(prepared, talk),
    )
    package = Path(str(files("chatproof")))
    arguments = [
        *("-c", str(package / "pytest.ini"), "--rootdir", str(package), "--noconftest", "--disable-plugin-autoload"),
        *("-p", "no:cacheprovider", "-p", "chatproof", "-s", "--assert=plain"),
        *("--tb=no", "--no-header", "--no-summary"),
        f"--color={'yes' if talk.coloured else 'no'}",
        "-qq" if talk.quiet else "-q",
        str(files("chatproof.conformance").joinpath("")),
    ]
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    with contextlib.redirect_stdout(sys.stderr):
        status = pytest.main([argument for argument in arguments if argument], plugins=[_Named(suite)])
    if suite.refusal is not None:
        raise suite.refusal
    if status == pytest.ExitCode.INTERRUPTED:
        check.interrupted = True
    if status in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
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


def _announce(check: Check, talk: Talk) -> None:
    """Says before anything is sent what will be sent at the most."""
    if check.options.replay is not None:
        talk.say(f"replaying {check.options.replay}")
        return
    talk.say(f"checking {check.config.backend.url}")
    for profile, plan in check.plans().items():
        summary = plan.summary()
        talk.say(
            f"plan for {profile}: at most {summary.requests} requests, {summary.turns} of them chat turns, "
            f"about {summary.expected_seconds:.0f} s (longest: {summary.longest}), no more than {summary.seconds:.0f} s"
        )


def _progress(talk: Talk) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        if talk.verbose and isinstance(event, ScenarioFinished):
            talk.say(f"recorded {event.profile}/{event.scenario} in {event.seconds:.2f} s")

    return listen
