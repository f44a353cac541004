"""
Who was owed which message, and who got it, when, and how often.

A subscription owes nothing of what was published before it was open or after it ended. A message is missing when it
has not come within the deadline. A message whose deadline lies after the moment at which we ended the subscription is
left out altogether, come or not: counting those alone that came would make the last seconds look too good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.samples.records import Delivery

from .publications import Publications

if TYPE_CHECKING:
    from .nonces import Nonce
    from .publications import Publication

__all__ = ["Ledger", "Subscription"]

_QUIET_NS = 1_000_000_000
_WORD_NS = 1_000_000_000
"""So long after a deadline the publisher's word on a message may take to reach all processes."""


@dataclass(slots=True, kw_only=True)
class _Arrival:
    first_ns: int
    doubles: int = 0
    reordered: bool = False


class Ledger:
    """
    The account of one process in one run.

    `run` is the name in the marks of this run: other messages are not counted. `deadline_ns` is how long a message may
    take, `warm_up_ns` until when messages are published that are not judged.
    """

    def __init__(self, *, run: str, deadline_ns: int, warm_up_ns: int = 0) -> None:
        self.run = run
        self.deadline_ns = deadline_ns
        self.warm_up_ns = warm_up_ns
        self.publications = Publications()

    def subscribe(self, subscriber: int) -> Subscription:
        """A new subscription of the subscriber with that number, not open yet."""
        return Subscription(self, subscriber)


class Subscription:
    """One subscription's arrivals, until each is settled: memory does not grow with its length."""

    def __init__(self, ledger: Ledger, subscriber: int) -> None:
        self._ledger = ledger
        self._subscriber = subscriber
        self._opened_ns: int | None = None
        self._arrivals: dict[str, _Arrival] = {}
        self._highest: dict[int, int] = {}
        self._next = len(ledger.publications.known)

    def connected(self, at_ns: int) -> None:
        """The head has come: without a frame the subscription counts as open a second later."""
        self.open(at_ns + _QUIET_NS)

    def open(self, at_ns: int) -> None:
        """A frame has come, so the backend has subscribed us; what is later than an earlier word changes nothing."""
        self._opened_ns = at_ns if self._opened_ns is None else min(self._opened_ns, at_ns)

    def arrived(self, nonce: Nonce, at_ns: int) -> None:
        """Counts one arrival; messages of other runs are none of ours."""
        if nonce.run != self._ledger.run:
            return
        publication = self._ledger.publications.see(nonce)
        highest = self._highest.get(nonce.publisher, 0)
        self._highest[nonce.publisher] = max(highest, nonce.number)
        found = self._arrivals.get(publication.message)
        if found is None:
            self._arrivals[publication.message] = _Arrival(first_ns=at_ns, reordered=nonce.number < highest)
        else:
            found.doubles += 1

    def settled(self, now_ns: int) -> list[Delivery]:
        """What is decided by now: the messages whose deadline is over; each is given once."""
        found: list[Delivery] = []
        for publication in self._rest():
            if publication.published_ns + self._ledger.deadline_ns + _WORD_NS > now_ns:
                break
            self._next += 1
            found += self._delivery(publication)
        return found

    def closed(self, at_ns: int, *, by_us: bool) -> list[Delivery]:
        """The last of it, after the subscription ended; `by_us` says that we ended it, and not the backend."""
        found: list[Delivery] = []
        for publication in self._rest():
            undecided = by_us and publication.published_ns + self._ledger.deadline_ns > at_ns
            if not undecided and publication.published_ns < at_ns:
                found += self._delivery(publication)
        self._next = len(self._ledger.publications.known)
        self._arrivals.clear()
        return found

    def _rest(self) -> list[Publication]:
        return self._ledger.publications.known[self._next :]

    def _delivery(self, publication: Publication) -> list[Delivery]:
        """The record of a message, or none where it was not owed."""
        arrival = self._arrivals.pop(publication.message, None)
        if self._opened_ns is None or publication.published_ns < self._opened_ns:
            return []
        if publication.failed and not publication.seen:
            return []
        deadline_ns = publication.published_ns + self._ledger.deadline_ns
        in_time = arrival is not None and arrival.first_ns <= deadline_ns
        return [
            Delivery(
                message=publication.message,
                subscriber=self._subscriber,
                warm_up=publication.published_ns < self._ledger.warm_up_ns,
                published_ns=publication.published_ns,
                acknowledged_ns=publication.acknowledged_ns,
                received_ns=arrival.first_ns if arrival is not None and in_time else None,
                deadline_ns=deadline_ns,
                doubles=arrival.doubles if arrival is not None else 0,
                reordered=arrival is not None and arrival.reordered,
            )
        ]
