"""The scenarios of the profile hybrid."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

from ..polled import no_json
from . import messages, polls, routes, surroundings

__all__ = ["SCENARIOS"]

_ALL = (*polls.SCENARIOS, *messages.SCENARIOS, *routes.SCENARIOS, *surroundings.SCENARIOS)

SCENARIOS = ScenarioSet(
    profile="hybrid",
    control="poll",
    scenarios={scenario.name: scenario for scenario in _ALL},
    broken=no_json,
    what="poll",
)
