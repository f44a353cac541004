"""Scenarios: the things that `check` does to a backend, each once, and records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatproof.config import Config, ProfileSettings
    from chatproof.driver import Driver
    from chatproof.recording import Exchange

__all__ = ["CONTROL", "EVERY", "Cost", "Scenario", "ScenarioSet", "answered_turn"]

CONTROL = "control"
"""What requirements of all profiles call the scenario that must work before any other counts, whatever its name."""

EVERY = "*"
"""For requirements that look at every recorded answer."""

Run = Callable[["Driver"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """
    What a scenario sends and takes: requests and chat turns (which cost money) at the most.

    `seconds` is the longest that its limits let it last, `expected_seconds` what a backend in health takes.
    """

    requests: int = 1
    turns: int = 0
    seconds: float = 5.0
    expected_seconds: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    One thing done to a backend.

    `run` drives it. `means` are what the configuration must declare. `cost` is what it
    costs, for the plan, computed from the configuration, the profile's settings and the number of
    fuzzing examples. `alone`: it disturbs others, and runs by itself after them. `beside`: it uses instances of its own
    alone, and so disturbs nobody where these run beside the backend under test. `intrusive`: it fuzzes, trips rate
    limits or spends many turns; on a host other than loopback it runs only with `intrusive = true`.
    `slow`: it waits longer than 60 s and runs only with `--slow`. `last`: it runs after all others.
    """

    name: str
    run: Run
    cost: Callable[[Config, Any, int], Cost]
    means: tuple[str, ...] = ()
    alone: bool = False
    beside: bool = False
    intrusive: bool = False
    slow: Callable[[Any], bool] = field(default=lambda _settings: False)
    last: bool = False
    summary: str = ""


def answered_turn(exchange: Exchange) -> str:
    """Why a 2xx answer is no chat turn; empty where it is one."""
    if exchange.end.ours and exchange.end.name != "STILL_OPEN":
        return f"the answer did not end ({exchange.end.value} after {exchange.ended_ns / 1e9:.1f} s)"
    if not exchange.stream.events:
        return f"no event in the {len(exchange.body)} bytes of the answer"
    return ""


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """
    The scenarios of one profile by name.

    `control` names the one that must work before any other counts. `broken` says of its first answer, one with a 2xx,
    why it did not work (empty: it did); it is pure. `what` is what that scenario asks for, in words, and `keys` the
    keys of the profile's table that say where.
    """

    profile: str
    control: str
    scenarios: Mapping[str, Scenario]
    broken: Callable[[Exchange], str] = answered_turn
    what: str = "turn"
    keys: tuple[str, ...] = ("path",)

    @property
    def names(self) -> frozenset[str]:
        """The names that a requirement may use: those of the scenarios, `CONTROL` and `EVERY`."""
        return frozenset({*self.scenarios, CONTROL, EVERY})

    def resolve(self, names: Collection[str]) -> frozenset[str]:
        """The scenarios that such names stand for."""
        every = self.scenarios if EVERY in names else ()
        return frozenset(self.control if name == CONTROL else name for name in {*names, *every} - {EVERY})

    def settings_of(self, config: Config) -> ProfileSettings | None:
        """The declared settings of this profile."""
        return config.profiles.get(self.profile)
