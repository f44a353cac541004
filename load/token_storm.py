"""Token storm: all users ask for a token at the same moment, as after a deployment, and then at their own pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from chatproof.load.asking import request_to, settled_status
from chatproof.load.ledger import issued_token
from chatproof.load.runtime import LoadUser

if TYPE_CHECKING:
    from chatproof.load.client.exchange import Request

__all__ = ["TokenStorm"]

_LATEST_SHARE = 0.5


class TokenStorm(LoadUser):
    """
    A page that needs a token for Stream Chat.

    In a closed loop every user waits with its first turn until all are there and the warm-up is over.
    """

    workload: ClassVar[str] = "token-storm"
    profiles: ClassVar[tuple[str, ...]] = ("stream-chat",)
    open_loop: ClassVar[bool] = True

    def turn(self, scheduled_ns: int | None) -> None:
        """One token; it must be there."""
        if scheduled_ns is None and not self.turns and self.sleep(self._until_storm()):
            return
        sample = self.sample("token", scheduled_ns=scheduled_ns)
        answer = self.call(self._request(), sample)
        sample.censored = answer.closed_by_us
        fault = issued_token(answer.body, self.settings.token_field).fault
        if settled_status(sample) and fault:
            sample.cause, sample.detail = "invalid", fault
        self.recorder.finish(sample)

    def _until_storm(self) -> float:
        """Seconds until the moment at which all ask, half the run time after its start at the latest."""
        plan = self.plan
        spawned = plan.users / max(plan.spawn_rate, 1e-3)
        at = min(max(spawned, plan.warm_up_seconds), _LATEST_SHARE * plan.run_time_seconds)
        return self.recorder.clock.until_seconds(int(at * 1e9))

    def _request(self) -> Request:
        settings, origins = self.settings, self.config.backend.origins
        return request_to(
            settings.path,
            method=settings.method,
            headers=self.headers(),
            origin=origins[0] if origins else "",
            connection=f"token-{self.number}" if self.plan.keep_alive else "",
        )
