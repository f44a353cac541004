"""A workload for tests, given to Locust by path: the message of a turn says when the turn was due."""

from __future__ import annotations

from typing import ClassVar

from chatproof.load.runtime import LoadUser, StreamReading
from chatproof.load.runtime.chat import turn_request


class NumberedTurns(LoadUser):
    """So the backend can answer the same to the same scheduled start, whichever process made it."""

    workload: ClassVar[str] = "chat-turns"
    profiles: ClassVar[tuple[str, ...]] = ("ai-chat",)
    open_loop: ClassVar[bool] = True

    def turn(self, scheduled_ns: int | None) -> None:
        request = turn_request(self, message=str(scheduled_ns))
        sample = self.sample("turn", tags=("plain",), scheduled_ns=scheduled_ns)
        self.stream(request, StreamReading(sample, self.recorder, self.rules()))
