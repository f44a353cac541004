"""What a capacity run came to, in words that every report of it shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chatproof.capacity_model.planning import turn_noun
from chatproof.exit_code import ExitCode

from ..quantity import exact, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.capacity_facts import CapacityFacts, Rung
    from chatproof.run import Run

__all__ = [
    "TONES",
    "capacity_facts",
    "headline",
    "key_rows",
    "level",
    "limited_by",
    "notices",
    "outcome_word",
    "reached",
    "rung_class",
    "said",
    "tone",
]

_WORDS: Mapping[str, str] = {
    "found": "found",
    "no_failure_in_range": "no failure in range",
    "no_pass_in_range": "no pass in range",
    "generator_was_the_limit": "generator was the limit",
    "unfinished": "unfinished",
}
TONES: Mapping[int, str] = {int(ExitCode.MET): "met", int(ExitCode.NOT_MET): "not_met"}
_RUNGS: Mapping[str, str] = {"holds": "met", "breaks": "not_met", "unclear": "inconclusive"}
_COUNTED = ("streams", "subscribers")


def capacity_facts(run: Run) -> CapacityFacts:
    """What a capacity run found out; TypeError for any other run."""
    if run.capacity is None:
        raise TypeError(f"a run of {run.command!r} holds no capacity")
    return run.capacity


def outcome_word(facts: CapacityFacts) -> str:
    """The outcome as people write it: `no failure in range`."""
    return _WORDS.get(facts.outcome, facts.outcome)


def tone(run: Run) -> str:
    """The class that colours the outcome, from the exit code."""
    return TONES.get(run.exit_code, "inconclusive")


def rung_class(rung: Rung) -> str:
    """The class that colours the verdict of a rung."""
    return _RUNGS.get(rung.verdict, "not_claimed")


def level(value: float | None, unit: str) -> str:
    """A load with its unit: `60 streams`, `1 stream`, `12.5 turns/s`; `none` where there is none."""
    if value is None or not math.isfinite(value):
        return "none"
    noun = unit.removesuffix("s") if value == 1 and unit in _COUNTED else unit
    return f"{quantity(value, '1')} {noun}"


def headline(facts: CapacityFacts) -> str:
    """The outcome in one phrase: how much load, and how far that may be trusted."""
    held = level(facts.capacity, facts.unit)
    bound = f"at least {held}" if facts.capacity is not None else "nothing is known to hold"
    phrases = {
        "found": f"{held[:1].upper()}{held[1:]} within every target",
        "no_failure_in_range": f"{bound[:1].upper()}{bound[1:]}: nothing broke in range",
        "no_pass_in_range": "No load that was tested holds its targets",
        "generator_was_the_limit": f"The generator was the limit: {bound}",
        "unfinished": f"Unfinished: {bound}",
    }
    asked = f"; {level(facts.at_least, facts.unit)} were asked for" if reached(facts) is False else ""
    return phrases.get(facts.outcome, f"{outcome_word(facts)}: {bound}") + asked


def said(run: Run) -> str:
    """The outcome in full sentences with the exit code; the reason for the code only where it says more."""
    sentence, reason = capacity_facts(run).sentence.strip(), run.exit_reason.strip().rstrip(".")
    code = f"Exit code {run.exit_code}."
    more = "" if not reason or reason in sentence else f"Exit code {run.exit_code}: {reason}."
    return " ".join(part for part in (sentence, more or code) if part)


def reached(facts: CapacityFacts) -> bool | None:
    """Whether so many as the user asked for were shown to hold; None where nothing was asked."""
    if facts.at_least is None:
        return None
    return facts.capacity is not None and facts.capacity >= facts.at_least


def limited_by(facts: CapacityFacts) -> str:
    """The targets that broke first; empty where none did."""
    return ", ".join(facts.limiting)


def key_rows(facts: CapacityFacts) -> list[tuple[str, str]]:
    """The figures that matter as (name, text), only those that are known."""
    asked = reached(facts)
    highest = level(facts.capacity, facts.unit)
    stream = facts.unit.removesuffix("s") if facts.unit in _COUNTED else turn_noun(facts.unit)
    rows = [
        ("capacity", f"at least {highest}" if facts.outcome != "found" and facts.capacity is not None else highest),
        ("breaks at", "" if facts.breaks_at is None else level(facts.breaks_at, facts.unit)),
        ("tested to", level(facts.tested_to, facts.unit)),
        ("limited by", limited_by(facts)),
        ("recommended", _recommended(facts)),
        (
            "asked for",
            f"{level(facts.at_least, facts.unit)}: {'reached' if asked else 'not reached'}"
            if asked is not None
            else "",
        ),
        (f"bytes per {stream}", "" if facts.bytes_per_stream is None else quantity(facts.bytes_per_stream, "B")),
        (f"cost per {stream}", "" if facts.cost_per_stream is None else quantity(facts.cost_per_stream, "USD")),
        ("rungs", f"{len(facts.rungs)}"),
    ]
    return [(name, text) for name, text in rows if text]


def _recommended(facts: CapacityFacts) -> str:
    if facts.recommended is None:
        return ""
    return f"{level(facts.recommended, facts.unit)} (headroom {exact(round(100 * facts.headroom, 1), '%')})"


def notices(run: Run) -> list[str]:
    """What the reader must know beside the outcome, most important first."""
    facts = capacity_facts(run)
    found = []
    if run.crash:
        found.append(f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        found.append("The run was interrupted: what had been measured by then is judged.")
    if not facts.rungs:
        found.append("No rung was judged: nothing was measured.")
    return found
