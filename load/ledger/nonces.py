"""The mark that a published message carries, so that each process knows what it is without asking another."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Nonce", "nonce_in", "nonce_text"]

_FORM = re.compile(rb"chatproof-([0-9a-z]{1,16})-([0-9]{1,9})-([0-9]{1,12})-([0-9]{1,19})-end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonce:
    """
    Which message it is: the `number`-th (from 1 on) of a publisher in one run, and when its request was sent.

    `run` tells runs apart, as a backend may keep messages of an earlier one. `sent_ns` is in the run's time.
    """

    run: str
    publisher: int
    number: int
    sent_ns: int

    @property
    def message(self) -> str:
        """The message's name in records."""
        return f"{self.publisher}-{self.number}"


def nonce_text(nonce: Nonce) -> str:
    """The mark as text: letters, digits and hyphens, which no backend has a reason to change."""
    return f"chatproof-{nonce.run}-{nonce.publisher}-{nonce.number}-{nonce.sent_ns}-end"


def nonce_in(data: bytes) -> Nonce | None:
    """The first mark in an event's data, wherever it stands; None where there is none."""
    found = _FORM.search(data)
    if found is None:
        return None
    run, publisher, number, sent_ns = found.groups()
    return Nonce(run=run.decode("ascii"), publisher=int(publisher), number=int(number), sent_ns=int(sent_ns))
