"""Chat turns: a short question and its streamed answer, with and without memory, and a pause."""

from __future__ import annotations

from typing import ClassVar

from chatproof.load.runtime import LoadUser, StreamReading
from chatproof.load.runtime.chat import turn_request

__all__ = ["ChatTurns"]


class ChatTurns(LoadUser):
    """
    A person who asks, reads the answer, and thinks; each turn is in a session of its own.

    The share `memory_share` of the turns asks for memory (tag `memory`), the others do not (tag `plain`).
    """

    workload: ClassVar[str] = "chat-turns"
    profiles: ClassVar[tuple[str, ...]] = ("ai-chat",)
    open_loop: ClassVar[bool] = True

    def turn(self, scheduled_ns: int | None) -> None:
        """One turn."""
        memory = self.random.random() < self.plan.memory_share
        request = turn_request(self, memory=memory, keep_body=self.judges())
        sample = self.sample("turn", tags=("memory" if memory else "plain",), scheduled_ns=scheduled_ns)
        self.stream(request, StreamReading(sample, self.recorder, self.rules()))
