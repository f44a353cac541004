"""ChatKit sessions: each user opens one and renews it, turn after turn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from chatproof.load.asking import request_to, settled_status
from chatproof.load.ledger import session_of
from chatproof.load.runtime import LoadUser
from chatproof.samples.records import Mark

if TYPE_CHECKING:
    from chatproof.load.client.exchange import Request

__all__ = ["ChatKitSessions"]

_RENEWALS = 4
_SELF_HOSTED = "sessions are not claimed: a self-hosted ChatKit server has none"


class ChatKitSessions(LoadUser):
    """
    A page of ChatKit: a new session, then four renewals, then a new session again.

    Where no `refresh_path` is declared each turn is a new session. Secrets stay in the user's memory.
    """

    workload: ClassVar[str] = "chatkit-sessions"
    profiles: ClassVar[tuple[str, ...]] = ("chatkit",)
    open_loop: ClassVar[bool] = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._secret = ""
        self._expires_at = 0.0
        self._renewals = 0

    def turn(self, scheduled_ns: int | None) -> None:
        """One session or one renewal: the secret must be there, and must hold beyond now."""
        if self.settings.mode == "self-hosted":
            self._leave()
            return
        renewing = self._renewable()
        sample = self.sample("refresh" if renewing else "session", scheduled_ns=scheduled_ns)
        answer = self.call(self._request(renewing=renewing), sample)
        sample.censored = answer.closed_by_us
        session = session_of(answer.body, self.settings, now=time.time())
        if settled_status(sample) and session.fault:
            sample.cause, sample.detail = "invalid", session.fault
        self.recorder.finish(sample)
        well = not sample.cause and not sample.censored
        self._secret = session.secret if well else ""
        self._expires_at = session.expires_at or 0.0
        self._renewals = self._renewals + 1 if renewing else 0

    def _renewable(self) -> bool:
        """There is a session that has not expired, and a route that renews it."""
        alive = bool(self._secret) and self._expires_at > time.time()
        return alive and bool(self.settings.refresh_path) and self._renewals < _RENEWALS

    def _request(self, *, renewing: bool) -> Request:
        settings, origins = self.settings, self.config.backend.origins
        return request_to(
            settings.refresh_path if renewing else settings.session_path,
            method="POST",
            body={settings.refresh_field: self._secret} if renewing else {},
            headers=self.headers(),
            origin=origins[0] if origins else "",
            connection=f"session-{self.number}" if self.plan.keep_alive else "",
        )

    def _leave(self) -> None:
        if self.number == 0:
            recorder = self.recorder
            recorder.add(Mark(what="note", at_ns=recorder.now_ns(), process=recorder.process, detail=_SELF_HOSTED))
        self.leaving.wait()
