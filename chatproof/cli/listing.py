"""`chatproof list`: what there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from chatproof.cli import load_kinds
from chatproof.cli.known import all_known, config_option
from chatproof.cli.lazy import HELP
from chatproof.means import MEANS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from chatproof.cli.known import Known

__all__ = ["command"]

_KINDS = (
    *("requirements", "profiles", "scenarios", "means", "faults", "excluded"),
    *("workloads", "targets", "metrics"),
)
_NOBODYS = {"means", "excluded", "metrics"}


@click.command("list", short_help="List requirements, targets, workloads, faults and more.", context_settings=HELP)
@click.argument("kinds", nargs=-1, type=click.Choice(_KINDS), metavar="[KIND]...")
@click.option("--profile", metavar="P", help="Only what concerns this profile.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(*, kinds: tuple[str, ...], profile: str | None, config_file: Path | None, as_json: bool) -> None:
    """
    Lists what there is, all of it without a KIND.

    A KIND is one of requirements, profiles, scenarios, means, faults, excluded (rows of the catalogue that are no
    requirement); and for load runs workloads, targets (those of the documents) and metrics.
    """
    known = all_known(config_file)
    chosen = kinds or tuple(kind for kind in _KINDS if profile is None or kind not in _NOBODYS)
    tables = {kind: _TABLES[kind](known, known.checked(profile)) for kind in chosen}
    if as_json:
        click.echo(json.dumps(tables, indent=2, ensure_ascii=False))
        return
    for kind, rows in tables.items():
        click.echo(f"{kind} ({len(rows)})")
        width = max((len(row["id"]) for row in rows), default=0)
        for row in rows:
            click.echo(f"  {row['id']:<{width}}  {_LINES[kind](row, known)}".rstrip())
        click.echo()


def _requirements(known: Known, profile: str | None) -> list[dict[str, Any]]:
    rows = (
        {
            "id": entry.id,
            "level": entry.level.value,
            "statement": entry.statement,
            "profiles": known.profiles_of(entry),
            "aliases": list(entry.aliases),
        }
        for entry in known.catalogue.requirements.values()
    )
    return [row for row in rows if profile is None or profile in row["profiles"]]


def _requirement_line(row: Mapping[str, Any], known: Known) -> str:
    profiles = "all profiles" if known.shared_by_all(row["profiles"]) else ", ".join(row["profiles"])
    notes = [profiles or "no profile", *([f"also {', '.join(row['aliases'])}"] if row["aliases"] else [])]
    return f"{row['level']:<6}  {row['statement']}  ({'; '.join(notes)})"


def _profiles(known: Known, profile: str | None) -> list[dict[str, Any]]:
    return [
        {"id": name, "requirements": len(known.requirements_of(name)), "routes": known.routes_of(name)}
        for name in known.sets
        if profile in {None, name}
    ]


def _profile_line(row: Mapping[str, Any], _known: Known) -> str:
    routes = ", ".join(f"{key} {path}" for key, path in row["routes"].items())
    return f"{row['requirements']:>3} requirements  {routes}"


def _scenarios(known: Known, profile: str | None) -> list[dict[str, Any]]:
    return [
        {"id": f"{name}/{scenario.name}", "summary": scenario.summary}
        for name, found in known.sets.items()
        for scenario in found.scenarios.values()
        if profile in {None, name}
    ]


def _means(_known: Known, _profile: str | None) -> list[dict[str, Any]]:
    return [{"id": name, "doc": means.doc, "declare": means.declare} for name, means in sorted(MEANS.items())]


def _faults(known: Known, profile: str | None) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "summary": fault.summary,
            "profile": fault.profile,
            "requirements": sorted(fault.requirements),
            "targets": sorted(getattr(fault, "targets", ())),
            "workload": getattr(fault, "workload", ""),
        }
        for name, fault in sorted(known.faults().items())
        if profile in {None, fault.profile}
    ]


def _fault_line(row: Mapping[str, Any]) -> str:
    """What is wrong with which backend; of a fault for load also its workload, and the targets that it turns."""
    line = f"{row['summary']}  ({row['profile']})"
    return f"{line}  {row['workload']}: {', '.join(row['targets']) or 'turns none'}" if row["workload"] else line


def _excluded(known: Known, _profile: str | None) -> list[dict[str, Any]]:
    return [{"id": identifier, "reason": reason} for identifier, reason in sorted(known.catalogue.excluded.items())]


_TABLES: Mapping[str, Callable[[Known, str | None], list[dict[str, Any]]]] = {
    "requirements": _requirements,
    "profiles": _profiles,
    "scenarios": _scenarios,
    "means": _means,
    "faults": _faults,
    "excluded": _excluded,
    "workloads": lambda _known, profile: load_kinds.workloads(profile),
    "targets": lambda _known, profile: load_kinds.targets(profile),
    "metrics": lambda _known, profile: load_kinds.metrics(profile),
}
_LINES: Mapping[str, Callable[[Mapping[str, Any], Known], str]] = {
    "requirements": _requirement_line,
    "profiles": _profile_line,
    "scenarios": lambda row, _known: str(row["summary"]),
    "means": lambda row, _known: str(row["doc"]),
    "faults": lambda row, _known: _fault_line(row),
    "excluded": lambda row, _known: str(row["reason"]),
    "workloads": lambda row, _known: load_kinds.workload_line(row),
    "targets": lambda row, _known: load_kinds.target_line(row),
    "metrics": lambda row, _known: load_kinds.metric_line(row),
}
