"""The scenarios of the profile hybrid."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

__all__ = ["SCENARIOS"]

SCENARIOS = ScenarioSet(profile="hybrid", control="turn", scenarios={})
