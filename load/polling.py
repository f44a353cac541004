"""Polling: each user asks for what is new at a fixed pace, with its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from chatproof.load.asking import request_to, settled_status
from chatproof.load.ledger import polled
from chatproof.load.runtime import LoadUser

if TYPE_CHECKING:
    from chatproof.load.client.exchange import Request

__all__ = ["Polling"]

_FIRST = "0"


class Polling(LoadUser):
    """A client that polls every `poll_interval_seconds`, counted from poll to poll, whatever a poll takes."""

    workload: ClassVar[str] = "polling"
    profiles: ClassVar[tuple[str, ...]] = ("hybrid",)
    open_loop: ClassVar[bool] = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._cursor = _FIRST
        self._due_ns: int | None = None

    def turn(self, scheduled_ns: int | None) -> None:
        """One poll; its answer must hold a list of events."""
        self._due_ns = (self.recorder.now_ns() if self._due_ns is None else self._due_ns) + self._interval_ns()
        sample = self.sample("poll", scheduled_ns=scheduled_ns)
        answer = self.call(self._request(), sample)
        sample.censored = answer.closed_by_us
        if settled_status(sample):
            fault, self._cursor = polled(answer.body, self.settings, cursor=self._cursor)
            sample.cause, sample.detail = ("invalid", fault) if fault else ("", "")
        self.recorder.finish(sample)

    def pause_seconds(self) -> float:
        """What is left of the interval; a poll that took longer is followed by the next at once."""
        now_ns = self.recorder.now_ns()
        self._due_ns = max(self._due_ns or now_ns, now_ns)
        return (self._due_ns - now_ns) / 1e9

    def _interval_ns(self) -> int:
        return int(self.plan.poll_interval_seconds * 1e9)

    def _request(self) -> Request:
        settings = self.settings
        query = urlencode(
            {
                settings.channels_parameter: settings.channel,
                settings.client_parameter: f"chatproof-{self.number}",
                settings.cursor_parameter: self._cursor,
            },
            safe=",",
        )
        separator = "&" if "?" in settings.path else "?"
        return request_to(
            f"{settings.path}{separator}{query}",
            headers=self.headers(),
            connection=f"polling-{self.number}" if self.plan.keep_alive else "",
        )
