"""A subscription to one agent: its request, and the reading that tells a ledger what arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from ..asking import request_to
from ..ledger import nonce_in
from ..runtime.reading import StreamReading

if TYPE_CHECKING:
    from chatproof.config import AgentStream
    from chatproof.samples.records import Sample

    from ..client.exchange import Request
    from ..ledger import Nonce
    from ..runtime.recorder import Recorder
    from ..runtime.rules import Rules

__all__ = ["Hearing", "SubscriptionReading", "subscription_request"]


class Hearing(Protocol):
    """Hears what a subscription brings; times are those of the run. Each returns True to have the stream closed."""

    def head(self, at_ns: int) -> bool:
        """A head with status 200 has come."""

    def frame(self, at_ns: int) -> bool:
        """A frame has come, of whatever kind."""

    def message(self, nonce: Nonce, identifier: bytes, at_ns: int) -> bool:
        """A message with a mark has come."""


class SubscriptionReading(StreamReading):
    """The reading of a subscription: beside its sample it tells a hearing what arrives."""

    def __init__(self, sample: Sample, recorder: Recorder, rules: Rules, *, hearing: Hearing) -> None:
        super().__init__(sample, recorder, rules)
        self._hearing = hearing

    def head(self, status: int, headers: list[tuple[str, str]], at_ns: int) -> bool:
        """Takes the head."""
        closed = super().head(status, headers, at_ns)
        told = status == _OK and self._hearing.head(self._recorder.since_start(at_ns))
        return self._leaves(told) or closed

    def event(self, name: bytes, data: bytes, identifier: bytes, at_ns: int) -> bool:
        """Takes one event."""
        closed = super().event(name, data, identifier, at_ns)
        since = self._recorder.since_start(at_ns)
        told = self._hearing.frame(since)
        nonce = nonce_in(data)
        if nonce is not None:
            told = self._hearing.message(nonce, identifier, since) or told
        return self._leaves(told) or closed

    def comment(self, text: bytes, at_ns: int) -> bool:
        """Takes one comment."""
        closed = super().comment(text, at_ns)
        return self._leaves(self._hearing.frame(self._recorder.since_start(at_ns))) or closed

    def _leaves(self, told: bool) -> bool:
        """A stream that the hearing wants closed is one that its user leaves."""
        self.left = self.left or told
        return told


_OK = 200


def subscription_request(
    settings: AgentStream, *, headers: tuple[tuple[str, str], ...], last_id: str = "", **options: Any
) -> Request:
    """A GET that subscribes to the first declared agent, after `last_id` where one is given."""
    separator = "&" if "?" in settings.path else "?"
    path = f"{settings.path}{separator}{settings.agent_parameter}={quote(settings.agents[0], safe='')}"
    more = (("Last-Event-ID", last_id),) if last_id else ()
    return request_to(path, accept="text/event-stream", headers=(*headers, *more), **options)
