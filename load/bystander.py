"""Bystander: one user who asks at a slow, even rate, and feels what a load beside it does to others."""

from __future__ import annotations

from typing import ClassVar

from chatproof.load.asking import request_to, settled_status
from chatproof.load.runtime import LoadUser, StreamReading
from chatproof.load.runtime.chat import turn_request

__all__ = ["Bystander"]


class Bystander(LoadUser):
    """
    The one probe of a run: a request each `probe_interval_seconds`, as operation `probe`.

    On `ai-chat` it is a turn that is left at its first token. Elsewhere it is the health route, or the profile's own
    path where none is declared.
    """

    workload: ClassVar[str] = "bystander"
    profiles: ClassVar[tuple[str, ...]] = ("ai-chat", "agent-stream", "stream-chat", "chatkit", "hybrid")
    fixed_count: int = 1

    def turn(self, scheduled_ns: int | None) -> None:
        """One probe."""
        began_ns = self.recorder.now_ns()
        if self.profile == "ai-chat":
            request = turn_request(self)
            sample = self.sample("probe", scheduled_ns=scheduled_ns)
            self.stream(request, StreamReading(sample, self.recorder, self.rules(), leave_at_text=True))
        else:
            self._ask(scheduled_ns)
        self._next_ns = began_ns + int(self.plan.probe_interval_seconds * 1e9)

    def pause_seconds(self) -> float:
        """Until the next probe is due; at once where this one took longer."""
        return self.recorder.clock.until_seconds(self._next_ns)

    def _ask(self, scheduled_ns: int | None) -> None:
        path = getattr(self.settings, "health_path", "") or self.settings.path
        connection = f"probe-{self.number}" if self.plan.keep_alive else ""
        request = request_to(path, headers=self.headers(), connection=connection)
        sample = self.sample("probe", scheduled_ns=scheduled_ns)
        answer = self.call(request, sample)
        sample.censored = answer.closed_by_us
        settled_status(sample)
        self.recorder.finish(sample)

    _next_ns = 0
