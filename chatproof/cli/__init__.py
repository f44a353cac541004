"""The command line: `chatproof COMMAND`. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import errno
import signal
import sys
import traceback

import click

from chatproof.cli.lazy import HELP, ClosedPipeError, LazyGroup
from chatproof.cli.streams import lead_nowhere, open_missing_streams
from chatproof.exit_code import ExitCode

__all__ = ["command", "main", "run"]

_COMMANDS = {
    "capacity": ("chatproof.cli.capacity", "Find how many streams a backend holds within its targets."),
    "check": ("chatproof.cli.check", "Judge a backend: does it keep its contract?"),
    "checklist": ("chatproof.cli.checklist", "Walk the production checklist, and tick what is proven."),
    "compare": ("chatproof.cli.compare", "Say what changed between two runs, and whether it is more than noise."),
    "decode": ("chatproof.cli.decode", "Show what a captured event stream holds."),
    "explain": ("chatproof.cli.explain", "Say all that is known of a requirement or fault."),
    "gate": ("chatproof.cli.gate", "Gate a pull request: check and a smoke load, one exit code."),
    "init": ("chatproof.cli.init", "Look at a backend, and write a chatproof.toml."),
    "list": ("chatproof.cli.listing", "List requirements, profiles, scenarios and faults."),
    "load": ("chatproof.cli.load", "Put a backend under load: does it keep its targets?"),
    "report": ("chatproof.cli.report", "Write the reports of a run again."),
    "serve": ("chatproof.cli.serve", "Run the reference backend."),
    "verify": ("chatproof.cli.verify", "Measure how far the load generator's numbers are from the truth."),
}


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


@click.group(
    cls=LazyGroup,
    commands=_COMMANDS,
    context_settings=HELP,
    invoke_without_command=True,
    no_args_is_help=False,
)
@click.version_option(package_name="chatproof", message="%(package)s %(version)s")
@click.pass_context
def command(context: click.Context) -> None:
    """Proves that a chat backend keeps its contract."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(ExitCode.USAGE)


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    open_missing_streams()
    try:
        code = run(sys.argv[1:])
        # One that comes while the interpreter shuts down must not take the place of the exit code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    sys.exit(code)


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
    except ClosedPipeError:
        return _closed_pipe()
    except Exception as error:  # noqa: BLE001 - the last net: chatproof itself failed, and says so with its own code
        return _crashed(error)
    return outcome if isinstance(outcome, int) else ExitCode.MET


def _usage(error: click.UsageError) -> int:
    message = error.format_message()
    near = ""
    if isinstance(error, click.NoSuchOption):  # click puts the nearest option into the message
        message = f"no such option {error.option_name!r}"
        near = f"did you mean {error.possibilities[0]}? " if error.possibilities else ""
    click.echo(f"error: {_as_phrase(message)}", err=True)
    if "hint:" not in message:
        path = error.ctx.command_path if error.ctx else "chatproof"
        click.echo(f"hint: {near}`{path} --help` shows what there is", err=True)
    return ExitCode.USAGE


def _as_phrase(message: str) -> str:
    """A sentence of click's in the form of our messages: no capital letter, no full stop."""
    first = message[:1].lower() if message[1:2].islower() else message[:1]
    return (first + message[1:]).removesuffix(".")


def _closed_pipe() -> int:
    """Whoever read our output has seen enough (`| head`); nothing more may be written to it."""
    lead_nowhere(sys.stdout)
    return ExitCode.MET


def _crashed(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        lead_nowhere(sys.stdout)
        hint = "make room, or lead the output elsewhere"
        click.echo(f"error: the output cannot be written: {error.strerror}\nhint: {hint}", err=True)
        return ExitCode.CRASHED
    click.echo(f"error: chatproof itself failed: {type(error).__name__}: {error}", err=True)
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames[-3:]:
        click.echo(f"  at {frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})", err=True)
    click.echo("hint: this is a defect of chatproof, not of the backend; please report it with these lines", err=True)
    return ExitCode.CRASHED
