"""The run document: everything one execution found out, as it is written to `run.json`."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the reader of run.json resolves the annotations
from dataclasses import dataclass, field
from typing import Any

from chatproof.capacity_facts import CapacityFacts  # noqa: TC001 - the reader of run.json resolves the annotations
from chatproof.checklist_facts import ChecklistFacts  # noqa: TC001 - the reader of run.json resolves the annotations
from chatproof.load_facts import (  # the reader of run.json resolves the annotations
    LoadFacts,  # noqa: TC001
    TargetVerdict,  # noqa: TC001
    Validity,  # noqa: TC001
)

__all__ = [
    "Evidence",
    "EvidenceFrame",
    "PlanSummary",
    "RequirementVerdict",
    "Run",
    "ScenarioSummary",
    "WaiverState",
]

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementVerdict:
    """The verdict of one requirement for one profile, with all that a report says about it."""

    requirement: str
    level: str
    profile: str
    verdict: str
    clause: str
    statement: str
    why: str = ""
    sources: tuple[Mapping[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    reason: str = ""
    declare: str = ""
    found: str = ""
    expected: str = ""
    remedy: str = ""
    evidence: str = ""
    offset: int | None = None
    curl: str = ""
    waiver: Mapping[str, str] | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFrame:
    """
    One mark on an exchange's time line.

    `kind` is `event`, `comment`, `silent`, `violation` or `data` (bytes of a body that is no stream);
    `name` the event's type or the violation's rule; `text` an excerpt; `at_seconds` since the last byte of the request.
    """

    at_seconds: float
    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One exchange as a report shows it: redacted, excerpts only. `frames_left_out` counts what was cut."""

    profile: str
    scenario: str
    label: str
    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: str
    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    head_seconds: float | None
    frames: tuple[EvidenceFrame, ...]
    frames_left_out: int
    body_bytes: int
    end: str
    ended_seconds: float
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSummary:
    """One recorded scenario: what it sent, how long it took, where its recording lies (relative to run.json)."""

    profile: str
    scenario: str
    exchanges: int
    seconds: float
    file: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """What was announced before anything was sent: upper bounds, and the time that a backend in health takes."""

    requests: int
    turns: int
    seconds: float
    expected_seconds: float
    longest: str
    scenarios: int
    left_out: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverState:
    """
    What became of a waiver: `used`, `stale`, `expired`, `unmatched` or `not_judged`.

    All but the first and the last fail the run.
    """

    requirement: str
    profile: str
    state: str
    message: str
    line: int
    origin: str
    owner: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    One execution of a command that judges.

    `verdicts` holds exactly one entry for every selected pair of requirement and profile; the
    pairs left out by selectors are counted in `not_selected`. `evidence` is keyed by
    `profile/scenario/label`. `gate` maps a profile to why its control turn did not work (absent
    where it did). `crash` is the traceback's last line where chatproof itself failed. `validity`, `targets` and `load`
    are those of a load run. `build` names what was under test (empty: not told), `settings` is the configuration that
    two runs must share to be compared, and `fingerprint` stands for it. `capacity` and `checklist` are what those
    commands found out.
    """

    command: str
    version: str
    started_at: str
    duration_seconds: float
    backend: Mapping[str, Any]
    profiles: tuple[str, ...]
    strict: bool
    interrupted: bool
    exit_code: int
    exit_reason: str
    verdicts: tuple[RequirementVerdict, ...]
    not_selected: int
    plan: PlanSummary | None = None
    scenarios: tuple[ScenarioSummary, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    waivers: tuple[WaiverState, ...] = ()
    gate: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    validity: Validity | None = None
    targets: tuple[TargetVerdict, ...] = ()
    load: LoadFacts | None = None
    capacity: CapacityFacts | None = None
    checklist: ChecklistFacts | None = None
    build: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    crash: str = ""
    schema_version: int = SCHEMA_VERSION

    @property
    def counts(self) -> dict[str, int]:
        """How many verdicts of each kind, in the order of the words; all five keys are always there."""
        words = ("met", "not_met", "waived", "not_claimed", "not_testable")
        return {word: sum(entry.verdict == word for entry in self.verdicts) for word in words}
