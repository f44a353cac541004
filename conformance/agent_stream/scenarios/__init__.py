"""The scenarios of the profile agent-stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.scenario import ScenarioSet

from . import deliveries, subscriptions

if TYPE_CHECKING:
    from chatproof.recording import Exchange

__all__ = ["SCENARIOS"]


def _no_stream(exchange: Exchange) -> str:
    """A subscription is one whether or not it has been left, and also where nothing was said on it."""
    kind = exchange.response.media_type if exchange.response else ""
    return "" if exchange.is_stream else f"the answer is {kind or 'of no media type'}, and no event stream"


_ALL = (*subscriptions.SCENARIOS, *deliveries.SCENARIOS)

SCENARIOS = ScenarioSet(
    profile="agent-stream",
    control="turn",
    scenarios={scenario.name: scenario for scenario in _ALL},
    broken=_no_stream,
    what="subscription",
)
