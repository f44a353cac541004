"""The end of a command that judges: its document and its reports, on the terminal, on stdout and for GitHub."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.streams import takes_colour
from chatproof.exit_code import ExitCode
from chatproof.history.append import append
from chatproof.history.trouble import HistoryError
from chatproof.loading import load
from chatproof.report_folder import ReportFolderError, write_report
from chatproof.run_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatproof.run import Run

__all__ = ["Talk", "tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What is said on stderr while a command runs, and how the outcome is shown."""

    color: str
    quiet: bool
    verbose: bool
    as_json: bool
    history: Path | None = None
    """The database that each run is appended to."""

    @classmethod
    def of(cls, flags: Mapping[str, Any]) -> Talk:
        """By the flags of `outcome_options`."""
        return cls(
            color=flags["color"],
            quiet=flags["quiet"],
            verbose=flags["verbose"],
            as_json=flags["as_json"],
            history=flags["history"],
        )

    def say(self, text: str) -> None:
        """A line of progress; silent under `-q`."""
        if not self.quiet:
            click.echo(text, err=True)

    @property
    def coloured(self) -> bool:
        """Whether stderr takes colour."""
        return takes_colour(self.color, sys.stderr)


def tell(run: Run, *, folder: Path, talk: Talk, beside: Callable[[Path], None]) -> ExitCode:
    """
    Writes every report of a run, appends it to the history, says the outcome; returns the exit code.

    `beside` is given the new folder of the run's reports, and writes what else belongs there.
    """
    written = _write(run, folder, beside, printed=talk.as_json)
    kept = talk.history is None or _keep(run, talk.history)
    if talk.as_json:
        click.echo(json.dumps(to_json(run), ensure_ascii=False))
    width = shutil.get_terminal_size((100, 24)).columns
    summary: str = load("reports", "terminal").render(
        run, colour=talk.coloured, width=width, verbose=talk.verbose, quiet=talk.quiet, report=written
    )
    click.echo(summary, err=True, color=talk.coloured)
    _tell_github(run, talk)
    code = ExitCode(run.exit_code)
    return ExitCode.CRASHED if not (written and kept) and code is ExitCode.MET else code


def _write(run: Run, folder: Path, beside: Callable[[Path], None], *, printed: bool) -> str:
    """The path of the written index; empty where the folder cannot be written, which is said and not hidden."""
    try:
        return str(write_report(folder, run, recordings=beside))
    except ReportFolderError as error:
        instead = "" if printed else _document_elsewhere(run)
        more = (
            f"the run document is in {instead}: `chatproof report {instead}` writes each report from it"
            if instead
            else "--json prints the run document on stdout"
        )
        click.echo(f"error: {error}\nhint: {error.hint}; {more}", err=True)
        return ""


def _document_elsewhere(run: Run) -> str:
    """The path of the run document among temporary files; empty where there is no room for it either."""
    try:
        number, name = tempfile.mkstemp(prefix=f"chatproof-{run.command}-", suffix=".json")
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(to_json(run), file, ensure_ascii=False)
    except OSError:
        return ""
    return name


def _keep(run: Run, history: Path) -> bool:
    """Appends the run to its history; False where that cannot be written, which is said and not hidden."""
    try:
        append(history, run)
    except HistoryError as error:
        click.echo(f"error: {error}\nhint: {error.hint}; the report is not touched by it", err=True)
        return False
    return True


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
