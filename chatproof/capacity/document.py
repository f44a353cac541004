"""From a search to its run document."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chatproof import __version__
from chatproof.capacity.judged import left_out_in_words
from chatproof.capacity.outcome import deciding, outcome_of
from chatproof.capacity.shortage import limiting_of, shortages
from chatproof.capacity_facts import CapacityFacts
from chatproof.capacity_model import enriched
from chatproof.config import as_declared
from chatproof.exit_code import capacity_code
from chatproof.run import Run
from chatproof.settings import fingerprint, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.capacity.outcome import Outcome
    from chatproof.capacity.seeking import Seeking, Sought
    from chatproof.capacity.watch import Means
    from chatproof.load_facts import TargetVerdict, Validity
    from chatproof.targets import Target

__all__ = ["capacity_document", "capacity_facts"]


def capacity_facts(
    sought: Sought,
    seeking: Seeking,
    *,
    means: Means,
    headroom: float,
    left_out: Sequence[tuple[Target, str]] = (),
    notes: Sequence[str] = (),
) -> CapacityFacts:
    """What a search found out, without what is modelled from it (`chatproof.capacity_model.enriched`)."""
    outcome = outcome_of(sought, seeking.scale)
    rungs = sought.rungs
    whole = sum(entry.spent.whole for entry in rungs)
    priced = sum(entry.spent.priced for entry in rungs)
    judged = [entry.rung.level for entry in rungs if entry.rung.verdict != "invalid"]
    return CapacityFacts(
        unit=seeking.scale.unit,
        workload=seeking.workload,
        profile=seeking.profile,
        outcome=outcome.word,
        sentence=outcome.sentence,
        capacity=outcome.holds,
        breaks_at=outcome.breaks,
        tested_to=max(judged, default=0.0),
        rungs=tuple(entry.rung for entry in rungs),
        limiting=limiting_of(rungs, outcome),
        shortages=shortages(
            rungs, outcome, means=means, scale=seeking.scale, gone=sought.reason if sought.gone else ""
        ),
        latency_metric=seeking.scale.metric,
        headroom=headroom,
        recommended=_recommended(outcome.holds, headroom, seeking),
        at_least=seeking.span.at_least,
        bytes_per_stream=round(sum(entry.spent.bytes for entry in rungs) / whole, 1) if whole else None,
        cost_per_stream=math.fsum(entry.spent.cost_usd for entry in rungs) / priced if priced else None,
        notes=(*notes, *sought.notes, *_notes(sought, outcome, left_out)),
    )


def capacity_document(
    sought: Sought,
    seeking: Seeking,
    *,
    means: Means,
    headroom: float,
    started_at: str,
    duration_seconds: float,
    strict: bool = False,
    left_out: Sequence[tuple[Target, str]] = (),
    notes: Sequence[str] = (),
) -> Run:
    """The run document of a search; its targets and its validity are those of the rungs that it rests on."""
    facts = capacity_facts(sought, seeking, means=means, headroom=headroom, left_out=left_out, notes=notes)
    facts = enriched(facts, seed=seeking.seed)
    code, reason = capacity_code(facts, interrupted=sought.interrupted, crash=sought.crash)
    settings = settings_of(seeking.config)
    return Run(
        command="capacity",
        version=__version__,
        started_at=started_at,
        duration_seconds=duration_seconds,
        backend=as_declared(seeking.config)["backend"],
        profiles=(seeking.profile,),
        strict=strict,
        interrupted=sought.interrupted,
        exit_code=int(code),
        exit_reason=reason,
        verdicts=(),
        not_selected=0,
        validity=_validity(sought, facts),
        targets=_targets(sought, facts),
        capacity=facts,
        build=seeking.config.backend.build,
        settings=settings,
        fingerprint=fingerprint(settings),
        crash=sought.crash,
    )


def _recommended(capacity: float | None, headroom: float, seeking: Seeking) -> float | None:
    """The capacity less the headroom, down to a whole number of streams."""
    if capacity is None:
        return None
    point = capacity * (1 - headroom)
    return round(point, 2) if seeking.scale.rate else float(math.floor(point + 1e-9))


def _targets(sought: Sought, facts: CapacityFacts) -> tuple[TargetVerdict, ...]:
    """Of the highest level that holds, or where there is none of the lowest that does not."""
    found = deciding(sought.rungs, facts.capacity, ("holds",))
    found = found or deciding(sought.rungs, facts.breaks_at, ("breaks", "unclear"))
    return found[0].rung.targets if found else ()


def _validity(sought: Sought, facts: CapacityFacts) -> Validity | None:
    """Of the same rung; where the generator was the limit, of the one that says so."""
    if facts.outcome == "generator_was_the_limit" and sought.ended is not None:
        found = deciding(sought.rungs, sought.ended.not_judged, ("invalid",))
    else:
        found = deciding(sought.rungs, facts.capacity, ("holds",))
        found = found or deciding(sought.rungs, facts.breaks_at, ("breaks", "unclear"))
    return found[0].validity if found else None


def _notes(sought: Sought, outcome: Outcome, left_out: Sequence[tuple[Target, str]]) -> list[str]:
    """Sentences for the reader: what is not beyond doubt, and what was not judged."""
    notes: list[str] = []
    held = deciding(sought.rungs, outcome.holds, ("holds",))
    unsure = [entry for entry in (held[0].rung.targets if held else ()) if entry.verdict == "inconclusive"]
    for entry in unsure:
        more = f": {entry.missing} would decide it (--rung-time)" if entry.missing else ""
        notes.append(f"At the highest level that holds {entry.target} is kept by its value alone{more}.")
    ended = sought.ended
    if ended is not None and ended.outcome == "found" and ended.not_judged is not None:
        notes.append(
            f"Between both ends the generator was the bottleneck (at {ended.not_judged:g}): the limit may lie higher."
        )
    if ended is not None and ended.contradicted is not None:
        notes.append(
            f"The verdicts are not in order: {ended.contradicted:g} seemed to hold, though a lower level breaks."
        )
    invalid = sum(entry.rung.verdict == "invalid" for entry in sought.rungs)
    if invalid:
        notes.append(
            f"In {invalid} of {len(sought.rungs)} rungs the generator was the bottleneck; they were not judged."
        )
    words = left_out_in_words(left_out)
    if words:
        notes.append(f"Targets that a rung is not judged by: {words}.")
    return notes
