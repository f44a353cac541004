"""What stands round a backend during a check: scripted upstreams behind it, and further instances of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from chatproof.failure import NotClaimed
from chatproof.means import MEANS

if TYPE_CHECKING:
    from chatproof.driver import Instance

__all__ = ["Call", "Launch", "Surroundings", "Upstream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    One request that an upstream got.

    `headers` have names in lower case, `body` is the parsed JSON (the text where it is none, None where empty),
    `at_ns` is `time.monotonic_ns()` when it came, `left_ns` when its client closed the connection before the answer
    was over (None: it did not), `status` what was answered.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    at_ns: int
    status: int
    left_ns: int | None = None


class Upstream(Protocol):
    """A stand-in for the service behind the backend, whose behaviour a scenario chooses."""

    @property
    def url(self) -> str:
        """Its base URL."""

    def behave(self, behaviour: str = "well", **options: Any) -> None:
        """From now on answers so (`well`: as the real one); forgets the calls so far. ValueError for an unknown one."""

    def calls(self) -> tuple[Call, ...]:
        """The requests since the last `behave`, in order."""


Launch: TypeAlias = Callable[["Mapping[str, str | None]"], AbstractAsyncContextManager["Instance"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The upstreams by profile, and what starts an instance with another environment."""

    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    launch: Launch | None = None

    def upstream(self, profile: str) -> Upstream:
        """The upstream of a profile; NotClaimed where there is none."""
        found = self.upstreams.get(profile)
        if found is None:
            means = MEANS["upstream"]
            raise NotClaimed(means.absence, declare=means.declare.replace("{profile}", profile))
        return found

    def instance(self, environment: Mapping[str, str | None]) -> AbstractAsyncContextManager[Instance]:
        """The backend with another environment; NotClaimed where nothing can start it."""
        if self.launch is None:
            raise NotClaimed(MEANS["command"].absence, declare=MEANS["command"].declare)
        return self.launch(environment)
