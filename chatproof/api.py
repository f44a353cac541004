"""
What requirements, scenarios and profiles of your own are made of.

`from chatproof.api import ...`: these names stay; all else in the package may change from one version to the next.
"""

from __future__ import annotations

from chatproof.case import Case
from chatproof.config import Config, Route, key
from chatproof.driver import Driver, Limits
from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.own import OwnProfile
from chatproof.recording import Exchange, Recording, Request, Response
from chatproof.requirement import Source, requirement
from chatproof.scenario import CONTROL, EVERY, Cost, Scenario, ScenarioSet
from chatproof.sse import Frame
from chatproof.verdict import Level

__all__ = [
    "CONTROL",
    "EVERY",
    "Case",
    "Config",
    "Cost",
    "Driver",
    "Exchange",
    "Failure",
    "Frame",
    "Level",
    "Limits",
    "NotClaimed",
    "NotTestable",
    "OwnProfile",
    "Recording",
    "Request",
    "Response",
    "Route",
    "Scenario",
    "ScenarioSet",
    "Source",
    "expect",
    "key",
    "requirement",
]
