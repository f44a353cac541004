"""`chatproof report`: writes the reports of a run again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.lazy import HELP
from chatproof.cli.run_file import read_run
from chatproof.cli.streams import takes_colour
from chatproof.history.read import read
from chatproof.history.trouble import HistoryError
from chatproof.loading import load

if TYPE_CHECKING:
    from chatproof.history.facts import History
    from chatproof.run import Run

__all__ = ["command"]

_FORMATS = ("html", "junit", "markdown", "json", "github", "terminal")
_HISTORY_FORMATS = ("html", "markdown", "json", "terminal")
_FILTERS = {"last": "--last", "of_command": "--command", "profile": "--profile"}
_LAST = 30


@click.command("report", short_help="Write the reports of a run again.", context_settings=HELP)
@click.argument("run_json", metavar="[RUN.json]", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "name", type=click.Choice(_FORMATS), default="terminal", show_default=True, help="Which one.")
@click.option(
    "--output",
    metavar="FILE|-",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    default=Path("-"),
    help="Where it goes.  [default: standard output]",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="With `terminal`.")
@click.option("--history", type=click.Path(path_type=Path), metavar="FILE", help="Report on runs over time instead.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="With --history: so many runs.  [30]")
@click.option("--command", "of_command", metavar="NAME", help="With --history: runs of this command alone.")
@click.option("--profile", metavar="P", help="With --history: runs with this profile alone.")
@click.option("-v", "--verbose", is_flag=True, help="With `terminal`: every requirement and scenario, every run.")
@click.option("-q", "--quiet", is_flag=True, help="With `terminal`: only what is not met.")
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    run_json: Path | None,
    name: str,
    output: Path,
    color: str,
    history: Path | None,
    verbose: bool,
    quiet: bool,
    **filters: Any,
) -> None:
    """
    Writes one report of the run that RUN.json (`-`: standard input) holds; judges nothing again.

    With --history FILE it draws the runs that were appended to that file: verdicts that changed, and figures over time.
    """
    document, writer = _asked(context, run_json, history, name, filters)
    options: dict[str, Any] = {}
    if name == "terminal":
        width = shutil.get_terminal_size((100, 24)).columns
        coloured = takes_colour(color, sys.stdout if output == Path("-") else None)
        options = {"colour": coloured, "width": width, "verbose": verbose, "quiet": quiet}
    text: str = load("reports", writer).render(document, **options)
    text = text if text.endswith("\n") or not text else f"{text}\n"
    data = text.encode("utf-8", errors="backslashreplace")
    if output == Path("-"):
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        msg = f"{output} cannot be written: {error.strerror}\nhint: choose another file with --output"
        raise click.UsageError(msg, context) from error


def _asked(
    context: click.Context, run_json: Path | None, history: Path | None, name: str, filters: dict[str, Any]
) -> tuple[Run | History, str]:
    """The run or the history that is asked for, and the name of its writer."""
    if history is None:
        for key, flag in _FILTERS.items():
            if filters[key] is not None:
                raise click.UsageError(f"{flag} is given without --history\nhint: it chooses among past runs", context)
        if run_json is None:
            msg = "nothing to report on is given\nhint: give a RUN.json, or --history FILE for runs over time"
            raise click.UsageError(msg, context)
        return read_run(run_json, context), name
    if run_json is not None:
        msg = f"both {run_json} and --history are given\nhint: a report is of one run or of a history; drop one of them"
        raise click.UsageError(msg, context)
    if name not in _HISTORY_FORMATS:
        msg = f"a history has no {name} report\nhint: choose one of {', '.join(_HISTORY_FORMATS)}"
        raise click.UsageError(msg, context)
    try:
        found = read(
            history,
            last=filters["last"] or _LAST,
            command=filters["of_command"] or "",
            profile=filters["profile"] or "",
        )
    except HistoryError as error:
        raise click.UsageError(f"{error}\nhint: {error.hint}", context) from None
    return found, f"history.{'page' if name == 'html' else name}"
