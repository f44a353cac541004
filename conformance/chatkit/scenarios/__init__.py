"""The scenarios of the profile chatkit."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

__all__ = ["SCENARIOS"]

SCENARIOS = ScenarioSet(profile="chatkit", control="turn", scenarios={})
