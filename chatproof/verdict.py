"""The five verdicts of a requirement, and the judgement that carries one with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Judgement", "Level", "Verdict"]


class Level(StrEnum):
    """How much a requirement weighs: a MUST fails the run, a SHOULD under `--strict`, a MAY never."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Verdict(StrEnum):
    """What is known of a requirement after a run."""

    MET = "met"
    NOT_MET = "not_met"
    WAIVED = "waived"
    NOT_CLAIMED = "not_claimed"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """
    A verdict and what it rests on.

    `reason` says why there is no plain verdict (not claimed, not testable, waived); `declare` is
    the line of configuration that would claim it. `found`, `expected`, `curl` and `evidence` (a
    key `scenario/label` of the run document's evidence) are set where something was not met,
    `offset` is the byte of the body that shows it.
    """

    verdict: Verdict
    reason: str = ""
    declare: str = ""
    found: str = ""
    expected: str = ""
    remedy: str = ""
    evidence: str = ""
    offset: int | None = None
    curl: str = ""
    seconds: float = 0.0
