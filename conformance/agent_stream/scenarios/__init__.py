"""The scenarios of the profile agent-stream."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

__all__ = ["SCENARIOS"]

SCENARIOS = ScenarioSet(profile="agent-stream", control="turn", scenarios={})
