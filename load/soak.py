"""Soak: streams that are meant to stay open for minutes, one after the other."""

from __future__ import annotations

from typing import Any, ClassVar

from chatproof.load.publishing import subscription_request
from chatproof.load.runtime import LoadUser, StreamReading
from chatproof.load.runtime.chat import turn_request
from chatproof.load.runtime.settings import SettingsError

__all__ = ["Soak"]


class Soak(LoadUser):
    """
    A user whose stream is planned to stay open for `stream_seconds`.

    On `ai-chat` it is the declared long turn, on `agent-stream` a subscription. A stream that lasts as long as planned
    has survived; we end it then, and the next begins after the pause. One that comes to its proper end before has not
    been seen for so long: it is censored, and the next begins at once, so that as many streams are open as there
    are users. Each of them is planned for the whole time from its own start; time is never added up over streams.
    """

    workload: ClassVar[str] = "soak"
    profiles: ClassVar[tuple[str, ...]] = ("ai-chat", "agent-stream")
    patient: ClassVar[bool] = False

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._short = False

    @classmethod
    def check(cls, settings: Any, profile: str) -> None:
        """Raises `SettingsError` where nothing is declared that stays open."""
        if profile == "ai-chat" and settings.long_turn is None:
            raise SettingsError(
                'soak needs a turn that stays open: declare `long_turn = { message = "Tell me a long story" }` under '
                "[profiles.ai-chat]"
            )

    def turn(self, scheduled_ns: int | None) -> None:
        """One stream."""
        seconds = self.plan.stream_seconds
        planned_ns = int(seconds * 1e9)
        if self.profile == "agent-stream":
            operation = "subscription"
            tags: tuple[str, ...] = ()
            request = subscription_request(self.settings, headers=self.headers(), keep_body=self.judges())
        else:
            memory = self.random.random() < self.plan.memory_share
            operation, tags = "turn", ("memory" if memory else "plain",)
            long = self.settings.long_turn
            request = turn_request(
                self, message=long.message, fields=long.fields, memory=memory, keep_body=self.judges()
            )
        sample = self.sample(operation, tags=tags, scheduled_ns=scheduled_ns, planned_ns=planned_ns)
        reading = StreamReading(sample, self.recorder, self.rules())
        self.stream(request, reading, limits=self.limits(total_seconds=seconds))
        self._short = sample.censored

    def pause_seconds(self) -> float:
        """None after a stream that was shorter than planned."""
        return 0.0 if self._short else super().pause_seconds()
