"""`chatproof verify`: the load generator against a ground-truth server on this machine."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.lazy import HELP
from chatproof.cli.signals import termination_interrupts
from chatproof.exit_code import ExitCode
from chatproof.load_run.interrupts import counted_interrupts
from chatproof.load_run.proof import latest_proof, machine_facts, merged, store_proof
from chatproof.load_run.verify import DEFAULT_LEVELS, QUICK_LEVELS, verify
from chatproof.load_run.verify_level import Level
from chatproof.load_run.verify_table import level_lines, machine_line, summary_lines, table_head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["command"]

_HINT = "hint: write numbers of streams by commas: 100, 100@once, 21@forms"


def _levels(context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[Level, ...]:
    """The levels of a text such as `100,500@once`; none where none is given."""
    try:
        return tuple(Level.named(text.strip()) for text in value.split(",")) if value is not None else ()
    except ValueError as error:
        raise click.BadParameter(f"{error}\n{_HINT}", context) from error


@click.command(
    "verify", short_help="Measure how far the load generator's numbers are from the truth.", context_settings=HELP
)
@click.option(
    "--levels",
    metavar="N,...",
    callback=_levels,
    help="Streams at once: 100 (spread starts), 100@once, 21@forms (all wire forms).  "
    f"[{','.join(level.name for level in DEFAULT_LEVELS)}]",
)
@click.option("--seconds", type=click.FloatRange(2, 120), help="How long each level takes.")
@click.option("--quick", is_flag=True, help="One level of 3 s, as before a load.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
def command(
    context: click.Context, *, levels: tuple[Level, ...], seconds: float | None, quick: bool, as_json: bool
) -> None:
    """
    Runs the load generator against a server that keeps when it really wrote each event, on this machine.

    Prints the errors of its metrics in ms. The exit code is 0 where all keep their limits (2 ms with spread starts, 5
    ms where all start at once and for heartbeats), 1 where not, 3 where a level could not be judged. The reports of
    load runs on this machine cite the result.
    """
    if quick and levels:
        raise click.UsageError("--quick has its own level\nhint: leave --quick or --levels out", context)
    chosen: Sequence[Level] = QUICK_LEVELS if quick else levels or DEFAULT_LEVELS
    if seconds is not None:
        chosen = tuple(replace(level, seconds=seconds) for level in chosen)
    if not as_json:
        click.echo(machine_line(machine_facts()))
        click.echo(f"errors in ms: what is reported, less what was true\n\n{table_head()}")
    with termination_interrupts(), counted_interrupts() as interrupts:
        document = verify(
            chosen, quick=quick, stop=interrupts.stop, on_level=lambda level: None if as_json else _tell(level)
        )
        interrupted = interrupts.stop.is_set()
    if as_json:
        click.echo(json.dumps(document, indent=1, allow_nan=False))
    else:
        click.echo("\n" + "\n".join(summary_lines(document)))
    if interrupted:
        click.echo("interrupted", err=True)
        context.exit(ExitCode.INTERRUPTED)
    if document["valid"]:
        _store(document)
    context.exit(_code(document))


def _tell(level: Mapping[str, Any]) -> None:
    click.echo("\n".join(level_lines(level)))


def _store(document: Mapping[str, Any]) -> None:
    """What cannot be kept is told; the numbers hold all the same."""
    try:
        store_proof(merged(document, latest_proof()))
    except (OSError, RuntimeError) as error:
        said = getattr(error, "strerror", None) or error
        click.echo(f"warning: the result cannot be kept: {said}\nhint: set XDG_CACHE_HOME to a folder", err=True)


def _code(document: Mapping[str, Any]) -> ExitCode:
    if not document["valid"]:
        return ExitCode.NO_VERDICT
    return ExitCode.MET if document["within"] else ExitCode.NOT_MET
