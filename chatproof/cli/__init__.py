"""The command line: `chatproof COMMAND`. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import sys
import traceback

import click

from chatproof.cli.lazy import LazyGroup
from chatproof.exit_code import ExitCode

__all__ = ["command", "main", "run"]

_COMMANDS = {
    "check": ("chatproof.cli.check", "Judge a backend: does it keep its contract?"),
    "decode": ("chatproof.cli.decode", "Show what a captured event stream holds."),
    "explain": ("chatproof.cli.explain", "Say all that is known of a requirement or fault."),
    "list": ("chatproof.cli.listing", "List requirements, scenarios and faults."),
    "report": ("chatproof.cli.report", "Write the reports of a run again."),
    "serve": ("chatproof.cli.serve", "Run the reference backend."),
}


@click.group(cls=LazyGroup, commands=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chatproof", prog_name="chatproof")
def command() -> None:
    """Proves that a chat backend keeps its contract, and how much load it carries."""


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of one command line; every error is told on stderr with a hint, never as a traceback."""
    try:
        outcome = command.main(arguments, prog_name="chatproof", standalone_mode=False)
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:  # noqa: BLE001 - the last net: chatproof itself failed, and says so with its own code
        return _crashed(error)
    return outcome if isinstance(outcome, int) else ExitCode.MET


def _usage(error: click.UsageError) -> int:
    click.echo(f"error: {error.format_message()}", err=True)
    path = error.ctx.command_path if error.ctx else "chatproof"
    near = list(error.possibilities or ()) if isinstance(error, click.NoSuchOption) else []
    if "hint:" not in error.format_message():
        hint = f"did you mean {near[0]}? " if near else ""
        click.echo(f"hint: {hint}`{path} --help` shows what there is", err=True)
    return ExitCode.USAGE


def _closed_pipe() -> int:
    """Whoever read our output has seen enough (`| head`); nothing more may be written to it."""
    sys.stdout = None
    return ExitCode.MET


def _crashed(error: Exception) -> int:
    click.echo(f"error: chatproof itself failed: {type(error).__name__}: {error}", err=True)
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames[-3:]:
        click.echo(f"  at {frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})", err=True)
    click.echo("hint: this is a defect of chatproof, not of the backend; please report it with these lines", err=True)
    return ExitCode.CRASHED
