"""The scenarios of the profile stream-chat."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

__all__ = ["SCENARIOS"]

SCENARIOS = ScenarioSet(profile="stream-chat", control="turn", scenarios={})
