"""What `list` and `explain` say of the load side: workloads, targets and metrics."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from chatproof.metrics.table import METRICS
from chatproof.targets.declared import document_target
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.targets.expression import TargetError, metric_of
from chatproof.workloads import WORKLOADS, default_workload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.targets.documents import DocumentTarget

__all__ = [
    "load_names",
    "metric",
    "metric_line",
    "metric_text",
    "metrics",
    "target",
    "target_line",
    "target_text",
    "targets",
    "workload",
    "workload_line",
    "workload_text",
    "workloads",
]


def workloads(profile: str | None) -> list[dict[str, Any]]:
    """One row for each workload, or each one of a profile."""
    return [_workload(name) for name, entry in WORKLOADS.items() if profile is None or profile in entry.profiles]


def workload_line(row: Mapping[str, Any]) -> str:
    """What is done, and to which profiles; a star where it is the profile's default."""
    profiles = [f"{name}{'*' if name in row['default_of'] else ''}" for name in row["profiles"]]
    return f"{row['summary']}  ({', '.join(profiles)})"


def workload(identifier: str) -> dict[str, Any] | None:
    """All that is known of a workload; None where nothing has that name."""
    return _workload(identifier) if identifier in WORKLOADS else None


def workload_text(found: Mapping[str, Any]) -> str:
    """A workload for people."""
    defaults = [f"  {name} = {value}" for name, value in found["defaults"].items()]
    judged = [f"  {text}" for text in found["targets"]] or ["  none: write some below [targets]"]
    return "\n\n".join(
        [
            f"workload {found['id']}: {found['summary']}",
            f"Profiles: {', '.join(found['profiles'])}",
            "Values, where [load] and flags give no others\n" + "\n".join(defaults),
            "Targets of the documents\n" + "\n".join(judged),
            f"Metrics\n{_paragraph(', '.join(found['metrics']))}",
            f"Run it: chatproof load URL --workload {found['id']}\nor: locust -f load/{found['file']}.py --host URL",
        ]
    )


def targets(profile: str | None) -> list[dict[str, Any]]:
    """One row for each target that a document states."""
    return [_target(entry) for entry in DOCUMENT_TARGETS if profile in {None, entry.profile}]


def target_line(row: Mapping[str, Any]) -> str:
    """Condition, level, statement, row and profile."""
    row_id = f"{row['requirement']}; " if row["requirement"] else ""
    return f"{row['condition']:<9}  {row['level']:<6}  {row['statement']}  ({row_id}{row['profile']})"


def target(identifier: str) -> dict[str, Any] | None:
    """The targets of a row of the catalogue, or of a name; None where no document states any such."""
    wanted = identifier.upper()
    found = [entry for entry in DOCUMENT_TARGETS if wanted == entry.row or identifier == entry.name]
    if not found:
        return None
    return {"id": wanted if found[0].row == wanted else identifier, "targets": [_target(entry) for entry in found]}


def target_text(found: Mapping[str, Any]) -> str:
    """The targets of a row for people."""
    return "\n\n".join(
        "\n".join(
            [
                f"target {row['id']} {row['condition']} ({row['level']})",
                _paragraph(row["statement"]),
                f"  judged by a load run of {row['profile']} with the workload {' or '.join(row['workloads'])}",
                f"  from {row['source']}" + (f", as {row['requirement']}" if row["requirement"] else ""),
                *([f"  in a run that can close at least {row['least']:,} streams"] if row["least"] else []),
                f'  another limit: "{row["id"]}" = "{row["condition"]}" below [targets]; leave it out: "off"',
                _paragraph(f"metric {row['metric']}: {METRICS[row['metric']].definition}"),
            ]
        )
        for row in found["targets"]
    )


def metrics(_profile: str | None) -> list[dict[str, Any]]:
    """One row for each metric."""
    return [_metric(name) for name in METRICS]


def metric_line(row: Mapping[str, Any]) -> str:
    """Type, unit, definition and the name in OpenTelemetry."""
    otel = f"  ({row['otel']})" if row["otel"] else ""
    return f"{row['type']:<6}  {row['unit']:<3}  {row['definition']}{otel}"


def metric(identifier: str) -> dict[str, Any] | None:
    """All that is known of a metric, by its name or that of a target on it; None where nothing has that name."""
    try:
        name = metric_of(identifier)
    except TargetError:
        return None
    stated = [entry for entry in DOCUMENT_TARGETS if document_target(entry).metric == name]
    measured_by = [entry.name for entry in WORKLOADS.values() if name in entry.metrics]
    return {**_metric(name), "targets": [_target(entry) for entry in stated], "workloads": measured_by}


def metric_text(found: Mapping[str, Any]) -> str:
    """A metric for people."""
    example = f'"{found["id"]}{".p95" if found["type"] in {"series", "pool"} else ""}" = "..."'
    lines = [f"  {row['id']} {row['condition']}  ({row['profile']})" for row in found["targets"]]
    return "\n\n".join(
        [
            f"metric {found['id']}: a {found['type']} in {found['unit']}",
            _paragraph(found["definition"]),
            *([f"In OpenTelemetry: {found['otel']}"] if found["otel"] else []),
            *(["Targets of the documents\n" + "\n".join(lines)] if lines else []),
            f"Measured by {', '.join(found['workloads']) or 'every workload'}",
            f"A target on it, below [targets]: {example}",
        ]
    )


def load_names() -> set[str]:
    """Everything that can be explained here."""
    rows = {name for entry in DOCUMENT_TARGETS for name in (entry.row, entry.name) if name}
    return {*WORKLOADS, *METRICS, *rows}


def _workload(name: str) -> dict[str, Any]:
    entry = WORKLOADS[name]
    return {
        "id": name,
        "summary": entry.summary,
        "profiles": list(entry.profiles),
        "default_of": [profile for profile in entry.profiles if default_workload(profile) == name],
        "file": entry.file,
        "metrics": list(entry.metrics),
        "defaults": dict(entry.defaults),
        "targets": [document_target(target).text for target in DOCUMENT_TARGETS if name in target.workloads],
    }


def _target(entry: DocumentTarget) -> dict[str, Any]:
    made = document_target(entry)
    return {
        "id": entry.name,
        "condition": made.text.removeprefix(entry.name).strip(),
        "metric": made.metric,
        "requirement": entry.row,
        "level": entry.level,
        "profile": entry.profile,
        "workloads": list(entry.workloads),
        "statement": entry.statement,
        "source": entry.source,
        "least": entry.least,
    }


def _metric(name: str) -> dict[str, Any]:
    entry = METRICS[name]
    return {"id": name, "type": entry.kind, "unit": entry.unit, "definition": entry.definition, "otel": entry.otel}


def _paragraph(text: str) -> str:
    return textwrap.fill(text, width=96, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
