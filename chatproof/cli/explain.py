"""`chatproof explain ID`: all that is known of a requirement, an alias, an excluded row or a fault."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from chatproof.catalogue import UnknownSelectorError, catalogue
from chatproof.cli.lazy import HELP
from chatproof.loading import load
from chatproof.means import means_named

if TYPE_CHECKING:
    from chatproof.catalogue import Catalogue
    from chatproof.requirement import Requirement

__all__ = ["command"]


@click.command("explain", short_help="Say all that is known of an id.", context_settings=HELP)
@click.argument("identifier", metavar="ID")
@click.pass_context
def command(context: click.Context, identifier: str) -> None:
    """Explains a requirement (by id or alias), an excluded row of the catalogue, or a fault."""
    known = catalogue()
    entry = known.find(identifier)
    if entry is not None:
        click.echo(_requirement(entry))
        return
    if identifier.upper() in known.excluded:
        click.echo(f"{identifier.upper()} is no requirement of this suite: {known.excluded[identifier.upper()]}")
        return
    fault = load("fixtures", "faults").FAULTS.get(identifier)
    if fault is not None:
        breaks = ", ".join(sorted(fault.requirements)) or "nothing"
        click.echo(
            f"fault {identifier}: {fault.summary}\nbreaks {breaks}\nrun it: chatproof serve --fault {identifier}"
        )
        return
    raise click.UsageError(f"nothing is called {identifier!r}\nhint: {_hint(known, identifier)}", context)


def _hint(known: Catalogue, identifier: str) -> str:
    """Which ids a prefix stands for, or else the closest id."""
    try:
        below = sorted(known.select([identifier]))
    except UnknownSelectorError as error:
        near = f"did you mean {error.closest}? " if error.closest else ""
        return f"{near}`chatproof list` shows all ids"
    return f"explain one of {', '.join(below)}"


def _requirement(entry: Requirement) -> str:
    parts = [
        f"{entry.id} ({entry.level}), clause {entry.clause}",
        _paragraph(entry.statement),
        _section("Why", entry.why),
        "Source\n" + "\n".join(f"  {at}{f'{chr(10)}    {at.url}' if at.url else ''}" for at in entry.sources),
        f"Example of a backend that meets it\n{textwrap.indent(entry.example, '  ')}",
        "Remedy\n" + "\n".join(_remedy(stack, text) for stack, text in entry.remedy.items()),
        f"Judged from the scenarios {', '.join(entry.scenarios)}",
    ]
    if entry.means:
        parts.append("Needs\n" + "\n".join(f"  {name}: {means_named(name).doc}" for name in entry.means))
    if entry.profiles:
        parts.append(f"Profiles: {', '.join(entry.profiles)}")
    if entry.aliases:
        parts.append(f"Also known as {', '.join(entry.aliases)}")
    return "\n\n".join(parts)


def _remedy(stack: str, text: str) -> str:
    label = "" if stack == "any" else f"{stack}: "
    return _paragraph(label + text)


def _section(title: str, text: str) -> str:
    return f"{title}\n{_paragraph(text)}"


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), width=96, initial_indent="  ", subsequent_indent="  ")
