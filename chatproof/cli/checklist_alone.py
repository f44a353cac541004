"""A checklist of earlier runs alone: nothing is sent."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatproof import __version__
from chatproof.checklist.acceptance import Basis, refusal
from chatproof.checklist.facts import checklist_of, chosen, sorted_out
from chatproof.checklist.verdicts import waivers_of, worst_verdicts
from chatproof.exit_code import checklist_code
from chatproof.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.checklist.definition import BoxDefinition
    from chatproof.checklist.facts import Given

__all__ = ["judged_alone"]


def judged_alone(
    given: Sequence[Given],
    own: Sequence[BoxDefinition],
    *,
    build: str = "",
    profiles: Sequence[str] = (),
    strict: bool = False,
) -> Run:
    """
    The run document of a checklist over runs that were made before, of which there is one at least.

    What is released is what the first usable one says: its build (unless one is named), configuration and profiles. A
    requirement that any usable one found broken counts, whether a box stands on it or not.
    """
    began = time.monotonic()
    first = next((entry.run for entry in given if not refusal(entry.run)), given[0].run)
    basis = Basis(build=build or first.build, fingerprint=first.fingerprint, settings=first.settings)
    declared = tuple(first.settings.get("profiles", ())) or first.profiles
    kept = tuple(name for name in declared if not profiles or name in profiles)
    definitions, left_out = chosen(kept, own)
    facts = checklist_of(definitions, given, basis, left_out=left_out)
    accepted = [entry.run for entry in sorted_out(given, basis)[0]]
    verdicts, waivers = worst_verdicts(accepted, kept), waivers_of(accepted)
    code, reason = checklist_code(facts.boxes, verdicts=verdicts, waivers=waivers, strict=strict)
    return Run(
        command="checklist",
        version=__version__,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_seconds=round(time.monotonic() - began, 3),
        backend=first.backend,
        profiles=kept,
        strict=strict,
        interrupted=False,
        exit_code=int(code),
        exit_reason=reason,
        verdicts=verdicts,
        not_selected=0,
        waivers=waivers,
        checklist=facts,
        build=basis.build,
        settings=first.settings,
        fingerprint=first.fingerprint,
    )
