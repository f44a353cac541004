"""The part of a run document that a production checklist fills: every box, and what ticks it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Box", "BoxEvidence", "ChecklistFacts", "EvidenceRun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxEvidence:
    """
    One thing that speaks for or against a box.

    `kind` is `requirement`, `target` or `capacity`; `name` an id, or a target as it is declared; `profile` the profile
    it was judged for. `verdict` is a word of verdicts, `text` what was seen in one sentence with its number of samples.
    `run` is the place of its run in `ChecklistFacts.runs`, from 0.
    """

    kind: str
    name: str
    profile: str
    verdict: str
    text: str
    run: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """
    One box of a document.

    `text` is the document's own, `translation` is English where that is in another language. `state` is `ticked`,
    `not_ticked` (`reason` and `remedy` say why and what to do), `not_judged` (`needs` says what would judge it),
    `not_testable` (`needs` says what it would take) or `manual` (the project's own work, which we never tick).
    `language` is that of `text` and `section` as HTML names it (`ru`), empty where it is not told.
    """

    id: str
    document: str
    section: str
    text: str
    state: str
    translation: str = ""
    reason: str = ""
    remedy: str = ""
    needs: str = ""
    evidence: tuple[BoxEvidence, ...] = ()
    language: str = ""

    @property
    def held_back_by_waivers(self) -> bool:
        """It is not ticked for waivers alone: such a box does not fail the checklist."""
        words = {entry.verdict for entry in self.evidence}
        return self.state == "not_ticked" and "waived" in words and "not_met" not in words


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRun:
    """A run whose results tick boxes: the checklist's own, or one given with `--evidence` (`file` is its name)."""

    command: str
    file: str
    started_at: str
    duration_seconds: float
    build: str
    fingerprint: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistFacts:
    """
    A production checklist.

    `boxes` are in the order of their documents. `left_out` are documents whose profile is not declared, each with the
    line that would declare it. `refused` are runs given as evidence that are not of this build and configuration, each
    with the reason.
    """

    boxes: tuple[Box, ...]
    runs: tuple[EvidenceRun, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many boxes of each state; all five keys are always there."""
        states = ("ticked", "not_ticked", "not_judged", "not_testable", "manual")
        return {state: sum(box.state == state for box in self.boxes) for state in states}
