"""`chatproof list`: what there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from chatproof.catalogue import catalogue
from chatproof.cli.lazy import HELP
from chatproof.config import PROFILES
from chatproof.loading import load, scenario_set

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["command"]

_KINDS = ("requirements", "scenarios", "faults", "excluded")


@click.command("list", short_help="List requirements, scenarios and faults.", context_settings=HELP)
@click.argument("kinds", nargs=-1, type=click.Choice(_KINDS), metavar="[KIND]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(*, kinds: tuple[str, ...], as_json: bool) -> None:
    """Lists requirements, scenarios, faults, or the excluded rows of the catalogue (all without a KIND)."""
    tables = {kind: _TABLES[kind]() for kind in (kinds or _KINDS)}
    if as_json:
        click.echo(json.dumps(tables, indent=2, ensure_ascii=False))
        return
    for kind, rows in tables.items():
        click.echo(f"{kind} ({len(rows)})")
        width = max(len(row["id"]) for row in rows)
        for row in rows:
            click.echo(f"  {row['id']:<{width}}  {_line(row)}".rstrip())
        click.echo()


def _line(row: Mapping[str, str]) -> str:
    return "  ".join(f"{row['level']:<6}" if key == "level" else value for key, value in row.items() if key != "id")


def _requirements() -> list[dict[str, str]]:
    return [
        {
            "id": entry.id,
            "level": entry.level.value,
            "statement": entry.statement,
            "aliases": f"(also {', '.join(entry.aliases)})" if entry.aliases else "",
        }
        for entry in catalogue().requirements.values()
    ]


def _scenarios() -> list[dict[str, str]]:
    return [
        {"id": f"{profile}/{scenario.name}", "summary": scenario.summary}
        for profile in PROFILES
        for scenario in scenario_set(profile).scenarios.values()
    ]


def _faults() -> list[dict[str, str]]:
    found = load("fixtures", "faults").FAULTS
    return [{"id": name, "summary": fault.summary} for name, fault in sorted(found.items())]


def _excluded() -> list[dict[str, str]]:
    return [{"id": identifier, "reason": reason} for identifier, reason in sorted(catalogue().excluded.items())]


_TABLES = {"requirements": _requirements, "scenarios": _scenarios, "faults": _faults, "excluded": _excluded}
