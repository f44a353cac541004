"""The outcome of a search in one word and one sentence, and the figures that it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.capacity.search import bracket_of

if TYPE_CHECKING:
    from chatproof.capacity.scale import Scale
    from chatproof.capacity.seeking import Sought
    from chatproof.capacity.weighing import Weighed

__all__ = ["OF_GENERATOR", "Outcome", "amount", "deciding", "outcome_of"]

OF_GENERATOR = "the generator was the bottleneck: "
"""How the reason of a rung without verdict begins."""

_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The word of `CapacityFacts.outcome` with its sentence; `holds` and `breaks` are the bracket, None for no end."""

    word: str
    sentence: str
    holds: float | None
    breaks: float | None


def outcome_of(sought: Sought, scale: Scale) -> Outcome:
    """What a search has come to, in words."""
    ended = sought.ended
    bracket = ended.bracket if ended is not None else bracket_of(sought.heard)
    low, high = bracket.holds, bracket.breaks
    word = "unfinished" if ended is None else ended.outcome
    hold = f"{amount(low, scale)} {_verb('hold', low)} within every target" if low is not None else ""
    why = f": {_why(sought.rungs, high)}" if high is not None else ""
    breaks = f"{amount(high, scale)} {_not(sought.rungs, high)}"
    match word:
        case "found":
            sentence = f"{hold}; {breaks}{why}."
        case "no_failure_in_range":
            sentence = f"At least {hold}: that is the highest level that was tested."
        case "no_pass_in_range":
            sentence = f"Nothing in the range holds: {breaks}{why}."
        case "generator_was_the_limit":
            at = ended.not_judged if ended is not None else None
            limit = f"at {amount(at, scale)} the load generator was the bottleneck ({_why(sought.rungs, at)})"
            sentence = f"At least {hold}; {limit}." if hold else f"Nothing is known: {limit}."
        case _:
            known = [part for part in (hold, high is not None and f"{breaks}{why}") if part]
            so_far = f"So far {', and '.join(known)}." if known else "So far nothing is known."
            sentence = f"The search did not come to its end: {sought.reason or sought.crash or 'unknown'}. {so_far}"
    return Outcome(word=word, sentence=sentence, holds=low, breaks=high)


def deciding(rungs: list[Weighed], level: float | None, verdicts: tuple[str, ...]) -> list[Weighed]:
    """The rungs of a level with one of these verdicts, the one with most samples first."""
    found = [entry for entry in rungs if entry.rung.level == level and entry.rung.verdict in verdicts]
    return sorted(found, key=lambda entry: -entry.rung.samples)


def amount(level: float | None, scale: Scale) -> str:
    """`60 streams`, `1 stream`, `12.5 turns/s`."""
    if level is None:
        return f"no {scale.unit}"
    number = f"{level:,.0f}" if level >= _MANY else f"{level:g}"
    return f"{number} {scale.unit.removesuffix('s') if level == 1 and not scale.rate else scale.unit}"


def _verb(verb: str, level: float | None) -> str:
    return {"hold": "holds", "do": "does"}[verb] if level == 1 else verb


def _not(rungs: list[Weighed], high: float | None) -> str:
    """That a level does not hold, or only that it was never shown to."""
    if deciding(rungs, high, ("breaks",)) or not deciding(rungs, high, ("unclear",)):
        return f"{_verb('do', high)} not"
    return f"{'was' if high == 1 else 'were'} not shown to"


def _why(rungs: list[Weighed], level: float | None) -> str:
    """The reason of the rung that shows best what went wrong at a level."""
    found = deciding(rungs, level, ("breaks",)) or deciding(rungs, level, ("unclear",))
    found = found or deciding(rungs, level, ("invalid",))
    reason = found[0].rung.reason if found else "no reason is known"
    return reason.removeprefix(OF_GENERATOR)
