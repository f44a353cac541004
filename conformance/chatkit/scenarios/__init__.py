"""The scenarios of the profile chatkit."""

from __future__ import annotations

from chatproof.scenario import ScenarioSet

from . import control, hosted, instances, limits, server, sessions, sockets, streams, upstreams

__all__ = ["SCENARIOS"]

_ALL = (
    *control.SCENARIOS,
    *sessions.SCENARIOS,
    *limits.SCENARIOS,
    *upstreams.SCENARIOS,
    *instances.SCENARIOS,
    *streams.SCENARIOS,
    *sockets.SCENARIOS,
    *hosted.SCENARIOS,
    *server.SCENARIOS,
)

SCENARIOS = ScenarioSet(
    profile="chatkit",
    control="session",
    scenarios={scenario.name: scenario for scenario in _ALL},
    broken=control.broken,
    what="session",
    keys=("session_path", "server_path"),
)
