"""What happens while a backend is recorded, as values for listeners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["ControlJudged", "Event", "ExchangeFinished", "Paused", "ScenarioFinished", "ScenarioStarted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStarted:
    """A scenario begins; `index` counts from 1 to `of`, over those that are run."""

    profile: str
    scenario: str
    index: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFinished:
    """An answer was recorded; `status` is None where none came."""

    profile: str
    scenario: str
    label: str
    status: int | None
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The backend answered 429, and we wait."""

    profile: str
    scenario: str
    label: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFinished:
    """A scenario is over; `note` says why it is not claimed or not testable, if so."""

    profile: str
    scenario: str
    seconds: float
    exchanges: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlJudged:
    """The control turn is over; where it did not work (`open` is False) nothing else is sent."""

    profile: str
    open: bool
    reason: str
    hint: str


Event: TypeAlias = ScenarioStarted | ExchangeFinished | Paused | ScenarioFinished | ControlJudged
