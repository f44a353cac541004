"""What a judge is given: the declared backend and the recordings, and nothing that could do I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable
from chatproof.scenario import CONTROL, EVERY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Backend, Config, ProfileSettings
    from chatproof.recording import Recording
    from chatproof.scenario import ScenarioSet

__all__ = ["Case"]


@dataclass(slots=True, kw_only=True)
class Case:
    """
    One profile of one backend, recorded.

    `case["turn"]` is the recording of that scenario, `case[CONTROL]` that of the profile's control. It raises
    `NotClaimed` or `NotTestable` where the scenario did not take place, so that a judge needs no branch for it.
    `seen` collects the names that were asked for: a judge that asked for none has seen nothing and cannot call
    anything met.
    """

    profile: str
    config: Config
    recordings: Mapping[str, Recording]
    scenario_set: ScenarioSet
    allowed: frozenset[str] | None = None
    seen: set[str] = field(default_factory=set)

    @property
    def control(self) -> str:
        """The name of the scenario that must work before any other counts."""
        return self.scenario_set.control

    @property
    def backend(self) -> Backend:
        """What `[backend]` declares."""
        return self.config.backend

    @property
    def settings(self) -> ProfileSettings:
        """What the profile's table declares."""
        return self.config.profiles[self.profile]

    def __getitem__(self, scenario: str) -> Recording:
        """The recording of a scenario that the requirement declares."""
        if self.allowed is not None and scenario not in self.allowed:
            msg = f"the judge asked for the scenario {scenario!r}, which its requirement does not declare"
            raise LookupError(msg)
        scenario = self.control if scenario == CONTROL else scenario
        found = self.recordings.get(scenario)
        if found is None:
            raise NotTestable(f"the scenario `{scenario}` was not recorded")
        if found.not_claimed:
            raise NotClaimed(found.not_claimed, declare=found.declare)
        if found.not_testable:
            raise NotTestable(found.not_testable)
        self.seen.add(scenario)
        return found

    def every(self) -> dict[str, Recording]:
        """Every recording that holds an answer, by scenario; for requirements that declare `EVERY`."""
        if self.allowed is not None and EVERY not in self.allowed:
            msg = "the judge asked for every scenario, which its requirement does not declare"
            raise LookupError(msg)
        found = {name: recording for name, recording in self.recordings.items() if recording.exchanges}
        self.seen.update(found)
        return found
