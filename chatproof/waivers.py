"""Waivers: known deviations, each with an owner and an expiry, and none outliving its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from chatproof.closest import closest
from chatproof.run import WaiverState
from chatproof.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from chatproof.config import Waiver
    from chatproof.requirement import Requirement

__all__ = ["Judged", "apply_waivers", "covers", "waiver_for"]

Judged: TypeAlias = "tuple[str, tuple[str, ...], str, Judgement]"
"""Id of a requirement, its aliases, the profile, and the judgement."""

_COVERED = {Verdict.NOT_MET, Verdict.NOT_TESTABLE}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one waiver, and in words what to do about it."""

    state: str
    message: str


def apply_waivers(
    judged: Sequence[Judged],
    waivers: Sequence[Waiver],
    *,
    known: Mapping[str, Requirement],
    origin: str,
    today: date,
) -> tuple[list[Judgement], list[WaiverState]]:
    """
    The judgements in their order, with `waived` where a waiver covers them, and the state of every waiver.

    `known` is the whole catalogue by id, `origin` the file that holds the waivers. A waived judgement keeps what was
    found and expected. An expired waiver covers nothing; of two for the same judgement the first covers it.
    """
    results = [judgement for *_, judgement in judged]
    states = []
    for waiver in waivers:
        outcome = _unusable(waiver, known, today) or _applied(waiver, judged, results)
        states.append(_state(waiver, outcome, origin))
    return results, states


def covers(waiver: Waiver, identifier: str, aliases: Sequence[str], profile: str) -> bool:
    """The waiver speaks of this requirement (by id or alias, in any case of its letters) and profile."""
    return waiver.requirement.upper() in {identifier, *aliases} and waiver.profile in {"", profile}


def waiver_for(
    identifier: str, aliases: Sequence[str], profile: str, waivers: Sequence[Waiver], *, today: date
) -> Waiver | None:
    """The waiver that covers this requirement and profile: the first that has not expired."""
    holding = (waiver for waiver in waivers if waiver.expires is not None and waiver.expires >= today)
    return next((waiver for waiver in holding if covers(waiver, identifier, aliases, profile)), None)


def _unusable(waiver: Waiver, known: Mapping[str, Requirement], today: date) -> _Outcome | None:
    """A waiver that covers nothing, whatever was judged."""
    names = {name for entry in known.values() for name in (entry.id, *entry.aliases)}
    if waiver.requirement.upper() not in names:
        near = closest(waiver.requirement, names)
        meant = f"; did you mean `{near}`?" if near else ""
        return _Outcome("unmatched", f"no requirement `{waiver.requirement}`{meant}")
    if waiver.expires is None or waiver.expires < today:
        day = f"on {waiver.expires}" if waiver.expires else "for want of a date"
        return _Outcome(
            "expired", f"{waiver.requirement} is waived no longer, this expired {day} (owner: {waiver.owner})"
        )
    return None


def _applied(waiver: Waiver, judged: Sequence[Judged], results: list[Judgement]) -> _Outcome:
    """Waives in `results` what the waiver covers."""
    matched = [
        (index, judgement)
        for index, (identifier, aliases, profile, judgement) in enumerate(judged)
        if covers(waiver, identifier, aliases, profile)
    ]
    covered = [index for index, judgement in matched if judgement.verdict in _COVERED]
    fresh = [index for index in covered if results[index].verdict is not Verdict.WAIVED]
    for index in fresh:
        results[index] = _waived(results[index], waiver)
    if fresh:
        return _Outcome("used", f"{waiver.requirement} is waived until {waiver.expires} (owner: {waiver.owner})")
    if covered:
        return _Outcome("stale", f"another one covers {waiver.requirement} already")
    if any(judgement.verdict is Verdict.MET for _, judgement in matched):
        return _Outcome("stale", f"{waiver.requirement} is met now")
    why = "is not claimed" if matched else "was not selected"
    return _Outcome("not_judged", f"{waiver.requirement} {why}")


def _waived(judgement: Judgement, waiver: Waiver) -> Judgement:
    why = f" (not testable: {judgement.reason})" if judgement.verdict is Verdict.NOT_TESTABLE else ""
    reason = f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}{why}"
    return replace(judgement, verdict=Verdict.WAIVED, reason=reason)


def _state(waiver: Waiver, outcome: _Outcome, origin: str) -> WaiverState:
    place = ":".join(part for part in (origin, str(waiver.line or "")) if part)
    advice = "" if outcome.state in {"used", "not_judged"} else "delete this waiver: "
    return WaiverState(
        requirement=waiver.requirement,
        profile=waiver.profile,
        state=outcome.state,
        message=f"{place}: {advice}{outcome.message}" if place else f"{advice}{outcome.message}",
        line=waiver.line,
        origin=origin,
        owner=waiver.owner,
        reason=waiver.reason,
        expires="" if waiver.expires is None else waiver.expires.isoformat(),
    )
