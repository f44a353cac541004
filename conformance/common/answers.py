"""Answers as judges speak of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable

if TYPE_CHECKING:
    from chatproof.recording import Exchange, Recording

__all__ = ["exchange_of", "shown"]


def shown(exchange: Exchange) -> str:
    """An answer in a few words: its status and media type, or why there is none."""
    if exchange.response is None:
        return f"no answer ({exchange.trouble or exchange.end.value})"
    return f"status {exchange.status} with {exchange.response.media_type or 'no media type'}"


def exchange_of(recording: Recording, label: str) -> Exchange:
    """The exchange of a label, or NotTestable where the scenario did not come to it."""
    if label not in recording:
        raise NotTestable(f"`{label}` of the scenario `{recording.scenario}` was not recorded")
    return recording[label]
