"""What will be sent, before anything is: upper bounds, the expected time, and what is left out with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.means import is_loopback, undeclared
from chatproof.recorder.pace import requests_per_second
from chatproof.run import PlanSummary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chatproof.config import Config
    from chatproof.scenario import Cost, Scenario, ScenarioSet

__all__ = ["LeftOut", "Plan", "Planned", "plan", "summary_of"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A scenario that is not run: why, and what would have to be declared."""

    scenario: str
    reason: str
    declare: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A scenario that is run, and the most that it costs."""

    scenario: Scenario
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What is run for one profile, in four steps: the control, then `together` side by side (and from now on, `beside`
    everything else, those that use instances of their own), then `alone` and
    at the end `last` one by one. Numbers are upper bounds, but for the expected time. `paced_seconds` is what the
    requests that run side by side take at `max_rps`.
    """

    profile: str
    control: Planned | None
    together: tuple[Planned, ...]
    beside: tuple[Planned, ...]
    alone: tuple[Planned, ...]
    last: tuple[Planned, ...]
    left_out: tuple[LeftOut, ...]
    paced_seconds: float = 0.0

    @property
    def scenarios(self) -> tuple[Planned, ...]:
        """All that are run, in order."""
        first = () if self.control is None else (self.control,)
        return (*first, *self.together, *self.beside, *self.alone, *self.last)

    @property
    def requests(self) -> int:
        """Requests in all, repetitions after a 429 not counted."""
        return sum(planned.cost.requests for planned in self.scenarios)

    @property
    def turns(self) -> int:
        """Chat turns among them."""
        return sum(planned.cost.turns for planned in self.scenarios)

    @property
    def seconds(self) -> float:
        """The time that it takes at the most."""
        control = self.control.cost.seconds if self.control else 0.0
        together = max((planned.cost.seconds for planned in (*self.together, *self.beside)), default=0.0)
        alone = sum(planned.cost.seconds for planned in (*self.alone, *self.last))
        return control + together + self.paced_seconds + alone

    @property
    def expected_seconds(self) -> float:
        """The time that it takes with a backend in health: by its steps, or by the pace of its requests."""
        control = self.control.cost.expected_seconds if self.control else 0.0
        together = max((planned.cost.expected_seconds for planned in (*self.together, *self.beside)), default=0.0)
        alone = sum(planned.cost.expected_seconds for planned in (*self.alone, *self.last))
        return control + max(together, self.paced_seconds) + alone

    @property
    def longest(self) -> str:
        """The scenario that is expected to take longest; empty where none is run."""
        longest = _longest(self.scenarios)
        return longest.scenario.name if longest else ""

    def summary(self) -> PlanSummary:
        """The plan as it stands in a run document."""
        return summary_of([self])


def summary_of(plans: Iterable[Plan]) -> PlanSummary:
    """The plans of several profiles, recorded one after another, as one summary."""
    known = list(plans)
    planned = [entry for plan in known for entry in plan.scenarios]
    longest = _longest(planned)
    return PlanSummary(
        requests=sum(plan.requests for plan in known),
        turns=sum(plan.turns for plan in known),
        seconds=sum(plan.seconds for plan in known),
        expected_seconds=sum(plan.expected_seconds for plan in known),
        longest=longest.scenario.name if longest else "",
        scenarios=len(planned),
        left_out=tuple(
            {"profile": plan.profile, "scenario": left.scenario, "reason": left.reason, "declare": left.declare}
            for plan in known
            for left in plan.left_out
        ),
    )


def plan(scenario_set: ScenarioSet, needed: Collection[str], config: Config, *, slow: bool, fuzz_examples: int) -> Plan:
    """
    The plan for the scenarios that are needed, and the control; nothing needed, nothing planned.

    Pure. KeyError for a scenario that the set does not hold, ValueError for a profile that is not declared.
    """
    settings = scenario_set.settings_of(config)
    if settings is None:
        msg = f"the profile {scenario_set.profile!r} is not declared"
        raise ValueError(msg)
    names = {*needed, scenario_set.control} if needed else set()
    left_out: list[LeftOut] = []
    planned: list[Planned] = []
    for name in sorted(names):
        scenario = scenario_set.scenarios[name]
        left = _left_out(scenario, config, scenario_set.profile, slow=slow)
        if left is not None:
            left_out.append(left)
        else:
            planned.append(Planned(scenario, scenario.cost(config, settings, fuzz_examples)))
    # The longest first: what waits for a free place should be what is soon over.
    planned.sort(key=lambda entry: (-entry.cost.expected_seconds, -entry.cost.seconds, entry.scenario.name))
    control = next((entry for entry in planned if entry.scenario.name == scenario_set.control), None)
    rest = [entry for entry in planned if entry is not control]
    together = tuple(entry for entry in rest if _kind(entry.scenario, config) == "together")
    return Plan(
        profile=scenario_set.profile,
        control=control,
        together=together,
        beside=tuple(entry for entry in rest if _kind(entry.scenario, config) == "beside"),
        alone=tuple(entry for entry in rest if _kind(entry.scenario, config) == "alone"),
        last=tuple(entry for entry in rest if _kind(entry.scenario, config) == "last"),
        left_out=tuple(left_out),
        paced_seconds=sum(entry.cost.requests for entry in together) / requests_per_second(config.backend),
    )


def _kind(scenario: Scenario, config: Config) -> str:
    """Which step of a plan a scenario belongs to, by the name of its field."""
    if scenario.last:
        return "last"
    if scenario.beside:
        return "beside" if config.backend.port_variable else "alone"
    return "alone" if scenario.alone else "together"


def _longest(planned: Iterable[Planned]) -> Planned | None:
    return max(planned, key=lambda entry: entry.cost.expected_seconds, default=None)


def _left_out(scenario: Scenario, config: Config, profile: str, *, slow: bool) -> LeftOut | None:
    missing = undeclared(scenario.means, config, profile)
    if missing is not None:
        return LeftOut(scenario.name, missing.reason, missing.declare)
    if scenario.intrusive and not config.backend.intrusive and not is_loopback(config.backend.url):
        reason = (
            f"`{scenario.name}` fuzzes, trips rate limits or spends many turns, and the backend is not on this machine"
        )
        return LeftOut(scenario.name, reason, "intrusive = true  # in [backend]")
    if scenario.slow(config.profiles[profile]) and not slow:
        return LeftOut(scenario.name, f"`{scenario.name}` waits longer than 60 s; `--slow` runs it", "")
    return None
