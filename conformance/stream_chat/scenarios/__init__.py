"""The scenarios of the profile stream-chat."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

from ...common.browsers import browser_scenarios
from ...common.credentials import credential_scenarios
from ..requests import ask, broken, issues
from . import channels, instances, tokens, upstreams, webhooks

__all__ = ["SCENARIOS"]

_ALL = (
    *tokens.SCENARIOS,
    *browser_scenarios(ask, issues=issues),
    *credential_scenarios(lambda driver, credential: ask(driver, credential=credential), issues=issues),
    *channels.SCENARIOS,
    *webhooks.SCENARIOS,
    *upstreams.SCENARIOS,
    *instances.SCENARIOS,
)

SCENARIOS = ScenarioSet(
    profile="stream-chat",
    control="token",
    scenarios={scenario.name: scenario for scenario in _ALL},
    broken=broken,
    what="request for a token",
    keys=("path", "method"),
)
