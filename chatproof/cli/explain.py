"""`chatproof explain ID`: all that is known of a requirement, a target, a metric, a workload, a profile, a fault."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from chatproof.catalogue import UnknownSelectorError
from chatproof.cli import load_kinds
from chatproof.cli.known import all_known, config_option
from chatproof.cli.lazy import HELP
from chatproof.closest import closest
from chatproof.means import means_named
from chatproof.metrics.table import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chatproof.cli.known import Known

__all__ = ["command"]


@click.command("explain", short_help="Say all that is known of an id.", context_settings=HELP)
@click.argument("identifier", metavar="ID")
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def command(context: click.Context, *, identifier: str, config_file: Path | None, as_json: bool) -> None:
    """
    Explains a requirement (by id or alias), an excluded row of the catalogue, a profile, a fault, and of load runs a
    target (by name or requirement), a metric or a workload.
    """
    known = all_known(config_file)
    for kind, find, text in _KINDS:
        found = find(known, identifier)
        if found is not None:
            click.echo(json.dumps({"kind": kind, **found}, indent=2, ensure_ascii=False) if as_json else text(found))
            return
    raise click.UsageError(f"nothing is called {identifier!r}\nhint: {_hint(known, identifier)}", context)


def _hint(known: Known, identifier: str) -> str:
    """Which ids a prefix stands for, or else the closest id."""
    try:
        below = sorted(known.catalogue.select([identifier]))
    except UnknownSelectorError as error:
        found = error.closest or closest(identifier, load_kinds.load_names())
        near = f"did you mean {found}? " if found else ""
        return f"{near}`chatproof list` shows all ids"
    return f"explain one of {', '.join(below)}"


def _requirement(known: Known, identifier: str) -> dict[str, Any] | None:
    entry = known.catalogue.find(identifier)
    if entry is None:
        return None
    profiles = known.profiles_of(entry)
    tables = [known.tables[name] for name in profiles]
    return {
        "id": entry.id,
        "level": entry.level.value,
        "clause": entry.clause,
        "statement": entry.statement,
        "why": entry.why,
        "sources": [{"title": at.title, "section": at.section, "url": at.url} for at in entry.sources],
        "example": entry.example,
        "remedy": dict(entry.remedy),
        "scenarios": list(entry.scenarios),
        "optional": list(entry.optional),
        "means": {name: means_named(name, *tables).doc for name in entry.means},
        "profiles": profiles,
        "aliases": list(entry.aliases),
        "broken_by": sorted(name for name, fault in known.faults().items() if entry.id in fault.requirements),
    }


def _requirement_text(found: Mapping[str, Any]) -> str:
    sources = [
        f"  {at['title']}, {at['section']}" + (f"\n    {at['url']}" if at["url"] else "") for at in found["sources"]
    ]
    parts = [
        f"{found['id']} ({found['level']}), clause {found['clause']}",
        _paragraph(found["statement"]),
        f"Why\n{_paragraph(found['why'])}",
        *(["Source\n" + "\n".join(sources)] if sources else []),
        f"Example of a backend that meets it\n{textwrap.indent(found['example'], '  ')}",
        "Remedy\n" + "\n".join(_remedy(stack, text) for stack, text in found["remedy"].items()),
        f"Judged from the scenarios {', '.join(found['scenarios'])}",
    ]
    if found["means"]:
        parts.append("Needs\n" + "\n".join(f"  {name}: {doc}" for name, doc in found["means"].items()))
    parts.append(f"Profiles: {', '.join(found['profiles']) or 'none'}")
    if found["aliases"]:
        parts.append(f"Also known as {', '.join(found['aliases'])}")
    if found["broken_by"]:
        parts.append(f"Faults that break it: {', '.join(found['broken_by'])}")
    return "\n\n".join(parts)


def _excluded(known: Known, identifier: str) -> dict[str, Any] | None:
    reason = known.catalogue.excluded.get(identifier.upper())
    return None if reason is None else {"id": identifier.upper(), "reason": reason}


def _excluded_text(found: Mapping[str, Any]) -> str:
    return f"{found['id']} is no requirement of this suite: {found['reason']}"


def _profile(known: Known, identifier: str) -> dict[str, Any] | None:
    table = known.tables.get(identifier)
    if table is None:
        return None
    return {
        "id": identifier,
        "summary": (table.__doc__ or "").strip().split("\n", 1)[0].removeprefix(f"`[profiles.{identifier}]`: "),
        "control": known.sets[identifier].control,
        "routes": known.routes_of(identifier),
        "scenarios": list(known.sets[identifier].scenarios),
        "requirements": known.requirements_of(identifier),
    }


def _profile_text(found: Mapping[str, Any]) -> str:
    routes = [f"  {key} = {path}" for key, path in found["routes"].items()]
    return "\n\n".join(
        [
            f"profile {found['id']}: {found['summary']}",
            "Routes (in brackets: an example of what may be declared)\n" + "\n".join(routes),
            f"The scenario that must work first: {found['control']}",
            f"Requirements ({len(found['requirements'])})\n{_paragraph(', '.join(found['requirements']))}",
        ]
    )


def _fault(known: Known, identifier: str) -> dict[str, Any] | None:
    fault = known.faults().get(identifier)
    if fault is None:
        return None
    return {
        "id": identifier,
        "profile": fault.profile,
        "summary": fault.summary,
        "requirements": sorted(fault.requirements),
        "targets": sorted(getattr(fault, "targets", ())),
        "workload": getattr(fault, "workload", ""),
    }


def _fault_text(found: Mapping[str, Any]) -> str:
    effect = f"breaks {', '.join(found['requirements']) or 'nothing'}"
    if found["workload"]:
        turned = ", ".join(found["targets"])
        effect = f"turns {turned or 'no target'} under the workload {found['workload']}, and breaks no requirement"
    return (
        f"fault {found['id']} of {found['profile']}: {found['summary']}\n"
        f"{effect}\n"
        f"run it: chatproof serve --fault {found['id']}"
    )


def _target(identifier: str) -> dict[str, Any] | None:
    """A target; but a name that a metric has too is explained as that, with its targets."""
    return None if identifier in METRICS else load_kinds.target(identifier)


_KINDS = (
    ("requirement", _requirement, _requirement_text),
    ("excluded", _excluded, _excluded_text),
    ("profile", _profile, _profile_text),
    ("fault", _fault, _fault_text),
    ("workload", lambda _known, name: load_kinds.workload(name), load_kinds.workload_text),
    ("target", lambda _known, name: _target(name), load_kinds.target_text),
    ("metric", lambda _known, name: load_kinds.metric(name), load_kinds.metric_text),
)


def _remedy(stack: str, text: str) -> str:
    label = "" if stack == "any" else f"{stack}: "
    return _paragraph(label + text)


def _paragraph(text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), width=96, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
