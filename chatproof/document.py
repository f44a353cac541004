"""From a finished check to its run document."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatproof import __version__
from chatproof.config import as_declared
from chatproof.evidence import evidence_of
from chatproof.exit_code import exit_code
from chatproof.gate import gate_of
from chatproof.recorder.plan import summary_of
from chatproof.run import RequirementVerdict, Run, ScenarioSummary
from chatproof.settings import fingerprint, settings_of
from chatproof.verdict import Verdict
from chatproof.waivers import apply_waivers, waiver_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.checking import Check
    from chatproof.requirement import Requirement
    from chatproof.run import Evidence, PlanSummary
    from chatproof.verdict import Judgement

__all__ = ["document"]


def document(check: Check, requirements: Mapping[str, Requirement], *, command: str, crash: str = "") -> Run:
    """
    The run document of a check; judges first what has no verdict yet.

    `requirements` is the whole catalogue by id: waivers that name none of it are unmatched.
    """
    judgements = check.judge_rest()
    judged = [(entry.id, entry.aliases, profile, judgements[entry.id, profile]) for entry, profile in check.pairs]
    waived, states = apply_waivers(
        judged, check.config.waivers, known=requirements, origin=check.config.origin, today=check.today
    )
    verdicts = tuple(
        _verdict(check, entry, profile, judgement)
        for (entry, profile), judgement in zip(check.pairs, waived, strict=True)
    )
    gate = _gates(check)
    crash = crash or "; ".join(check.errors)
    code, reason = exit_code(
        verdicts=verdicts,
        waivers=states,
        gate=gate,
        strict=check.options.strict,
        interrupted=check.interrupted,
        crash=crash,
    )
    settings = settings_of(check.config)
    return Run(
        command=command,
        version=__version__,
        started_at=check.started_at.isoformat(timespec="seconds"),
        duration_seconds=round(time.monotonic() - check.started, 3),
        backend=as_declared(check.config)["backend"],
        profiles=tuple(check.config.profiles),
        strict=check.options.strict,
        interrupted=check.interrupted,
        exit_code=int(code),
        exit_reason=reason,
        verdicts=verdicts,
        not_selected=check.not_selected,
        plan=_plan(check),
        scenarios=_scenarios(check),
        evidence=_evidence(check, verdicts),
        waivers=tuple(states),
        gate=gate,
        build=check.config.backend.build,
        settings=settings,
        fingerprint=fingerprint(settings),
        crash=crash,
    )


def _verdict(check: Check, entry: Requirement, profile: str, judgement: Judgement) -> RequirementVerdict:
    used = None
    if judgement.verdict is Verdict.WAIVED:
        used = waiver_for(entry.id, entry.aliases, profile, check.config.waivers, today=check.today)
    return RequirementVerdict(
        requirement=entry.id,
        level=entry.level.value,
        profile=profile,
        verdict=judgement.verdict.value,
        clause=entry.clause,
        statement=entry.statement,
        why=entry.why,
        sources=tuple({"title": at.title, "section": at.section, "url": at.url} for at in entry.sources),
        aliases=entry.aliases,
        reason=judgement.reason,
        declare=judgement.declare,
        found=judgement.found,
        expected=judgement.expected,
        remedy=judgement.remedy,
        evidence=f"{profile}/{judgement.evidence}" if judgement.evidence else "",
        offset=judgement.offset,
        curl=judgement.curl,
        waiver=None if used is None else {"reason": used.reason, "owner": used.owner, "expires": str(used.expires)},
        seconds=judgement.seconds,
    )


def _gates(check: Check) -> dict[str, dict[str, str]]:
    """The profiles of which something was to be judged and whose control turn did not work."""
    found = {}
    for profile in sorted({profile for _entry, profile in check.pairs}):
        gate = gate_of(check.case(profile))
        if not gate.open:
            found[profile] = {"reason": gate.reason, "hint": gate.hint}
    return found


def _plan(check: Check) -> PlanSummary | None:
    plans = check.plans()
    return summary_of(plans.values()) if plans else None


def _scenarios(check: Check) -> tuple[ScenarioSummary, ...]:
    return tuple(
        ScenarioSummary(
            profile=profile,
            scenario=name,
            exchanges=len(recording.exchanges),
            seconds=recording.seconds,
            file=f"recordings/{profile}/{name}.har",
            note=recording.not_claimed or recording.not_testable,
        )
        for profile, found in check.recordings.items()
        for name, recording in found.items()
    )


def _evidence(check: Check, verdicts: Iterable[RequirementVerdict]) -> dict[str, Evidence]:
    """The exchanges that verdicts point at, and the control turn of each profile."""
    wanted = {entry.evidence for entry in verdicts if entry.evidence}
    wanted |= {f"{profile}/{check.scenarios(profile).control}/turn" for profile in check.recordings}
    return {
        key: evidence_of(exchange, profile)
        for profile, found in check.recordings.items()
        for recording in found.values()
        for exchange in recording.exchanges
        if (key := f"{profile}/{exchange.key}") in wanted
    }
