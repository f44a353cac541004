"""Reconnects: streams are dropped on purpose and resumed after `Last-Event-ID`; what is lost or doubled is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from locust import events

from chatproof.load.asking import request_to
from chatproof.load.ledger import DropAccount, IdAccount, unused_session
from chatproof.load.publishing import SubscriptionReading, board_of, listen_to_publisher, subscription_request
from chatproof.load.runtime import LoadUser, StreamReading

if TYPE_CHECKING:
    from chatproof.load.client.exchange import Answer, Request
    from chatproof.load.ledger import Nonce
    from chatproof.samples.records import Sample

__all__ = ["Reconnect"]

_LATEST_MESSAGE = 4
_LATEST_TOKEN = 3
_AWAY = (0.5, 2.0)
_LEFT = "left"
_NO_CONTENT = 204
_NO_PUBLISHER = "resumption is not claimed: declare `publish` under [profiles.agent-stream]"
_NO_IDS = "resumption is not claimed: the messages carry no event ids to go on after"
_NO_RESUME = "resumption is not claimed: declare `resume_path` under [profiles.ai-chat]"

events.init.add_listener(listen_to_publisher)  # type: ignore[no-untyped-call]  # Locust's is untyped


class Reconnect(LoadUser):
    """
    A page whose connection breaks.

    agent-stream: a subscription is left after one to four messages, and resumed within two publish intervals.
    ai-chat: a turn is left after one to three tokens, and its rest is fetched from `resume_path`.
    """

    workload: ClassVar[str] = "reconnect"
    profiles: ClassVar[tuple[str, ...]] = ("agent-stream", "ai-chat")
    patient: ClassVar[bool] = False

    def turn(self, scheduled_ns: int | None) -> None:
        """One stream, with or without a drop."""
        dropping = self.random.random() < self.plan.drop_share
        if self.profile == "ai-chat":
            self._chat(scheduled_ns, dropping=dropping)
        else:
            self._subscribe(scheduled_ns, dropping=dropping)

    def _subscribe(self, scheduled_ns: int | None, *, dropping: bool) -> None:
        board = board_of(self.run_context, self.environment)
        board.ensure_publisher(self.workload)
        if not board.publishes:
            board.note(_NO_PUBLISHER)
        account = DropAccount(board.ledger, user=self.number, cause=_LEFT)
        hearing = _Hearing(account, most=self.random.randint(1, _LATEST_MESSAGE))
        sample = self._subscription(hearing, scheduled_ns=scheduled_ns)
        if not dropping or not sample.aborted:
            return
        if not hearing.last_id:
            board.note(_NO_IDS)
            return
        account.dropped(sample.end_ns)
        if self.sleep(self.random.uniform(*_AWAY) * self.plan.publish_interval_seconds):
            return
        hearing.most = 0
        sample = self._subscription(hearing, last_id=hearing.last_id.decode("utf-8", "replace"))
        found = account.outcome(sample.end_ns, by_us=not sample.cause)
        if found is not None:
            self.recorder.add(found)

    def _subscription(self, hearing: _Hearing, *, last_id: str = "", scheduled_ns: int | None = None) -> Sample:
        seconds = self.plan.stream_seconds
        sample = self.sample("subscription", scheduled_ns=scheduled_ns, planned_ns=int(seconds * 1e9))
        reading = SubscriptionReading(sample, self.recorder, self.rules(), hearing=hearing)
        request = subscription_request(self.settings, headers=self.headers(), last_id=last_id)
        return self.stream(request, reading, limits=self.limits(total_seconds=seconds))

    def _chat(self, scheduled_ns: int | None, *, dropping: bool) -> None:
        settings = self.settings
        if not settings.resume_path:
            board_of(self.run_context, self.environment).note(_NO_RESUME)
        session = unused_session(settings)
        account = IdAccount(user=self.number, cause=_LEFT)
        most = self.random.randint(1, _LATEST_TOKEN) if dropping and settings.resume_path else 0
        sample = self.sample("turn", tags=("plain",), scheduled_ns=scheduled_ns)
        reading = _IdReading(sample, self.recorder, self.rules(), leave_after=most)
        reading.account = account
        sample = self.stream(self._turn_request(session), reading)
        if not sample.aborted:
            return
        if not account.last_id:
            board_of(self.run_context, self.environment).note(_NO_IDS)
            return
        account.dropped(sample.end_ns)
        if self.sleep(self.random.uniform(*_AWAY) * min(1.0, self.plan.publish_interval_seconds)):
            return
        rest = _IdReading(self.sample("subscription"), self.recorder, replace(self.rules(), token=b""))
        rest.account = account
        sample = self.stream(self._resume_request(session, account.last_id), rest)
        found = account.outcome(warm_up_ns=self.recorder.warm_up_ns)
        if found is not None and not sample.censored:
            self.recorder.add(found)

    def _turn_request(self, session: str) -> Request:
        settings, origins = self.settings, self.config.backend.origins
        body: dict[str, Any] = {settings.message_field: settings.message, settings.session_field: session}
        return request_to(
            settings.path,
            method="POST",
            body={**settings.fields, **body},
            accept="text/event-stream",
            headers=self.headers(),
            origin=origins[0] if origins else "",
        )

    def _resume_request(self, session: str, last_id: bytes) -> Request:
        path = self.settings.resume_path.replace("{session}", quote(session, safe=""))
        headers = (*self.headers(), ("Last-Event-ID", last_id.decode("utf-8", "replace")))
        return request_to(path, accept="text/event-stream", headers=headers)


class _Hearing:
    """What one user hears on both streams; `most` messages are heard before the drop, 0 stands for after it."""

    def __init__(self, account: DropAccount, *, most: int) -> None:
        self.most = most
        self.last_id = b""
        self._account = account

    def head(self, at_ns: int) -> bool:
        """The head of the resumed stream has come, or that of the first."""
        if not self.most:
            self._account.reconnected(at_ns)
        return False

    def frame(self, at_ns: int) -> bool:
        """The resumed stream is left when nothing can be missing any more."""
        return not self.most and self._account.decided(at_ns)

    def message(self, nonce: Nonce, identifier: bytes, at_ns: int) -> bool:
        """A message has come; the first stream is left after some of them."""
        self._account.arrived(nonce, at_ns)
        self.last_id = identifier or self.last_id
        return bool(self.most) and self._account.received >= self.most


class _IdReading(StreamReading):
    """The reading of a chat turn, or of its rest, that notes the ids of its events."""

    account: IdAccount

    def head(self, status: int, headers: list[tuple[str, str]], at_ns: int) -> bool:
        """Takes the head."""
        self.account.reconnected(self._recorder.since_start(at_ns))
        return super().head(status, headers, at_ns)

    def event(self, name: bytes, data: bytes, identifier: bytes, at_ns: int) -> bool:
        """Takes one event."""
        self.account.arrived(identifier)
        closed = super().event(name, data, identifier, at_ns)
        if self.terminal_ns is not None:
            self.account.terminal(self._recorder.since_start(self.terminal_ns))
        return closed

    def finish(self, answer: Answer) -> Sample:
        """As of any stream; 204 says that there is no rest, which is an answer, too."""
        sample = super().finish(answer)
        if answer.status == _NO_CONTENT:
            sample.cause = sample.detail = ""
        return sample
