"""Client aborts: users who leave in mid-answer, and users who stop reading for a while, beside others who stay."""

from __future__ import annotations

from typing import ClassVar

from chatproof.load.runtime import LoadUser, StreamReading
from chatproof.load.runtime.chat import turn_request
from chatproof.load.runtime.slow_reader import read_slowly

__all__ = ["ClientAborts"]

_MOST_TOKENS = 5
_PAUSE_SECONDS = (1.0, 5.0)


class ClientAborts(LoadUser):
    """
    A person who may not stay for the whole answer.

    The share `abort_share` of the turns is left after one to five tokens: those samples are aborted, neither good nor
    bad. The share `slow_share` reads nothing for 1 to 5 s after the first bytes (tag `slow`): they are aborted too,
    since what they see is late by their own doing. All others are ordinary turns, and show whether they are disturbed.
    """

    workload: ClassVar[str] = "client-aborts"
    profiles: ClassVar[tuple[str, ...]] = ("ai-chat",)
    open_loop: ClassVar[bool] = True

    def turn(self, scheduled_ns: int | None) -> None:
        """One turn."""
        memory = self.random.random() < self.plan.memory_share
        kind, tag = self.random.random(), "memory" if memory else "plain"
        leave_after = self.random.randint(1, _MOST_TOKENS)
        pause_seconds = self.random.uniform(*_PAUSE_SECONDS)
        request = turn_request(self, memory=memory)
        if kind < self.plan.slow_share:
            sample = self.sample("turn", tags=(tag, "slow"), scheduled_ns=scheduled_ns)
            read_slowly(self, request, sample, pause_seconds=pause_seconds)
            return
        leaves = kind < self.plan.slow_share + self.plan.abort_share
        sample = self.sample("turn", tags=(tag,), scheduled_ns=scheduled_ns)
        reading = StreamReading(sample, self.recorder, self.rules(), leave_after=leave_after if leaves else 0)
        self.stream(request, reading)
