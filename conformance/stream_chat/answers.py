"""Answers as judges of this profile read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable

from ..common.answers import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

__all__ = ["exchange_of", "gives_token", "is_success", "json_fault", "recorded_if_claimed", "shown"]

_SUCCESS = 2


def exchange_of(recording: Recording, label: str) -> Exchange:
    """The exchange of that label; NotTestable where there is none, or its request never reached the backend."""
    if label not in recording:
        raise NotTestable(f"the scenario `{recording.scenario}` recorded no `{label}`")
    exchange = recording[label]
    if exchange.unsent:
        raise NotTestable(f"`{exchange.key}` could not be sent: {exchange.trouble or 'no connection'}")
    return exchange


def recorded_if_claimed(case: Case, scenario: str) -> Recording | None:
    """A recording that a judge reads where it was claimed; None where it was not."""
    try:
        return case[scenario]
    except NotClaimed:
        return None


def is_success(exchange: Exchange) -> bool:
    """It was answered with a 2xx."""
    return exchange.status is not None and exchange.status // 100 == _SUCCESS


def gives_token(exchange: Exchange, field: str) -> bool:
    """Whatever its status, the answer holds a text where the token stands."""
    return bool(exchange.findings.get("issued", {}).get(field, {}).get("length"))


def json_fault(exchange: Exchange, statuses: Collection[int]) -> str:
    """Why an answer is no JSON with one of these statuses; empty where it is."""
    if exchange.response is None or exchange.status not in statuses:
        return shown(exchange)
    media_type = exchange.response.media_type
    if media_type != "application/json" and not media_type.endswith("+json"):
        return shown(exchange)
    try:
        exchange.json()
    except (ValueError, RecursionError):
        return f"status {exchange.status} with a body that is no JSON"
    return ""
