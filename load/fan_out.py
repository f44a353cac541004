"""Agent fan-out: many subscribers of one agent, one publisher, and an account of who got which message when."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from locust import events

from chatproof.load.publishing import SubscriptionReading, board_of, listen_to_publisher, subscription_request
from chatproof.load.runtime import LoadUser

if TYPE_CHECKING:
    from chatproof.load.ledger import Nonce, Subscription
    from chatproof.load.runtime import Recorder
    from chatproof.samples.records import Delivery

__all__ = ["FanOut"]

_NO_ROUTE = (
    "the delivery of messages is not claimed: only messages that the suite publishes can be told apart and timed; "
    "declare `publish` under [profiles.agent-stream]"
)

events.init.add_listener(listen_to_publisher)  # type: ignore[no-untyped-call]  # Locust's is untyped


class FanOut(LoadUser):
    """
    A subscriber of the first declared agent; the publisher lives beside the users of the first process.

    A turn is one subscription of `stream_seconds`.
    """

    workload: ClassVar[str] = "fan-out"
    profiles: ClassVar[tuple[str, ...]] = ("agent-stream",)
    patient: ClassVar[bool] = False

    def turn(self, scheduled_ns: int | None) -> None:
        """One subscription, for as long as planned or until the run ends."""
        board = board_of(self.run_context, self.environment)
        board.ensure_publisher(self.workload)
        board.ensure_generator(self.workload)
        if not board.publishes:
            board.note(_NO_ROUTE)
        seconds = self.plan.stream_seconds
        account = _Account(board.ledger.subscribe(self.number), self.recorder)
        sample = self.sample("subscription", scheduled_ns=scheduled_ns, planned_ns=int(seconds * 1e9))
        reading = SubscriptionReading(sample, self.recorder, self.rules(), hearing=account)
        request = subscription_request(self.settings, headers=self.headers(), keep_body=self.judges())
        try:
            self.stream(request, reading, limits=self.limits(total_seconds=seconds))
        finally:
            account.end(sample.end_ns or self.recorder.now_ns(), by_us=not sample.cause)


class _Account:
    """The hearing of one subscription: hands in each delivery as soon as it is decided."""

    def __init__(self, subscription: Subscription, recorder: Recorder) -> None:
        self._subscription = subscription
        self._recorder = recorder

    def head(self, at_ns: int) -> bool:
        """The subscription is open soon."""
        self._subscription.connected(at_ns)
        return False

    def frame(self, at_ns: int) -> bool:
        """The subscription is open."""
        self._subscription.open(at_ns)
        self._hand_in(self._subscription.settled(at_ns))
        return False

    def message(self, nonce: Nonce, _identifier: bytes, at_ns: int) -> bool:
        """A message has come."""
        self._subscription.arrived(nonce, at_ns)
        return False

    def end(self, at_ns: int, *, by_us: bool) -> None:
        """The subscription has ended."""
        self._hand_in(self._subscription.closed(at_ns, by_us=by_us))

    def _hand_in(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._recorder.add(delivery)
