"""A click group whose commands are imported when they are used."""

from __future__ import annotations

import importlib
from typing import Any

import click

from chatproof.closest import closest

__all__ = ["HELP", "ClosedPipeError", "LazyGroup"]

# Each command has it of its own: click makes a command's help option once, by the names of whatever context is first.
HELP = {"help_option_names": ["-h", "--help"]}


class ClosedPipeError(Exception):
    """Whoever read the output of a command has gone."""


class LazyGroup(click.Group):
    """`commands` maps a name to (module, short help); the module holds the command as `command`."""

    def __init__(self, *args: Any, commands: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = commands

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of the alphabet."""
        return sorted(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Imports the module of a command."""
        if cmd_name not in self._lazy:
            return None
        found: click.Command = importlib.import_module(self._lazy[cmd_name][0]).command
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, but for a closed pipe: click's own exit code for that is our code for *not met*."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ClosedPipeError from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the closest name for one that does not exist."""
        name = args[0]
        if name not in self._lazy and not name.startswith("-"):
            near = closest(name, self._lazy)
            hint = f"did you mean `{near}`? " if near else ""
            msg = f"no such command: {name!r}\nhint: {hint}`chatproof --help` lists the commands"
            raise click.UsageError(msg, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in sorted(self._lazy.items())])
