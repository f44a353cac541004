"""What a history tells of past runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["History", "PastCapacity", "PastFigure", "PastRun", "PastTarget", "PastVerdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVerdict:
    """The verdict of one requirement for one profile."""

    profile: str
    requirement: str
    level: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTarget:
    """The verdict of one target with what was found, as `chatproof.load_facts.TargetVerdict` says it."""

    profile: str
    target: str
    metric: str
    tag: str
    statistic: str
    comparison: str
    limit: float
    unit: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFigure:
    """One statistic of a metric in `unit`; `value` is None where it is infinite, `statistic` empty for a share."""

    metric: str
    tag: str
    statistic: str
    value: float | None
    unit: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCapacity:
    """What a capacity run found, as `chatproof.capacity_facts.CapacityFacts` says it."""

    unit: str
    outcome: str
    capacity: float | None
    breaks_at: float | None
    recommended: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """
    One run: `digest` stands for its run document.

    `valid` is None where there was no load to be valid. `plan` stands for what a load did (12 hexadecimal digits,
    empty where there was none). `counts` and `checklist` map words to numbers; the latter is empty for other commands.
    """

    digest: str
    started_at: str
    command: str
    version: str
    build: str
    fingerprint: str
    workload: str
    plan: str
    url: str
    environment: str
    profiles: tuple[str, ...]
    exit_code: int
    exit_reason: str
    duration_seconds: float
    valid: bool | None
    counts: Mapping[str, int]
    verdicts: tuple[PastVerdict, ...] = ()
    targets: tuple[PastTarget, ...] = ()
    figures: tuple[PastFigure, ...] = ()
    checklist: Mapping[str, int] = field(default_factory=dict)
    capacity: PastCapacity | None = None

    @property
    def settings(self) -> str:
        """
        What two runs must share for their figures to be compared; empty where that is not known.

        The command, the profiles, the fingerprint of the configuration, and the plan of the load.
        """
        if not self.fingerprint:
            return ""
        return " ".join((self.command, *self.profiles, self.fingerprint, self.plan))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Past runs, the oldest first: the last of `of` that are of the commands and profiles asked for."""

    file: str
    runs: tuple[PastRun, ...]
    of: int
    command: str = ""
    profile: str = ""
