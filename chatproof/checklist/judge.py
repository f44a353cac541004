"""Whether a box is ticked: a pure function of its definition and of the runs that may speak for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.checklist.capacity_findings import capacity_findings
from chatproof.checklist.definition import is_target
from chatproof.checklist.finding import ABSENT, UNFIT, Item
from chatproof.checklist.requirement_findings import requirement_findings
from chatproof.checklist.target_findings import target_findings
from chatproof.checklist_facts import Box, BoxEvidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.checklist.definition import BoxDefinition
    from chatproof.run import Run

__all__ = ["ticked"]

_UNDECIDED = {"not_testable", "inconclusive", UNFIT}
_CHECK = "needs a check: `chatproof check`, then --evidence"
_LOAD = "needs a load that judges {}: `chatproof load`, then --evidence"


def ticked(definition: BoxDefinition, runs: Sequence[Run]) -> Box:
    """
    The box as the runs leave it.

    The first that holds: it is manual; something that it names is not met, or is declared beyond its bound: not
    ticked; something is waived: not ticked, with the waiver as the reason; part of it lies beyond what is seen, or
    something that it stands on is not claimed: not testable; something is undecided, or nobody judged what it stands
    on or a requirement beside it, as where a check was of some requirements alone: not judged; else it is ticked. Of
    several runs the worst verdict counts.
    """
    if definition.manual:
        return _box(definition, "manual", needs=definition.manual)
    items = _items(definition, runs)
    excess = _declared_too_high(definition, runs)
    said = tuple(dict.fromkeys([*excess, *(entry.evidence for item in items for entry in item.findings)]))
    state, reason, remedy, needs = _judged(definition, items, excess)
    return Box(
        id=definition.id,
        document=definition.document,
        section=definition.section,
        text=definition.text,
        translation=definition.translation,
        language=definition.language,
        state=state,
        reason=reason,
        remedy=remedy,
        needs=needs,
        evidence=said,
    )


def _judged(
    definition: BoxDefinition, items: Sequence[Item], excess: Sequence[BoxEvidence]
) -> tuple[str, str, str, str]:
    """State, reason, remedy and needs."""
    broken = [item for item in items if item.word == "not_met"]
    if broken or excess:
        reasons = [*(_why(item) for item in broken), *(entry.text for entry in excess)]
        remedies = _each(entry.remedy for item in broken for entry in item.counted)
        return "not_ticked", "; ".join(reasons), "\n".join(remedies) or definition.remedy, ""
    waived = [item for item in items if item.word == "waived"]
    if waived:
        remedy = "Mend what is waived, and delete the waiver."
        return "not_ticked", "; ".join(_why(item) for item in waived), remedy, ""
    unclaimed = [item for item in items if item.essential and item.word == "not_claimed"]
    if definition.beyond or unclaimed:
        needs = _each(entry.needs for item in unclaimed for entry in item.counted)
        reason = f"{_names(unclaimed)} not claimed" if unclaimed else "part of it is not seen from outside"
        return "not_testable", reason, "", "; ".join([*needs, *_each([definition.beyond])])
    undecided = [item for item in items if item.word in _UNDECIDED]
    missing = [item for item in items if item.word == ABSENT and (item.essential or not is_target(item.name))]
    if undecided or missing or not any(item.word == "met" for item in items):
        reasons = [*(_why(item) for item in undecided), *([f"no run judges {_names(missing)}"] if missing else [])]
        told = (entry.needs for item in undecided for entry in item.counted)
        needs = _each([*told, *(_missing(definition, item) for item in missing)])
        return "not_judged", "; ".join(reasons), "", "; ".join(needs)
    return "ticked", _remarks(definition, items), "", ""


def _items(definition: BoxDefinition, runs: Sequence[Run]) -> tuple[Item, ...]:
    """All that the box names, with what the runs say of it."""
    found = [_item(name, definition, runs, essential=True) for name in (*definition.requirements, *definition.targets)]
    return (*found, *(_item(name, definition, runs, essential=False) for name in definition.also))


def _item(name: str, definition: BoxDefinition, runs: Sequence[Run], *, essential: bool) -> Item:
    if not is_target(name):
        return Item(name=name, essential=essential, findings=requirement_findings(name, definition.profile, runs))
    findings = target_findings(
        name,
        definition.profile,
        runs,
        streams_at_once=definition.streams_at_once,
        needs=definition.needs,
        remedy=definition.remedy,
    )
    if essential and definition.capacity:
        findings += capacity_findings(definition.capacity, definition.profile, runs)
    return Item(name=name, essential=essential, findings=findings)


def _declared_too_high(definition: BoxDefinition, runs: Sequence[Run]) -> list[BoxEvidence]:
    """What the profile declares above the document's own number: then it is the smaller demand that was judged."""
    return [
        BoxEvidence(
            kind="target",
            name=f"{name} <= {most:g}s",
            profile=definition.profile,
            verdict="not_met",
            text=f"{name} is declared as {value:g} s, and the document says {most:g} s",
            run=place,
        )
        for name, most in definition.at_most.items()
        for place, run in enumerate(runs)
        if isinstance(value := run.settings.get("profiles", {}).get(definition.profile, {}).get(name), int | float)
        and value > most
    ]


def _why(item: Item) -> str:
    """Why an item does not tick, in one phrase; runs that contradict one another are named."""
    entry = item.counted[0].evidence
    name = entry.name if item.word != UNFIT else item.name
    text = f"{name}: {entry.text}"
    return f"{text} (the runs contradict one another: met in one, not in another)" if item.contradicted else text


def _missing(definition: BoxDefinition, item: Item) -> str:
    if not is_target(item.name):
        return _CHECK
    return definition.needs or _LOAD.format(item.name)


def _remarks(definition: BoxDefinition, items: Iterable[Item]) -> str:
    """What a tick does not say: what is not claimed or was not judged beside it."""
    beside = [item for item in items if not item.essential]
    unclaimed = [item for item in beside if item.word == "not_claimed"]
    absent = [item for item in beside if item.word == ABSENT]
    told = [f"not claimed: {_names(unclaimed)}" if unclaimed else "", f"not judged: {_names(absent)}" if absent else ""]
    return "; ".join(_each([*told, definition.remark, _for_one_profile(definition, items)]))


def _for_one_profile(definition: BoxDefinition, items: Iterable[Item]) -> str:
    """Of a box that speaks of every profile: for which ones its targets were judged, since not every one is loaded."""
    if definition.profile:
        return ""
    found = {entry.evidence.profile for item in items if is_target(item.name) for entry in item.counted}
    return f"its targets were judged for {' and '.join(sorted(found))}" if found else ""


def _names(items: Iterable[Item]) -> str:
    return " and ".join(item.name for item in items)


def _each(texts: Iterable[str]) -> list[str]:
    """Every text once, in order, without empty ones."""
    return [text for text in dict.fromkeys(texts) if text]


def _box(definition: BoxDefinition, state: str, *, needs: str) -> Box:
    return Box(
        id=definition.id,
        document=definition.document,
        section=definition.section,
        text=definition.text,
        translation=definition.translation,
        language=definition.language,
        state=state,
        needs=needs,
    )
