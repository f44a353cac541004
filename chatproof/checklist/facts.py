"""The facts of a checklist: its boxes judged by the runs that may speak for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatproof.checklist.acceptance import refusal
from chatproof.checklist.documents import documents
from chatproof.checklist.judge import ticked
from chatproof.checklist_facts import ChecklistFacts, EvidenceRun

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chatproof.checklist.acceptance import Basis
    from chatproof.checklist.definition import BoxDefinition
    from chatproof.run import Run

__all__ = ["Given", "checklist_of", "chosen", "sorted_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A run and the name of its file; `own` is one that the checklist made itself."""

    run: Run
    file: str
    own: bool = False


def chosen(
    profiles: Collection[str], own: Sequence[BoxDefinition] = ()
) -> tuple[tuple[BoxDefinition, ...], tuple[tuple[str, str], ...]]:
    """The boxes that concern these profiles, and what is left out, each with the line that would declare it."""
    boxes = [box for document in documents() if document.profile in profiles for box in document.boxes]
    boxes += [box for box in own if not box.profile or box.profile in profiles]
    out = [(document.title, document.declare) for document in documents() if document.profile not in profiles]
    out += [(box.text, f"[profiles.{box.profile}]") for box in own if box.profile and box.profile not in profiles]
    return tuple(boxes), tuple(out)


def sorted_out(given: Sequence[Given], basis: Basis) -> tuple[tuple[Given, ...], tuple[tuple[str, str], ...]]:
    """The runs that may speak for what is released, each once, and those that may not: file and reason."""
    accepted: list[Given] = []
    refused: list[tuple[str, str]] = []
    for entry in given:
        why = refusal(entry.run, None if entry.own else basis)
        if why:
            refused.append((entry.file, why))
        elif all(entry.run != other.run for other in accepted):
            accepted.append(entry)
    return tuple(accepted), tuple(refused)


def checklist_of(
    definitions: Sequence[BoxDefinition],
    given: Sequence[Given],
    basis: Basis,
    *,
    left_out: tuple[tuple[str, str], ...] = (),
    unable: Mapping[str, str] | None = None,
) -> ChecklistFacts:
    """
    Every box as the given runs leave it.

    Runs that may not speak for what is released are listed as refused, and tick nothing; the same run given twice
    counts once. `unable` says for targets, by how they are written, why the checklist did not judge them itself.
    """
    accepted, refused = sorted_out(given, basis)
    runs = [entry.run for entry in accepted]
    boxes = (ticked(_told(definition, unable or {}), runs) for definition in definitions)
    return ChecklistFacts(
        boxes=tuple(boxes),
        runs=tuple(_evidence_run(entry) for entry in accepted),
        left_out=left_out,
        refused=refused,
    )


def _told(definition: BoxDefinition, unable: Mapping[str, str]) -> BoxDefinition:
    """The definition with why its targets were not judged, before what would judge them."""
    reasons = dict.fromkeys(unable[name] for name in definition.all_targets if name in unable)
    if not reasons or definition.manual:
        return definition
    return replace(definition, needs="; ".join([*reasons, *([definition.needs] if definition.needs else [])]))


def _evidence_run(entry: Given) -> EvidenceRun:
    run = entry.run
    return EvidenceRun(
        command=run.command,
        file=entry.file,
        started_at=run.started_at,
        duration_seconds=run.duration_seconds,
        build=run.build,
        fingerprint=run.fingerprint,
        outcome=f"exit code {run.exit_code}: {run.exit_reason}",
    )
