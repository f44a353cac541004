"""The messages between the process that leads a run and its workers, sent as Locust's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.load_plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DRAIN", "HELLO", "LINES", "RUN", "STOP", "plan_in", "run_message"]

HELLO = "chatproof_hello"
"""A worker is ready to be told of a run that may be under way."""

RUN = "chatproof_run"
"""The run begins: its plan with its zero, the worker's place, the backend's URL. No secret is sent."""

LINES = "chatproof_lines"
"""Records of a worker as lines, and the facts of `ProcessRun.send`."""

DRAIN = "chatproof_drain"
"""Nothing more may start; what is under way may end."""

STOP = "chatproof_stop"
"""The run is over: end it, and send what is left."""


def run_message(plan: Plan, *, worker: int, workers: int, url: str) -> dict[str, Any]:
    """What a worker is told of a run: it is the one of this place, from 0, among so many."""
    return {"plan": plan.to_json(), "worker": worker, "workers": workers, "url": url}


def plan_in(message: Mapping[str, Any]) -> Plan:
    """The plan of such a message."""
    return Plan.from_json(message["plan"])
