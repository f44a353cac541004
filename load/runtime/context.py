"""One run as the load users of a process see it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Protocol

from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.load_plan import Plan

    from ..client.streams import StreamClient
    from .arrivals import Arrivals
    from .budget import Budget
    from .credentials import Credentials
    from .recorder import Recorder

__all__ = ["Closeable", "RunContext"]

_LATE_NUMBERS = 1_000_000


class Closeable(Protocol):
    """A connection beside those of the stream client."""

    def close(self) -> None:
        """Ends it."""


class RunContext:
    """
    What the users of one process share during one run.

    `worker` of `workers` is this process's place. `busy` counts turns under way. `stopping` is set when nothing more
    may start; `leave` holds what is set then to wake whoever waits, `slow` the connections that are not the client's.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        config: Config,
        recorder: Recorder,
        streams: StreamClient,
        credentials: Credentials,
        budget: Budget,
        arrivals: Arrivals | None = None,
        worker: int = 0,
        workers: int = 1,
    ) -> None:
        self.plan = plan
        self.config = config
        self.recorder = recorder
        self.streams = streams
        self.credentials = credentials
        self.budget = budget
        self.arrivals = arrivals
        self.worker = worker
        self.workers = workers
        self.busy = 0
        self.failure = ""
        self.stopping = Event()
        self.leave: set[Event] = set()
        self.slow: set[Closeable] = set()
        self._users = 0
        self._slot = 0.0
        self._random = random.Random(f"{plan.seed}/starts/{worker}")  # noqa: S311 - reproducible load

    def next_number(self) -> int:
        """The number of a new user, never given twice: without gaps over all processes while each makes as many."""
        self._users += 1
        if self.worker >= self.workers:  # it came when the places were taken
            return self.worker * _LATE_NUMBERS + self._users
        return (self._users - 1) * self.workers + self.worker

    def settings_of(self, profile: str) -> Any:
        """The declared settings of a profile; None where it is not configured."""
        return self.config.profiles.get(profile)

    def start_slot_seconds(self, now: float) -> float:
        """
        How long a user that is spawned now waits before its first turn.

        Locust spawns the users of a second all at once: here they start one after the other at the spawn rate, and
        workers in turn; with stages they are spread over the second by chance.
        """
        if self.plan.stages:
            return self._random.random()
        distance = self.workers / max(self.plan.spawn_rate, 1e-3)
        slot = max(now + distance * self.worker / self.workers, self._slot)
        self._slot = slot + distance
        return min(slot - now, 1.0)

    def stop(self) -> None:
        """Nothing more starts, and whoever waits is woken."""
        self.stopping.set()
        self.budget.over = True
        if self.arrivals is not None:
            self.arrivals.end()
        for event in tuple(self.leave):
            event.set()
        for connection in tuple(self.slow):
            connection.close()
