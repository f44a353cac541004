"""Verdicts that changed from one run to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.comparison.facts import Change
from chatproof.verdict import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from chatproof.run import Run

__all__ = ["changes", "compared_verdicts", "lost"]

_GOOD: Final = frozenset({"met", "ticked"})
_BAD: Final = frozenset({"not_met", "not_ticked"})
_UNKNOWN: Final[Mapping[str, frozenset[str]]] = {
    "requirement": frozenset({Verdict.NOT_TESTABLE, Verdict.NOT_CLAIMED}),
    "target": frozenset({"inconclusive"}),
    "box": frozenset({"not_judged", "not_testable"}),
}
_ORDER: Final = ("worse", "vanished", "changed", "appeared", "better")
_LEVELS: Final = (Level.MUST, Level.SHOULD, Level.MAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What one run says to one thing that both may have judged."""

    kind: str
    name: str
    profile: str
    level: str
    verdict: str
    reason: str
    seen: bool = True
    """Whether there was anything to observe."""


def changes(base: Run, run: Run, *, strict: bool = False) -> tuple[tuple[Change, ...], int]:
    """
    The verdicts that changed, the worst first, and how many did not.

    A MUST (with `strict` also a SHOULD), a target or a box that goes from good to bad weighs. What is gone, or was not
    there before, is told.
    """
    before, after = _said(base), _said(run)
    found: list[Change] = []
    same = 0
    for key, known in {**before, **after}.items():
        one, other = (side[key].verdict if key in side else "" for side in (before, after))
        if one == other:
            same += 1
            continue
        found.append(_change(known, base=one, run=other, strict=strict))
    return tuple(sorted(found, key=_rank)), same


def compared_verdicts(base: Run, run: Run) -> int:
    """How many things both runs have a verdict on, good or bad."""
    before, after = _said(base), _said(run)
    decided = _GOOD | _BAD
    return sum(
        said.verdict in decided and key in after and after[key].verdict in decided for key, said in before.items()
    )


def lost(base: Run, run: Run, *, strict: bool = False) -> tuple[str, ...]:
    """
    What was good, weighs, and is not known any more.

    A requirement that is not testable, not claimed by the same settings, or not there; a target of which nothing was
    observed; a box that was ticked and is not judged.
    """
    after = _said(run)
    return tuple(
        said.name
        for key, said in _said(base).items()
        if said.verdict in _GOOD
        and (said.kind != "requirement" or _weighty(said.level, strict=strict))
        and _unknown(after.get(key), said.kind)
    )


def _unknown(said: _Said | None, kind: str) -> bool:
    if said is None:
        return kind == "requirement"
    return said.verdict in _UNKNOWN[kind] and (kind != "target" or not said.seen)


def _change(known: _Said, *, base: str, run: str, strict: bool) -> Change:
    """The change of what `known` says last; a run that says nothing to it has no word."""
    if not base:
        verdict = "appeared"
    elif not run:
        verdict = "vanished"
    elif base in _GOOD and run in _BAD:
        verdict = "worse"
    elif base in _BAD and run in _GOOD:
        verdict = "better"
    else:
        verdict = "changed"
    return Change(
        kind=known.kind,
        name=known.name,
        profile=known.profile,
        level=known.level,
        base=base,
        run=run,
        verdict=verdict,
        weighs=verdict == "worse" and (known.kind != "requirement" or _weighty(known.level, strict=strict)),
        reason=known.reason if run else "",
    )


def _weighty(level: str, *, strict: bool) -> bool:
    return level == Level.MUST or (strict and level == Level.SHOULD)


def _said(run: Run) -> Mapping[Hashable, _Said]:
    said = [
        _Said(
            kind="requirement",
            name=entry.requirement,
            profile=entry.profile,
            level=entry.level,
            verdict=entry.verdict,
            reason=entry.found or entry.reason,
        )
        for entry in run.verdicts
    ]
    said += [
        _Said(
            kind="target",
            name=entry.target,
            profile=entry.profile,
            level=entry.level,
            verdict=entry.verdict,
            reason=entry.reason,
            seen=entry.n > 0,
        )
        for entry in run.targets
    ]
    boxes = () if run.checklist is None else run.checklist.boxes
    said += [
        _Said(
            kind="box", name=box.id, profile=box.document, level="", verdict=box.state, reason=box.reason or box.needs
        )
        for box in boxes
    ]
    return {(entry.kind, entry.name, entry.profile): entry for entry in said}


def _rank(change: Change) -> tuple[int, bool, int, str, str, str]:
    level = _LEVELS.index(Level(change.level)) if change.level in set(Level) else len(_LEVELS)
    return _ORDER.index(change.verdict), not change.weighs, level, change.kind, change.name, change.profile
