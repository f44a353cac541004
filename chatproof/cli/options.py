"""Options that several commands have, each of them once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chatproof.config.values import KeyType, WrongValueError, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["DURATION_HINT", "aim_options", "duration", "outcome_options"]

F = TypeVar("F", bound="Callable[..., Any]")

DURATION_HINT = "hint: write 10s, 250ms or 5m"

_AIM = (
    click.option("--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="A chatproof.toml."),
    click.option("--env", "environment_name", metavar="NAME", help="Lay the table [env.NAME] over the configuration."),
    click.option(
        "--report-dir", type=click.Path(path_type=Path), metavar="DIR", help="Where reports go.  [chatproof-report]"
    ),
    click.option("--build", metavar="TEXT", help="What is under test, such as a commit; reports name it."),
)


def aim_options(function: F) -> F:
    """`--config`, `--env`, `--report-dir` and `--build`."""
    return _all(_AIM, function)


def outcome_options(*, verbose: str, quiet: str, strict: str) -> Callable[[F], F]:
    """`--strict`, `--json`, `--history`, `-q`, `-v` and `--color`, with what some of them do in this command."""
    options = (
        click.option("--strict", is_flag=True, help=strict),
        click.option(
            "--json", "as_json", is_flag=True, help="Print the run document on stdout, and nothing else there."
        ),
        click.option(
            "--history", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Append the run to it."
        ),
        click.option("-q", "--quiet", is_flag=True, help=quiet),
        click.option("-v", "--verbose", is_flag=True, help=verbose),
        click.option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on the terminal."
        ),
    )
    return lambda function: _all(options, function)


def _all(options: Sequence[Callable[[Any], Any]], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def duration(minimum: float) -> Callable[[click.Context, click.Parameter, str | None], float | None]:
    """
    A callback of click: a duration such as `1s` or `250ms` of at least so many seconds, in seconds.

    A number without a unit is refused: tools differ in what they take it for.
    """
    wanted = KeyType(annotation=float, kind="duration", minimum=minimum)

    def seconds(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
        if value is None:
            return None
        try:
            found: float = convert(value, wanted)
        except WrongValueError as error:
            least = f", of at least {minimum:g} s" if minimum else ""
            raise click.BadParameter(f"{value!r} is not a duration with a unit{least}\n{DURATION_HINT}") from error
        return found

    return seconds
