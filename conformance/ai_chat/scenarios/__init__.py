"""The scenarios of the profile ai-chat."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

from . import browsers, credentials, environments, floods, rejections, sessions, turns

__all__ = ["SCENARIOS"]

_ALL = (
    *turns.SCENARIOS,
    *browsers.SCENARIOS,
    *credentials.SCENARIOS,
    *rejections.SCENARIOS,
    *sessions.SCENARIOS,
    *floods.SCENARIOS,
    *environments.SCENARIOS,
)

SCENARIOS = ScenarioSet(profile="ai-chat", control="turn", scenarios={scenario.name: scenario for scenario in _ALL})
