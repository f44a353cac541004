"""
What was published in a run, as one process knows it.

The publisher tells all processes of each message when its request was answered. What arrives before that word (or
where the word is lost) is known by its mark. A message whose request failed is owed to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nonces import Nonce

__all__ = ["Publication", "Publications"]


@dataclass(slots=True, kw_only=True)
class Publication:
    """
    One message; times in nanoseconds of the run.

    `failed` says that its request did not succeed, `seen` that somebody in this process got it all the same.
    """

    publisher: int
    number: int
    published_ns: int
    acknowledged_ns: int | None = None
    failed: bool = False
    seen: bool = False

    @property
    def message(self) -> str:
        """The message's name in records."""
        return f"{self.publisher}-{self.number}"


class Publications:
    """All that is known, in the order in which it became known; subscriptions walk along it."""

    def __init__(self) -> None:
        self.known: list[Publication] = []
        self._by_name: dict[str, Publication] = {}

    def tell(self, publication: Publication) -> None:
        """Notes the publisher's word; a message that has been seen already gets the times of the word."""
        found = self._by_name.get(publication.message)
        if found is None:
            self._add(publication)
            return
        found.published_ns = publication.published_ns
        found.acknowledged_ns = publication.acknowledged_ns
        found.failed = publication.failed

    def see(self, nonce: Nonce) -> Publication:
        """Notes an arrival; the publication that it is of."""
        found = self._by_name.get(nonce.message)
        if found is None:
            found = Publication(publisher=nonce.publisher, number=nonce.number, published_ns=nonce.sent_ns)
            self._add(found)
        found.seen = True
        return found

    def _add(self, publication: Publication) -> None:
        self._by_name[publication.message] = publication
        self.known.append(publication)
