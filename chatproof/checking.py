"""One conformance check: which pairs are selected, their recordings, and the verdict of each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatproof.case import Case
from chatproof.config import ConfigError
from chatproof.har import load_folder, save_folder
from chatproof.judging import judge
from chatproof.loading import scenario_set
from chatproof.recorder import Job, plan, record_profiles
from chatproof.scenario import CONTROL
from chatproof.surroundings import Surroundings
from chatproof.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from chatproof.config import Config
    from chatproof.recorder import Plan
    from chatproof.recorder.events import Event
    from chatproof.recording import Recording
    from chatproof.requirement import Requirement
    from chatproof.scenario import ScenarioSet

__all__ = ["Check", "Options", "Pair"]

Pair = tuple["Requirement", str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    How a check is run.

    `max_seconds` bounds the recording as a whole; `replay` is a folder that holds `recordings/`.
    """

    strict: bool = False
    slow: bool = False
    fuzz_examples: int = 100
    max_seconds: float | None = None
    replay: Path | None = None


@dataclass(slots=True, kw_only=True)
class Check:
    """
    The state of one check, from selection over recordings to verdicts.

    `recordings` and `judgements` fill up as it goes; what an interruption leaves is still judged. `errors` are
    failures of chatproof itself.
    """

    config: Config
    options: Options
    surroundings: Surroundings = field(default_factory=Surroundings)
    pairs: list[Pair] = field(default_factory=list)
    not_selected: int = 0
    recordings: dict[str, dict[str, Recording]] = field(default_factory=dict)
    judgements: dict[tuple[str, str], Judgement] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    interrupted: bool = False
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float = field(default_factory=time.monotonic)
    _sets: dict[str, ScenarioSet] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day, in UTC, on which waivers must still hold: that of the check's start."""
        return self.started_at.date()

    def scenarios(self, profile: str) -> ScenarioSet:
        """The scenarios of a profile, loaded once."""
        if profile not in self._sets:
            self._sets[profile] = scenario_set(profile, self.config.own)
        return self._sets[profile]

    def pairs_of(self, requirements: Iterable[Requirement]) -> list[Pair]:
        """Every pair of a requirement and a declared profile that it holds for."""
        return [
            (requirement, profile)
            for requirement in requirements
            for profile in self.config.profiles
            if requirement.applies_to(profile, self.scenarios(profile).names)
        ]

    def needed(self, profile: str) -> frozenset[str]:
        """The scenarios that the selected requirements read for a profile, the control among them."""
        wanted = {name for requirement, other in self.pairs if other == profile for name in requirement.reads}
        known = self.scenarios(profile)
        return known.resolve({*(wanted & known.names), CONTROL}) if wanted else frozenset()

    def plans(self) -> dict[str, Plan]:
        """What would be sent, for each profile."""
        return {
            profile: plan(
                self.scenarios(profile),
                self.needed(profile),
                self.config,
                slow=self.options.slow,
                fuzz_examples=self.options.fuzz_examples,
            )
            for profile in self.config.profiles
        }

    def record(self, listener: Callable[[Event], None]) -> None:
        """
        Records what the selected requirements need, or loads it under `replay`.

        A `KeyboardInterrupt` is noted in `interrupted`, a defect of ours in `errors`; what was recorded until then
        stays. Raises ConfigError where the credential cannot be had; nothing was sent then.
        """
        if self.options.replay is not None:
            self.load(self.options.replay)
            return
        jobs = [
            Job(
                scenario_set=self.scenarios(profile),
                needed=self.needed(profile),
                into=self.recordings.setdefault(profile, {}),
            )
            for profile in self.config.profiles
        ]
        try:
            errors = asyncio.run(
                record_profiles(
                    jobs,
                    self.config,
                    slow=self.options.slow,
                    fuzz_examples=self.options.fuzz_examples,
                    max_seconds=self.options.max_seconds,
                    listener=listener,
                    surroundings=self.surroundings,
                )
            )
        except KeyboardInterrupt:
            self.interrupted = True
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - ours, and no reason to withhold what was recorded
            self.errors.append(f"the recorder broke: {type(error).__name__}: {error}")
        else:
            self.errors.extend(errors)

    def load(self, folder: Path) -> None:
        """Takes the recordings of a saved folder in place of new ones."""
        self.recordings = {profile: dict(found) for profile, found in load_folder(folder).recordings.items()}

    def save(self, folder: Path) -> None:
        """Writes the recordings, redacted, as HAR files beside the declared configuration."""
        save_folder(folder, self.recordings, self.config)

    def case(self, profile: str) -> Case:
        """What a judge is given of a profile: all that has been recorded so far."""
        return Case(
            profile=profile,
            config=self.config,
            recordings=self.recordings.get(profile, {}),
            scenario_set=self.scenarios(profile),
        )

    def judge(self, requirement: Requirement, profile: str) -> Judgement:
        """The verdict of one pair; a judge that breaks is an error of ours, never a verdict on the backend."""
        try:
            judgement = judge(requirement, self.case(profile))
        except Exception as error:  # noqa: BLE001 - whatever a judge raises is ours, and must not pass for a verdict
            trouble = f"the judge of {requirement.id} broke: {type(error).__name__}: {error}"
            self.errors.append(trouble)
            judgement = Judgement(verdict=Verdict.NOT_TESTABLE, reason=f"chatproof itself failed: {trouble}")
        self.judgements[requirement.id, profile] = judgement
        return judgement

    def judge_rest(self) -> Mapping[tuple[str, str], Judgement]:
        """Judges every selected pair that has no verdict yet, and returns all verdicts."""
        for requirement, profile in self.pairs:
            if (requirement.id, profile) not in self.judgements:
                self.judge(requirement, profile)
        return self.judgements
