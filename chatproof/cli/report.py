"""`chatproof report`: writes the reports of a run again."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.lazy import HELP
from chatproof.cli.streams import takes_colour
from chatproof.loading import load
from chatproof.run_json import RunJsonError, from_json

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["command"]

_FORMATS = ("html", "junit", "markdown", "json", "github", "terminal")
_HINT = "give the run.json of a report folder, such as chatproof-report/check/run.json"


@click.command("report", short_help="Write the reports of a run again.", context_settings=HELP)
@click.argument("run_json", metavar="RUN.json", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "name", type=click.Choice(_FORMATS), default="terminal", show_default=True, help="Which one.")
@click.option(
    "--output",
    metavar="FILE|-",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    default=Path("-"),
    help="Where it goes.  [default: standard output]",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="With `terminal`.")
@click.option("-v", "--verbose", is_flag=True, help="With `terminal`: every requirement and scenario.")
@click.option("-q", "--quiet", is_flag=True, help="With `terminal`: only what is not met.")
@click.pass_context
def command(
    context: click.Context, *, run_json: Path, name: str, output: Path, color: str, verbose: bool, quiet: bool
) -> None:
    """Writes one report of the run that RUN.json (`-`: standard input) holds; judges nothing again."""
    run = _read(run_json, context)
    options: dict[str, Any] = {}
    if name == "terminal":
        width = shutil.get_terminal_size((100, 24)).columns
        coloured = takes_colour(color, sys.stdout if output == Path("-") else None)
        options = {"colour": coloured, "width": width, "verbose": verbose, "quiet": quiet}
    text: str = load("reports", name).render(run, **options)
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


def _read(path: Path, context: click.Context) -> Run:
    """The run of a file, of a folder that holds `run.json`, or of standard input."""
    name = "standard input" if path == Path("-") else str(path)
    try:
        if path == Path("-"):
            data = sys.stdin.buffer.read()
        else:
            data = (_document_in(path) if path.is_dir() else path).read_bytes()
        return from_json(json.loads(data))
    except OSError as error:
        raise click.UsageError(f"{name} cannot be read: {error.strerror}\nhint: {_HINT}", context) from error
    except RunJsonError as error:
        raise click.UsageError(f"{name} is no run document: {error}\nhint: {_HINT}", context) from error
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{name} is no JSON: {error}\nhint: {_HINT}", context) from error


def _document_in(folder: Path) -> Path:
    """The run document of a command's folder, or of a report folder that holds a single one."""
    below = list(folder.glob("*/run.json"))
    return below[0] if len(below) == 1 and not (folder / "run.json").exists() else folder / "run.json"
